import gzip
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chainrule.data.idx import read_idx
from chainrule.errors import DataError, FormatError


def idx_bytes(array, kind=0x08):
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def images():
    return np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    array=arrays(np.uint8, st.tuples(*[st.integers(0, 5)] * 3)),
    zipped=st.booleans(),
)
def test_what_was_written_is_read_gzipped_or_not_whatever_the_name(tmp_path, array, zipped):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx_bytes(array)) if zipped else idx_bytes(array))
    np.testing.assert_array_equal(read_idx(path, dimensions=3), array)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda content: b"", "starts with bytes"),
        (lambda content: b"PNG!" + content, "starts with bytes 50 4e 47 21, but"),
        (
            lambda content: content[:2] + b"\x0d" + content[3:],
            "holds values of type 0x0d",
        ),
        (lambda content: content[:3] + b"\x01" + content[4:], "has 1 dimensions, but needs 3"),
        (lambda content: content[:9], "ends inside its header, after 9 bytes"),
        (lambda content: content[:-5], r"is truncated: \(2, 3, 4\) needs 24 values, found 19"),
        (lambda content: content + b"!", "has trailing bytes: .* needs 24 values, found 25"),
        (lambda content: content[:4] + b"\xff" * 12 + content[16:], "is truncated"),
        (lambda content: gzip.compress(content)[:-3], "is a damaged gzip file"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path, images, damage, sentence):
    path = tmp_path / "train-images"
    path.write_bytes(damage(idx_bytes(images)))
    with pytest.raises(FormatError, match=f"train-images: {sentence}"):
        read_idx(path, dimensions=3)


def test_a_flipped_bit_in_a_gzip_file_never_changes_a_value_unnoticed(tmp_path, images):
    content = gzip.compress(idx_bytes(images), mtime=0)
    path = tmp_path / "images"
    noticed = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(read_idx(path, dimensions=3), images)
        except FormatError:
            noticed += 1
    assert noticed > len(content) - 12  # some bits of the header and of the padding mean nothing


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="labels: cannot be read"):
        read_idx(tmp_path / "labels", dimensions=1)
