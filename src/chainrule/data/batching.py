"""The order in which an epoch sees the images."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chainrule.data.sets import Images, Labels, Split
from chainrule.errors import UsageError


def batches(
    split: Split,
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    shuffle: bool = True,
    first: int = 0,
) -> Iterator[tuple[Images, Labels]]:
    """An epoch's (images, labels), batch by batch; the last one may be smaller.

    The order depends on seed and epoch alone, so an interrupted epoch goes on with
    first=number of batches already seen. shuffle=False keeps the order of the split.
    Raises UsageError when batch_size is not between 1 and the number of images.
    """
    if not 1 <= batch_size <= len(split):
        raise UsageError(
            f"batch size is {batch_size:,}, but needs to be from 1 to {len(split):,}, "
            "the number of images"
        )
    if min(seed, epoch, first) < 0:
        raise UsageError(f"seed {seed}, epoch {epoch} and first {first} need to be 0 or more")
    return _walk(
        split, batch_size, epoch_order(len(split), seed, epoch) if shuffle else None, first
    )


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The positions 0 to count - 1 in this epoch's order."""
    return np.random.default_rng(np.random.SeedSequence((seed, epoch))).permutation(count)


def _walk(
    split: Split, batch_size: int, order: NDArray[np.int64] | None, first: int
) -> Iterator[tuple[Images, Labels]]:
    for start in range(first * batch_size, len(split), batch_size):
        rows = slice(start, start + batch_size)
        here = rows if order is None else order[rows]
        yield split.images[here], split.labels[here]
