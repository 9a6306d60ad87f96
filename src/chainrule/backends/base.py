"""What an array library must offer before tensors can be made of its arrays."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from chainrule.errors import BackendError

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
    device      where new arrays go: "cpu", "cuda:0"; operations stay where their inputs are
    precision   what matrix products compute in; parameters are float32 in any case
    remark      what a user should know about device and precision
    kernels     for some Functions a faster class with the same two methods, proved equal to it
    kernels_in  the same for another precision: as the kernels there, equal within its rounding
    worth_compiling  seconds of uncompiled work from which compiling pays; 0: always, and failing is
                     an error; infinite: never

    Source    Python array API standard, 2024.12
    """

    name: str
    version: str = "unknown"
    array_type: type
    xp: Namespace
    device: str = "cpu"
    precision: str = "float32"
    remark: str = ""
    kernels: dict[type, type]
    kernels_in: dict[str, dict[type, type]]
    worth_compiling: float = inf

    def __init__(self) -> None:
        self.kernels = {}
        self.kernels_in = {}

    def configured(
        self, *, device: str = "auto", precision: str = "auto", compiling: bool | None = None
    ) -> "Backend":
        """The same library on a device, in a precision, compiling always, never or where it pays.

        "auto": the fastest device there is; bfloat16 where the device multiplies it natively

        Raises    BackendError for a device that is not there, and for what the library cannot do
        """
        if device not in ("auto", "cpu"):
            raise BackendError(
                f"backend {self.name!r} computes on the processor alone, but device {device!r} was "
                "asked for: use backend 'torch'"
            )
        if precision not in ("auto", "float32"):
            raise BackendError(
                f"backend {self.name!r} computes in float32 alone, but precision {precision!r} was "
                "asked for: use backend 'torch'"
            )
        if compiling:
            raise BackendError(f"backend {self.name!r} compiles nothing: use backend 'torch'")
        return self

    def in_words(self) -> str:
        """What computes, where and in what: "torch 2.13.0 on the CPU in float32"."""
        where = "the CPU" if self.device == "cpu" else self.device
        return f"{self.name} {self.version} on {where} in {self.precision}"

    @property
    def graphs(self) -> int:
        """How many graphs this process has compiled so far."""
        return 0

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether an error says that an array found no memory."""
        return isinstance(error, MemoryError)

    @property
    def free_memory(self) -> int | None:
        """Bytes left in the device's own memory; None where it has none, or does not say."""
        return None

    @abstractmethod
    def asarray(self, values: Any, dtype: str | None = None, *, like: Array | None = None) -> Array:
        """An array of this backend from numbers, lists or a NumPy array; dtype is a name.

        It lies where like does, else on this backend's device; one of this backend stays in place.
        """

    @abstractmethod
    def to_numpy(self, array: Array) -> np.ndarray:
        """The same values as a NumPy array, for files, pictures and people."""

    def holds(self, truth: Array, otherwise: str) -> bool:
        """Whether a single truth value is true.

        In a graph that is being compiled nobody can look: there it is taken for true, and the graph
        fails with the sentence `otherwise` when it runs and the value is not.
        """
        return bool(truth)

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
        return f"<backend {self.name} on {self.device} in {self.precision}>"
