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
from chainrule.zoo.pretrained.torch_pickle import BFLOAT16, NotTakenError, StoredTensor

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Where a network's state is in the dict of a whole training that holds other tensors as well."""

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
    what they are, but for bfloat16, which becomes float32. The state may lie in a dict, one level
    down. The "module." that PyTorch's DataParallel puts before every name is taken off.

    Raises    FormatError when the file is damaged, of another format, or wants code to be run
    """
    try:
        with path.open("rb") as file:
            tensors = _read(path, file)
    except ChainruleError:
        raise
    except NotTakenError as error:
        raise FormatError(
            f"{path}: cannot be read as a checkpoint, for {error}: where you trust it, load it "
            "with PyTorch and write torch.save(model.state_dict(), FILE)"
        ) from error
    except OSError as error:
        raise FormatError(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # damaged pickles raise anything, as pickle's own pages warn
        reason = str(error) or type(error).__name__
        raise FormatError(f"{path}: is damaged ({reason}): take another copy") from error
    if not tensors:
        raise FormatError(f"{path}: holds no tensors by name, but a network's state_dict is needed")
    if all(name.startswith("module.") for name in tensors):
        return {name.removeprefix("module."): values for name, values in tensors.items()}
    return tensors


def _read(path: Path, file: BinaryIO) -> Tensors:
    start = file.read(16)
    file.seek(0)
    if start.startswith(ZIP_START):
        return _state(path, ZipCheckpoint(file))
    if start.startswith(STREAM_START):
        return _state(path, StreamCheckpoint(file))
    if start[8:9] == b"{":
        return _safetensors(path, file)
    raise FormatError(
        f"{path}: is neither a safetensors file nor a checkpoint that torch.save wrote"
    )


def _state(path: Path, file: TorchFile) -> Tensors:
    """A network's state, at the top of a checkpoint or one level below.

    Raises    FormatError where several dicts one level below may be it
    """
    content = file.content if isinstance(file.content, Mapping) else {}
    inside = {name: named for name, value in content.items() if (named := _named(value))}
    usual = [name for name in WRAPPERS if name in inside]
    if len(inside) > 1 and not usual:
        raise FormatError(
            f"{path}: holds tensors in {', '.join(map(str, inside))}, but one network's state_dict "
            "is needed: load it with PyTorch and write the one you mean with torch.save"
        )
    if inside:
        return file.arrays(inside[usual[0]] if usual else next(iter(inside.values())))
    return file.arrays(_named(content))


def _named(value: object) -> dict[str, StoredTensor]:
    """The tensors by name in a dict; none in anything else."""
    if not isinstance(value, Mapping):
        return {}
    return {
        name: tensor
        for name, tensor in value.items()
        if isinstance(name, str) and isinstance(tensor, StoredTensor)
    }


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
            raise NotTakenError(f"{name} is of type {entry['dtype']}")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = decoded(content[first:last], DTYPES[entry["dtype"]], count)
        tensors[name] = values.reshape(entry["shape"])
    return tensors
