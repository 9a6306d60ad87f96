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
    places = batch_places(
        len(split), batch_size, seed=seed, epoch=epoch, shuffle=shuffle, first=first
    )
    return ((np.asarray(split.images[here]), split.labels[here]) for here in places)


def batch_places(
    count: int, batch_size: int, *, seed: int, epoch: int, shuffle: bool = True, first: int = 0
) -> Iterator[NDArray[np.int64]]:
    """Where the images of each batch stand among so many; see batches."""
    if not 1 <= batch_size <= count:
        raise UsageError(
            f"batch size is {batch_size:,}, but needs to be from 1 to {count:,}, "
            "the number of images"
        )
    if min(seed, epoch, first) < 0:
        raise UsageError(f"seed {seed}, epoch {epoch} and first {first} need to be 0 or more")
    order = epoch_order(count, seed, epoch) if shuffle else np.arange(count)
    starts = range(first * batch_size, count, batch_size)
    return (order[start : start + batch_size] for start in starts)


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The positions 0 to count - 1 in this epoch's order."""
    return np.random.default_rng(np.random.SeedSequence((seed, epoch))).permutation(count)
