"""What a training step eats: batches changed at random, made ready while the last one is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from chainrule.data.augment import Augmentation
from chainrule.data.batching import batch_places
from chainrule.data.sets import Images, Labels, Shares, Split

Item = TypeVar("Item")


def augmented_batches(
    split: Split,
    batch_size: int,
    augmentation: Augmentation,
    *,
    classes: int,
    seed: int,
    epoch: int,
    first: int = 0,
) -> Iterator[tuple[Images, Labels | Shares]]:
    """An epoch's batches in random order, randomly changed.

    Everything random depends on seed, epoch and batch alone, so an interrupted epoch goes on with
    first=number of batches already seen. Labels (N,) become shares (N, K) where images are mixed;
    classes is K.

    Raises    UsageError when batch_size is not between 1 and the number of images
    """
    batches = batch_places(len(split), batch_size, seed=seed, epoch=epoch, first=first)
    for batch, places in enumerate(batches, start=first):
        images = np.asarray(split.images[places])  # decoded here, where they come from files
        images = augmentation(images, seed=seed, epoch=epoch, batch=batch, places=places)
        yield augmentation.mix(
            images, split.labels[places], classes, seed=seed, epoch=epoch, batch=batch
        )


@contextmanager
def ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The same items, each made by a thread while the one before is in use.

    At most one waits. An exception is raised where its item would have come. However the block is
    left, the thread is gone afterwards; it finishes the item it is making.
    """
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="chainrule-ahead") as thread:

        def coming() -> Iterator[Item]:
            waiting = thread.submit(next, items, end)
            while (item := waiting.result()) is not end:
                waiting = thread.submit(next, items, end)
                yield item  # type: ignore[misc]  # the end is no item

        yield coming()
