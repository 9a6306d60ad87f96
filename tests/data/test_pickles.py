import io
import os
import pickle
import struct

import numpy as np
import pytest

from chainrule.data.pickles import read_pickle
from chainrule.errors import FormatError


class Runs:
    """Pickles to a program that calls a function with an argument."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def python2_pickle(array):
    """{"data": array, "labels": [3]} as Python 2 and the NumPy of its time wrote it."""
    rows, columns = array.shape
    return b"".join(
        [
            b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\n",
            b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01",
            b"J" + struct.pack("<i", rows) + b"J" + struct.pack("<i", columns) + b"\x86",
            b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff",
            b"K\x00tb\x89T" + struct.pack("<i", array.size) + array.tobytes() + b"tb",
            b"U\x06labels](K\x03eu.",
        ]
    )


@pytest.fixture
def array(rng):
    return rng.integers(0, 256, (2, 5), dtype=np.uint8)


def test_a_pickle_of_python_2_is_read(array):
    value = read_pickle(python2_pickle(array), "batch")
    assert value[b"labels"] == [3]
    np.testing.assert_array_equal(value[b"data"], array)


@pytest.mark.parametrize("protocol", [0, 1, 2])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_pickled_by_python_3_is_read(array, protocol, order):
    content = pickle.dumps({b"data": np.asarray(array, order=order)}, protocol=protocol)
    np.testing.assert_array_equal(read_pickle(content, "batch")[b"data"], array)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_malicious_pickle_runs_nothing(tmp_path, protocol):
    marker = tmp_path / "ran"
    content = pickle.dumps(Runs(open, str(marker), "w"), protocol=protocol)
    pickle.Unpickler(io.BytesIO(content)).load().close()
    assert marker.exists(), "this pickle is harmless even to the ordinary reader"
    marker.unlink()
    with pytest.raises(
        FormatError, match=r"batch: .* asks for (io|_io|builtins|__builtin__)\.open"
    ):
        read_pickle(content, "batch")
    assert not marker.exists()


@pytest.mark.parametrize(
    "function",
    [eval, exec, getattr, __import__, os.system, np.load, np.fromfile, np.frombuffer, np.memmap],
)
def test_no_function_but_the_few_known_ones_is_reached(function):
    with pytest.raises(FormatError, match="asks for"):
        read_pickle(pickle.dumps(Runs(function, "1"), protocol=2), "batch")


def test_a_dotted_name_does_not_reach_through_a_known_one():
    content = b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93."
    with pytest.raises(FormatError, match=r"asks for numpy\.ndarray\.__init__"):
        read_pickle(content, "batch")


@pytest.mark.parametrize("dtype", [object, np.float64, "V8", [("a", "u1")]])
def test_arrays_of_anything_but_bytes_are_refused(dtype):
    content = pickle.dumps({b"data": np.zeros(3, dtype)}, protocol=2)
    with pytest.raises(FormatError, match="but only u1 is read"):
        read_pickle(content, "batch")


def test_an_array_without_a_dtype_is_refused(array):
    content = python2_pickle(array)
    start, end = content.index(b"cnumpy\ndtype"), content.index(b"K\x00tb\x89") + 4
    with pytest.raises(FormatError, match="an array without a dtype"):
        read_pickle(content[:start] + b"N" + content[end:], "batch")


def test_bytes_in_any_encoding_but_latin1_are_refused():
    content = pickle.dumps(b"\xff", protocol=2).replace(b"latin1", b"rot_13")
    with pytest.raises(FormatError, match="encoding 'rot_13', but only latin1 is read"):
        read_pickle(content, "batch")


def test_a_shape_that_does_not_fit_the_bytes_is_refused(array):
    content = python2_pickle(array).replace(b"J\x05\x00\x00\x00", b"J\x06\x00\x00\x00")
    with pytest.raises(FormatError, match="batch: is not a pickle of plain values"):
        read_pickle(content, "batch")


def test_a_truncated_pickle_is_refused_wherever_it_ends(array):
    content = python2_pickle(array)
    for end in range(len(content)):
        with pytest.raises(FormatError, match=r"^batch: "):
            read_pickle(content[:end], "batch")


def test_a_flipped_bit_gives_a_value_or_a_format_error_and_nothing_else(array):
    content = python2_pickle(array)
    refused = 0
    for place in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            try:
                read_pickle(bytes(damaged), "batch")
            except FormatError:
                refused += 1
    assert refused > len(content)
