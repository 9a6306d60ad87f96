import gzip
import io
import pickle
import tarfile

import numpy as np
import pytest

from chainrule.data.cifar import BINARY_BATCHES, PYTHON_BATCHES, read_cifar10
from chainrule.errors import FormatError

COUNT = 4
"""Images per batch in these small sets."""


@pytest.fixture
def batches(rng):
    """The pixels (n, 3072) and labels (n,) of six small batches."""
    return [
        (rng.integers(0, 256, (COUNT, 3072), dtype=np.uint8), rng.integers(0, 10, COUNT))
        for _ in range(6)
    ]


@pytest.fixture
def python_files(batches):
    return {
        name: pickle.dumps({b"data": pixels, b"labels": labels.tolist()}, protocol=2)
        for name, (pixels, labels) in zip(PYTHON_BATCHES, batches, strict=True)
    }


@pytest.fixture
def binary_files(batches):
    return {
        name: np.column_stack([labels.astype(np.uint8), pixels]).tobytes()
        for name, (pixels, labels) in zip(BINARY_BATCHES, batches, strict=True)
    }


@pytest.fixture(params=["python", "binary"])
def files(request):
    return request.getfixturevalue(f"{request.param}_files")


def write_folder(folder, files):
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def write_archive(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def assert_holds(parts, batches):
    train, test = parts
    pixels = np.concatenate([pixels for pixels, _ in batches]).reshape(-1, 3, 32, 32)
    labels = np.concatenate([labels for _, labels in batches])
    np.testing.assert_array_equal(np.concatenate([train.images, test.images]), pixels)
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), labels)
    assert (len(train), len(test)) == (5 * COUNT, COUNT)
    assert train.labels.dtype == np.int64


def test_a_folder_of_either_version_is_read(tmp_path, files, batches):
    assert_holds(read_cifar10(write_folder(tmp_path / "cifar", files)), batches)


def test_an_archive_of_either_version_is_read_without_unpacking(tmp_path, files, batches):
    path = write_archive(tmp_path / "cifar.tar.gz", files)
    assert_holds(read_cifar10(path), batches)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_an_archive_is_not_followed(tmp_path, python_files):
    target = tmp_path / "secret"
    target.write_bytes(python_files["test_batch"])
    path = tmp_path / "cifar.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in python_files.items():
            member = tarfile.TarInfo(name)
            if name == "test_batch":
                member.type, member.linkname = tarfile.SYMTYPE, str(target)
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    with pytest.raises(FormatError, match="test_batch: is missing"):
        read_cifar10(path)


def test_a_missing_batch_is_named(tmp_path, files):
    name = list(files)[3]
    del files[name]
    with pytest.raises(FormatError, match=f"{name}: is missing; 6 batches are needed"):
        read_cifar10(write_folder(tmp_path / "cifar", files))


def test_a_folder_without_any_batch_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"holds neither data_batch_1 nor data_batch_1\.bin"):
        read_cifar10(tmp_path)


@pytest.mark.parametrize("cut", [1, 1000, 3073, 2 * 3073])
def test_a_truncated_batch_is_refused_by_name(tmp_path, files, cut):
    name = list(files)[4]
    files[name] = files[name][:-cut]
    with pytest.raises(FormatError, match=f"{name}: "):
        read_cifar10(write_folder(tmp_path / "cifar", files))


def test_a_truncated_archive_is_refused_by_name(tmp_path, files):
    path = write_archive(tmp_path / "cifar.tar.gz", files)
    content = path.read_bytes()
    for end in (5, len(content) // 2, len(content) - 4):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError, match=r"cifar\.tar\.gz: is a damaged"):
            read_cifar10(path)


def test_a_gzip_file_of_something_else_is_refused_by_name(tmp_path):
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(gzip.compress(b"not an archive" * 100))
    with pytest.raises(FormatError, match=r"cifar\.tar\.gz: is a damaged tar archive"):
        read_cifar10(path)


def test_a_flipped_bit_in_the_pixels_of_an_archive_is_noticed(tmp_path, files):
    path = write_archive(tmp_path / "cifar.tar.gz", files)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01  # noise does not compress: this is a pixel
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"cifar\.tar\.gz: is a damaged"):
        read_cifar10(path)


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        ([1, 2], "is not a dict with 'data' and 'labels'"),
        ({b"data": np.zeros((4, 3072), np.uint8)}, "is not a dict with 'data' and 'labels'"),
        ({b"data": np.zeros((4, 100), np.uint8), b"labels": [0] * 4}, r"shape \(n, 3072\)"),
        ({b"data": b"0" * 3072, b"labels": [0]}, r"shape \(n, 3072\)"),
        ({b"data": np.zeros((4, 3072), np.uint8), b"labels": [0] * 3}, "4 images, but 3 labels"),
        ({b"data": np.zeros((4, 3072), np.uint8), b"labels": "0000"}, "not a list of whole"),
        ({b"data": np.zeros((4, 3072), np.uint8), b"labels": [0, 1, 2, 10]}, "outside 0..9"),
        ({b"data": np.zeros((3, 3072), np.uint8), b"labels": [0] * 3}, "holds 3 images, but"),
    ],
)
def test_a_batch_of_something_else_is_refused(tmp_path, python_files, batch, sentence):
    python_files["data_batch_2"] = pickle.dumps(batch, protocol=2)
    with pytest.raises(FormatError, match=f"data_batch_2: .*{sentence}"):
        read_cifar10(write_folder(tmp_path / "cifar", python_files))


def test_a_label_of_ten_in_the_binary_version_is_refused(tmp_path, binary_files):
    binary_files["test_batch.bin"] = b"\x0a" + binary_files["test_batch.bin"][1:]
    with pytest.raises(FormatError, match=r"test_batch\.bin: holds a label outside 0\.\.9"):
        read_cifar10(write_folder(tmp_path / "cifar", binary_files))
