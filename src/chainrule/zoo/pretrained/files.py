"""Tensors by name from a checkpoint file, whatever wrote it; nothing in the file is run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from chainrule.errors import ChainruleError, FormatError
from chainrule.zoo.pretrained.torch_files import (
    STREAM_START,
    ZIP_START,
    StreamCheckpoint,
    TorchFile,
    ZipCheckpoint,
    decoded,
)
from chainrule.zoo.pretrained.torch_pickle import BFLOAT16

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Where people put a network's state in the dict of a whole training."""

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": BFLOAT16,
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
"""The safetensors format's names of types."""

Tensors = dict[str, NDArray[Any]]


def read_tensors(path: Path) -> Tensors:
    """The tensors in a safetensors file or a checkpoint of PyTorch, by name.

    Of PyTorch's, both kinds are read, zip archives and the streams before version 1.6. Types stay
    what they are, but for bfloat16, which becomes float32. The "module." that PyTorch's
    DataParallel puts before every name is taken off.

    Raises    FormatError when the file is damaged, of another format, or wants code to be run
    """
    try:
        with path.open("rb") as file:
            tensors = _read(path, file)
    except ChainruleError:
        raise
    except Exception as error:  # damaged pickles raise anything, as pickle's own pages warn
        reason = str(error) or type(error).__name__
        raise FormatError(
            f"{path}: cannot be read as a checkpoint without running code ({reason}): "
            "where you trust it, load it with PyTorch and write "
            "torch.save(model.state_dict(), FILE)"
        ) from error
    if not tensors:
        raise FormatError(f"{path}: holds no tensors by name, but a network's state_dict is needed")
    if all(name.startswith("module.") for name in tensors):
        return {name.removeprefix("module."): values for name, values in tensors.items()}
    return tensors


def _read(path: Path, file: BinaryIO) -> Tensors:
    start = file.read(16)
    file.seek(0)
    if start.startswith(ZIP_START):
        return _state(ZipCheckpoint(file))
    if start.startswith(STREAM_START):
        return _state(StreamCheckpoint(file))
    if start[8:9] == b"{":
        return _safetensors(path, file)
    raise FormatError(
        f"{path}: is neither a safetensors file nor a checkpoint that torch.save wrote"
    )


def _state(file: TorchFile) -> Tensors:
    """A network's state, at the top of a checkpoint or one level below."""
    content = file.content if isinstance(file.content, Mapping) else {}
    inside = [content[name] for name in WRAPPERS if isinstance(content.get(name), Mapping)]
    state = inside[0] if inside else content
    return file.arrays({name: value for name, value in state.items() if isinstance(name, str)})


def _safetensors(path: Path, file: BinaryIO) -> Tensors:
    """The tensors as views of the file, which the system reads when they are looked at."""
    with safe_open(path, framework="numpy"):
        pass  # its library has checked the header: places that fit the types and the shapes
    length = int.from_bytes(file.read(8), "little")
    entries = json.loads(file.read(length))
    entries.pop("__metadata__", None)
    content = np.memmap(file, np.uint8, "r")
    tensors = {}
    for name, entry in entries.items():
        first, last = (8 + length + place for place in entry["data_offsets"])
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"{name} is of type {entry['dtype']}")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = decoded(content[first:last], DTYPES[entry["dtype"]], count)
        tensors[name] = values.reshape(entry["shape"])
    return tensors
