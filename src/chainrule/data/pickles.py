"""Reading the one kind of pickle we need, without letting it run anything.

A pickle is a program: it names functions and calls them. This reader knows only the names that
an array of bytes needs, and answers each with a stand-in of its own; any other is refused.
Even NumPy is out of a pickle's reach: its own unpickling believes whatever it is told.
"""

import io
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import FormatError


def read_pickle(content: bytes, name: str) -> Any:
    """The dicts, lists, numbers, byte strings and uint8 arrays in a pickle.

    name: the file's, for the error. Strings that Python 2 wrote come back as bytes.
    Raises FormatError when the pickle is damaged or wants anything else.
    """
    try:
        return _finished(_Reader(io.BytesIO(content), encoding="bytes").load())
    except Exception as error:  # damaged pickles raise anything, as pickle's own pages warn
        raise FormatError(f"{name}: is not a pickle of plain values ({error})") from error


class _Dtype:
    """Stands in for numpy.dtype: the only one there is, is uint8."""

    def __init__(self, code: str | bytes, *_: object) -> None:
        if code not in ("u1", b"u1"):
            raise pickle.UnpicklingError(f"arrays of {code!r}, but only u1 is read")

    def __setstate__(self, state: object) -> None:
        """Byte order, fields and alignment mean nothing for single bytes."""


class _Array:
    """Stands in for numpy.ndarray, and for the function that makes an empty one to be filled."""

    def __init__(self, *_: object) -> None:
        self.array: NDArray[np.uint8] = np.empty(0, np.uint8)

    def __setstate__(self, state: tuple[int, tuple[int, ...], _Dtype, bool, bytes]) -> None:
        _, shape, dtype, fortran, values = state
        if not isinstance(dtype, _Dtype):
            raise pickle.UnpicklingError("an array without a dtype")
        self.array = np.frombuffer(values, np.uint8).reshape(shape, order="F" if fortran else "C")


def _encode(text: str, encoding: str) -> bytes:
    """Stands in for _codecs.encode, with which Python 3 writes bytes into old pickles."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"encoding {encoding!r}, but only latin1 is read")
    return text.encode("latin1")


STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
}


# The unpickler written in Python: the one in C makes room for as many objects as a damaged or
# malicious file says it has, tens of gigabytes, before it reads them.
class _Reader(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle means: one of ours, or nothing."""
        try:
            return STAND_INS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def _finished(value: Any) -> Any:
    """The value with the arrays themselves for their stand-ins, also inside dicts."""
    if isinstance(value, dict):
        return {key: _finished(item) for key, item in value.items()}
    return value.array if isinstance(value, _Array) else value
