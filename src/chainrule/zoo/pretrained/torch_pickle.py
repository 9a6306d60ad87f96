"""The pickle in a checkpoint of PyTorch, read without letting it run anything.

A pickle is a program: it names functions and calls them. This reader knows only the names that
tensors in a dict need, and answers each with a stand-in of its own; any other is refused. Values
stay where they are in the file: a tensor here is only the description of its place.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

BFLOAT16 = "bfloat16"
"""NumPy has no such type; every other one here is the name of one."""

KINDS = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
"""PyTorch's names for memory of each type."""


class NotTakenError(Exception):
    """What a sound file may hold, but is not taken here; read_tensors says it in a sentence."""


@dataclass(frozen=True)
class Kind:
    """Stands in for a class of storages; it cannot be called."""

    dtype: str


@dataclass(frozen=True)
class Storage:
    """A stretch of memory in the file: its name there, the type of its values, and how many."""

    key: str
    dtype: str
    count: int


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor's values lie in a storage, all numbers counted in values."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _Dict(dict[Any, Any]):
    """Stands in for OrderedDict."""


def _tensor(
    storage: Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> StoredTensor:
    """Stands in for the functions that make a tensor; what follows stride is of no use here."""
    numbers = (offset, *tuple(size), *tuple(stride))
    whole = all(type(number) is int and number >= 0 for number in numbers)
    if not isinstance(storage, Storage) or not whole or len(size) != len(stride):
        raise pickle.UnpicklingError("a tensor without a place in memory")
    return StoredTensor(storage, offset, tuple(size), tuple(stride))


def _parameter(tensor: StoredTensor, *_: object) -> StoredTensor:
    """Stands in for the function that makes a tensor one to be learned."""
    return tensor


STAND_INS: dict[tuple[str, str], Kind | Callable[..., Any]] = {
    ("collections", "OrderedDict"): _Dict,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    **{("torch", name): Kind(dtype) for name, dtype in KINDS.items()},
    **{("torch.cuda", name): Kind(dtype) for name, dtype in KINDS.items()},
}


# The unpickler written in Python: the one in C makes room for as many objects as a damaged or
# malicious file says it has, tens of gigabytes, before it reads them.
class TorchPickle(pickle._Unpickler):
    """One pickle of such a file; load() gives dicts, lists, numbers, strings and StoredTensors."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle means: one of ours, or nothing."""
        try:
            return STAND_INS[module, name]
        except KeyError:
            raise NotTakenError(f"it asks for {module}.{name}, and no code is run") from None

    def persistent_load(self, pid: Any) -> Storage:
        """A storage, which the pickle only refers to."""
        word, kind, key, _, count, *view = pid
        known = isinstance(kind, Kind) and isinstance(key, str) and type(count) is int
        if word != "storage" or not known or count < 0 or any(view):
            raise pickle.UnpicklingError("a reference to something else than a tensor's memory")
        storage = Storage(key, kind.dtype, count)
        return self.storages.setdefault(key, storage)

    def load_build(self) -> None:
        """Leave out an object's state: nothing here has any, and functions must not get one."""
        self.stack.pop()  # type: ignore[attr-defined]

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        **pickle._Unpickler.dispatch,
        pickle.BUILD[0]: load_build,
    }
