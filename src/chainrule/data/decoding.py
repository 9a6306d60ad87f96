"""Many image files into one array: what size and how many channels suit them, then all of them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.data.images import open_picture
from chainrule.data.progress import Progress
from chainrule.errors import DataError, ImageError
from chainrule.machine import available_cores, available_memory

LARGEST, SMALLEST, STEP = 64, 16, 8
SAMPLED = 64
BLOCK = 32
"""Files that a thread decodes before it reports; fewer where others would go without."""
SMALL_FILE = 8192
"""Bytes; below it Python's own work outweighs the decoding, and threads wait for one another."""
GIGABYTE = 1e9
REMEDY = "mend it or move it away, or leave out all such files with --skip-unreadable"


def choose_shape(
    paths: Sequence[Path],
    *,
    size: tuple[int, int] | None,
    channels: int | None,
    skip_unreadable: bool,
) -> tuple[int, int, int]:
    """(C, H, W) that suit these files, looking at up to 64 of them; what is given stays.

    C is 1 when every file looked at is grey, else 3. H and W are the files' own size when all
    have the same and no side exceeds 64, else a square of the median shorter side, rounded to a
    multiple of 8 from 16 to 64.
    """
    if size is not None and channels is not None:
        return channels, *size
    sizes, grey = [], True
    for place in np.unique(np.linspace(0, len(paths) - 1, SAMPLED).astype(int)):
        try:
            picture = open_picture(paths[place], target=LARGEST)
        except ImageError as error:
            _pass_over(error, skip_unreadable)
            continue
        sizes.append((picture.height, picture.width))
        grey = grey and picture.is_grey()
    if not sizes:
        raise DataError(f"{paths[0].parent}: none of the images looked at can be read")
    return channels or (1 if grey else 3), *(size or _suitable_size(sizes))


def _suitable_size(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    if len(set(sizes)) == 1 and max(sizes[0]) <= LARGEST:
        return sizes[0]
    shorter = float(np.median([min(size) for size in sizes]))
    side = min(max(STEP * round(shorter / STEP), SMALLEST), LARGEST)
    return side, side


def decode(
    paths: Sequence[Path],
    shape: tuple[int, int, int],
    *,
    skip_unreadable: bool,
    progress: Progress | None,
) -> tuple[NDArray[np.uint8], dict[int, ImageError]]:
    """uint8 (M, C, H, W) of the readable files, and by position the errors of the others.

    Large files are decoded on all cores. Raises ImageError for the first unreadable file
    unless they are to be skipped, and DataError when the pixels would not fit into memory.
    """
    _check_memory(paths, shape)
    channels, height, width = shape
    images = np.empty((len(paths), *shape), np.uint8)
    cores = available_cores()
    block = max(1, min(BLOCK, -(-len(paths) // (2 * cores))))
    unreadable: dict[int, ImageError] = {}

    def decode_block(start: int) -> None:
        for place in range(start, min(start + block, len(paths))):
            try:
                picture = open_picture(paths[place], target=max(height, width))
                images[place] = picture.pixels(channels, height, width)
            except ImageError as error:
                _pass_over(error, skip_unreadable)
                unreadable[place] = error

    starts = range(0, len(paths), block)
    with ThreadPoolExecutor(cores if _are_large(paths[::block]) else 1) as threads:
        try:
            for start, _ in zip(starts, threads.map(decode_block, starts), strict=True):
                if progress is not None:
                    progress(min(start + block, len(paths)), len(paths))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    if unreadable:
        images = np.delete(images, list(unreadable), axis=0)
    return images, dict(sorted(unreadable.items()))


def _pass_over(error: ImageError, skip_unreadable: bool) -> None:
    """Raise it, with what to do about it, unless unreadable files are to be left out."""
    if not skip_unreadable:
        raise ImageError(f"{error}: {REMEDY}") from error


def _are_large(paths: Sequence[Path]) -> bool:
    """Whether these files are worth more than one thread; one that is missing is found later."""
    sizes = [path.stat().st_size for path in paths if path.exists()]
    return sum(sizes) > SMALL_FILE * len(sizes)


def _check_memory(paths: Sequence[Path], shape: tuple[int, int, int]) -> None:
    channels, height, width = shape
    needed, available = len(paths) * channels * height * width, available_memory()
    if available is not None and needed > available:
        raise DataError(
            f"{len(paths):,} images of {width}x{height} need {needed / GIGABYTE:,.1f} GB "
            f"of memory, but {available / GIGABYTE:,.1f} GB are available: choose a smaller --size"
        )
