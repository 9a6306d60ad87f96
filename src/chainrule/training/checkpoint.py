"""Arrays and facts in one safetensors file, written atomically and checked when read.

The facts travel as JSON in the file's metadata, beside a digest of facts and arrays: safetensors
notices a file cut short, the digest notices a changed bit.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from chainrule.errors import RunError
from chainrule.training.atomic import write_atomically

Arrays = Mapping[str, np.ndarray]


def save_arrays(path: Path, arrays: Arrays, facts: Mapping[str, Any]) -> None:
    """Write arrays and facts to path, whole or not at all.

    facts: anything JSON can hold

    Raises    RunError when it could not be written; what stood at path is untouched
    """
    solid = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    text = json.dumps(facts)
    content = save(solid, {"facts": text, "sha256": _digest(solid, text)})

    def write(unfinished: Path) -> None:
        unfinished.write_bytes(content)

    write_atomically(path, write)


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and facts that save_arrays wrote.

    Raises    RunError when the file is missing or damaged, or another program's
    """
    if not path.is_file():
        raise RunError(f"{path} is missing: was the training interrupted before its first save?")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise RunError(
            f"{path} is damaged or unreadable ({error}): take another copy, or train again"
        ) from None
    if "sha256" not in metadata or "facts" not in metadata:
        raise RunError(f"{path} was not written by chainrule: it lacks the digest it should carry")
    if metadata["sha256"] != _digest(arrays, metadata["facts"]):
        raise RunError(
            f"{path} is damaged (its contents do not match their digest): "
            "take another copy, or train again"
        )
    return arrays, json.loads(metadata["facts"])


def _digest(arrays: Arrays, facts: str) -> str:
    sha = hashlib.sha256(facts.encode())
    for name in sorted(arrays):
        array = arrays[name]
        sha.update(f"{name} {array.dtype.name} {array.shape}".encode())
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()
