"""IDX files, the format of MNIST and its family (Y. LeCun, http://yann.lecun.com/exdb/mnist).

0, 0, type, D       four bytes: type 0x08 is unsigned byte, D the number of dimensions
size * D            each 4 bytes, big-endian
values              row by row
"""

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.data.files import read_unzipped
from chainrule.errors import FormatError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path, *, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes, gzipped or not (told by content, not by name).

    dimensions: 3 for images (N, H, W), 1 for labels (N,).
    Raises FormatError naming the file when it is damaged or something else.
    """
    content = read_unzipped(path)
    zeros, kind, found = struct.unpack(">HBB", content[:4].ljust(4, b"\xff"))
    if zeros != 0:
        raise FormatError(
            f"{path}: starts with bytes {content[:4].hex(' ')}, but an IDX file starts with 00 00"
        )
    if kind != UNSIGNED_BYTE:
        raise FormatError(f"{path}: holds values of type 0x{kind:02x}, but needs 0x08, bytes")
    if found != dimensions:
        raise FormatError(f"{path}: has {found} dimensions, but needs {dimensions}")

    start = 4 + 4 * dimensions
    if len(content) < start:
        raise FormatError(f"{path}: ends inside its header, after {len(content)} bytes")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    values, needed = len(content) - start, math.prod(shape)
    if values != needed:
        problem = "is truncated" if values < needed else "has trailing bytes"
        raise FormatError(f"{path}: {problem}: {shape} needs {needed:,} values, found {values:,}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()
