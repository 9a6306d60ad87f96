"""The two kinds of files that torch.save writes, or wrote, read without PyTorch.

Since PyTorch 1.6, a zip archive: NAME/data.pkl says what tensors there are, NAME/data/KEY holds
their values. Before, a stream: three pickles about the file, one about the tensors, one with the
keys, and then for each key a count and the values.
"""

import io
import math
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from chainrule.zoo.pretrained.torch_pickle import (
    BFLOAT16,
    NotTakenError,
    Storage,
    StoredTensor,
    TorchPickle,
)

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
"""What the first two pickles of a stream say."""
STREAM_START = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little")
ZIP_START = b"PK\x03\x04"

Values = NDArray[Any]


class TorchFile:
    """An open checkpoint.

    content  what it holds, with StoredTensors for tensors

    Raises   whatever damaged files raise, which can be anything
    """

    content: Any

    def read(self, storage: Storage) -> bytes:
        """The values of a storage as they lie in the file."""
        raise NotImplementedError

    def arrays(self, state: Mapping[str, StoredTensor]) -> dict[str, Values]:
        """The values of these tensors, by their names."""
        values = cache(self._values)  # tensors may share a storage
        return {name: _view(values(tensor.storage), tensor) for name, tensor in state.items()}

    def _values(self, storage: Storage) -> Values:
        return decoded(self.read(storage), storage.dtype, storage.count)


class ZipCheckpoint(TorchFile):
    """A checkpoint of PyTorch 1.6 or newer."""

    def __init__(self, file: BinaryIO) -> None:
        self.archive = zipfile.ZipFile(file)
        pickles = [name for name in self.archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise NotTakenError("it is a zip archive, but none that torch.save wrote")
        self.folder = pickles[0].removesuffix("data.pkl")
        order = f"{self.folder}byteorder"
        if order in self.archive.namelist() and self._member(order) != b"little":
            raise NotTakenError("its numbers are big-endian")
        self.content = TorchPickle(io.BytesIO(self._member(pickles[0]))).load()

    def read(self, storage: Storage) -> bytes:
        return self._member(f"{self.folder}data/{storage.key}")

    def _member(self, name: str) -> bytes:
        # torch.save does not compress, and a small file must not unpack to gigabytes.
        if self.archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
            raise NotTakenError(f"{name} in it is compressed")
        return self.archive.read(name)


class StreamCheckpoint(TorchFile):
    """A checkpoint of a PyTorch older than 1.6."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        magic, protocol, system = (TorchPickle(file).load() for _ in range(3))
        if (magic, protocol) != (MAGIC, PROTOCOL) or not system["little_endian"]:
            raise ValueError("it is not of the kind that torch.save wrote before PyTorch 1.6")
        reader = TorchPickle(file)
        self.content = reader.load()
        keys = TorchPickle(file).load()
        self.places: dict[str, int] = {}
        for key in keys:
            storage = reader.storages[key]
            if int.from_bytes(file.read(8), "little") != storage.count:
                raise ValueError(f"storage {key} has not the {storage.count} values it should have")
            self.places[key] = file.tell()
            file.seek(storage.count * itemsize(storage.dtype), io.SEEK_CUR)

    def read(self, storage: Storage) -> bytes:
        self.file.seek(self.places[storage.key])
        return self.file.read(storage.count * itemsize(storage.dtype))


def itemsize(dtype: str) -> int:
    """Bytes of one value."""
    return 2 if dtype == BFLOAT16 else np.dtype(dtype).itemsize


def decoded(content: bytes | Values, dtype: str, count: int) -> Values:
    """Little-endian values of a type; those of bfloat16, the upper half of a float32, as float32.

    Raises    ValueError when there are more or fewer
    """
    if len(content) != count * itemsize(dtype):
        raise ValueError(f"{count} values of {dtype} need other than {len(content)} bytes")
    if dtype != BFLOAT16:
        return np.frombuffer(content, dtype)
    upper = np.frombuffer(content, "<u2").astype(np.uint32)
    return (upper << 16).view(np.float32)


def _view(values: Values, tensor: StoredTensor) -> Values:
    """A tensor's values within its storage, which must hold every one of them."""
    steps = ((n - 1) * step for n, step in zip(tensor.size, tensor.stride, strict=True))
    count = math.prod(tensor.size)
    if count > len(values) or (count and tensor.offset + sum(steps) >= len(values)):
        raise ValueError("a tensor reaches beyond its memory")
    strides = tuple(step * values.itemsize for step in tensor.stride)
    return as_strided(values[tensor.offset :], tensor.size, strides, writeable=False)
