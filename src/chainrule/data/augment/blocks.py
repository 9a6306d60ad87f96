"""Many images a few at a time: what a processor works on then stays in its cache."""

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from chainrule.backends import Array, Backend

BLOCK = 2**15
"""Pixels changed in one go on a processor."""

Change = Callable[..., Array]
"""(images, *drawn, backend) -> changed images, each by its own drawn numbers."""


def block_by_block(change: Change, images: Array, *drawn: NDArray[Any], backend: Backend) -> Array:
    """The images changed block by block; on a device other than the processor, all at once.

    drawn: the numbers that decide, (N, ...) each, one entry per image
    """
    count, pixels = len(images), math.prod(images.shape[2:])
    size = max(1, BLOCK // pixels) if backend.device == "cpu" else count
    blocks = (slice(start, start + size) for start in range(0, count, size))
    return backend.xp.concat(
        [change(images[b, ...], *(numbers[b] for numbers in drawn), backend) for b in blocks]
    )
