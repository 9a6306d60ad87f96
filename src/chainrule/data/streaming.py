"""Images that stay in their files until they are looked at, for folders larger than memory."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.data.decoding import decode
from chainrule.data.progress import Progress
from chainrule.data.sets import Images
from chainrule.errors import ImageError
from chainrule.machine import available_memory

SHARE = 0.5
"""Decoded images may take up to this share of the memory available; the rest is for training."""
TOGETHER = 256
"""Images that have to fit into that share: files looked through together, or a batch."""


class FileImages:
    """Image files as an array (N, C, H, W) of uint8 that is decoded piece by piece.

    Choosing images, with a slice or an array of places, decodes none: the result is FileImages
    again. numpy.asarray decodes them all, as decode does. One image is decoded at once.

    Raises    ImageError naming the file when one of those decoded cannot be read
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, paths: Sequence[Path], shape: tuple[int, int, int]) -> None:
        self.paths = np.empty(len(paths), dtype=object)
        self.paths[:] = paths
        self.shape = (len(paths), *shape)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice | list | np.ndarray):
            return FileImages(self.paths[index].tolist(), self.shape[1:])
        if isinstance(index, int | np.integer):
            return np.asarray(FileImages([self.paths[index]], self.shape[1:]))[0]
        return np.asarray(self)[index]

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return (self[place] for place in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        images, _ = decode(list(self.paths), self.shape[1:], skip_unreadable=False, progress=None)
        return images if dtype is None else images.astype(dtype, copy=False)

    def __repr__(self) -> str:
        return f"FileImages({self.shape})"


def stream_files(
    paths: Sequence[Path],
    shape: tuple[int, int, int],
    *,
    skip_unreadable: bool,
    progress: Progress | None,
) -> tuple[Images, dict[int, ImageError]]:
    """FileImages of the readable files, and by position the errors of the others.

    All of them are looked through only if unreadable ones are to be skipped.
    """
    unreadable: dict[int, ImageError] = {}
    for start in range(0, len(paths) if skip_unreadable else 0, TOGETHER):
        _, errors = decode(
            paths[start : start + TOGETHER], shape, skip_unreadable=True, progress=None
        )
        unreadable |= {start + place: error for place, error in errors.items()}
        if progress is not None:
            progress(min(start + TOGETHER, len(paths)), len(paths))
    readable = [path for place, path in enumerate(paths) if place not in unreadable]
    # An array in all that is asked of a Split's images.
    return cast(Images, FileImages(readable, shape)), unreadable


def should_stream(count: int, shape: tuple[int, int, int]) -> bool:
    """Whether so many decoded images (C, H, W) would crowd the memory, and a batch would not.

    Where not even a batch would fit, streaming is no help: decoding them says what would be.
    """
    available = available_memory()
    return available is not None and TOGETHER < SHARE * available / math.prod(shape) < count
