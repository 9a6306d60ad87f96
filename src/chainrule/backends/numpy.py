"""NumPy: the backend that is always there, and the one whose every step can be watched."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.backends.base import Array, Backend
from chainrule.backends.hashing import hashed_bytes


class NumpyBackend(Backend):
    """NumPy 2, whose own namespace follows the array API."""

    name = "numpy"
    version = np.__version__
    array_type = np.ndarray
    xp = np

    def asarray(self, values: Any, dtype: str | None = None, *, like: Array | None = None) -> Array:
        """A NumPy array; an array that already fits is returned as it is, not copied."""
        return np.asarray(values, dtype=dtype)

    def to_numpy(self, array: Array) -> np.ndarray:
        """The array itself."""
        return np.asarray(array)

    def random_bytes(self, key: Array, shape: tuple[int, ...]) -> Array:
        """Bytes hashed from key and position; see hashing.py for how good they are."""
        return hashed_bytes(key, shape)

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: NumPy runs each operation as it comes."""
        return function


NUMPY = NumpyBackend()
