"""What an array library must offer before tensors can be made of its arrays."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

Array = Any
"""An array of some backend. The rules are written for all of them, so no one type fits."""

Namespace = Any
"""The functions of an array library under their array-API names: xp.mean, xp.where, ..."""


class Backend(ABC):
    """One array library: its functions, its conversions, its randomness, its fast kernels.

    name        what the user calls it: "numpy"
    version     of its library, for the records of runs
    array_type  the type by which its arrays are recognised
    xp          its functions, under the names of the Python array API standard
    kernels     for some Functions a faster class with the same two methods, proved equal to it
    worth_compiling  seconds of uncompiled work from which compiling pays; infinite where there is
                     nothing to compile

    Source    Python array API standard, 2024.12
    """

    name: str
    version: str = "unknown"
    array_type: type
    xp: Namespace
    kernels: dict[type, type]
    worth_compiling: float = inf

    def __init__(self) -> None:
        self.kernels = {}

    @abstractmethod
    def asarray(self, values: Any, dtype: str | None = None) -> Array:
        """An array of this backend from numbers, lists or a NumPy array; dtype is a name."""

    @abstractmethod
    def to_numpy(self, array: Array) -> np.ndarray:
        """The same values as a NumPy array, for files, pictures and people."""

    @abstractmethod
    def random_bytes(self, key: Array, shape: tuple[int, ...]) -> Array:
        """uint8 values, uniform over 0..255, a pure function of key and position.

        key: (2,) uint32. Every backend gives the same bytes for the same key.
        """

    @abstractmethod
    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, made faster where the library can.

        Raises    BackendError where it cannot
        """

    def __repr__(self) -> str:
        return f"<backend {self.name}>"
