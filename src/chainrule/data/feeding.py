"""What a training step eats: batches changed at random, made ready while the last one is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend
from chainrule.data.augment import Augmentation
from chainrule.data.batching import batch_places
from chainrule.data.sets import Labels, Shares, Split

SHARE = 0.5
"""All images together may take up to this share of a device's free memory; training needs more."""

Item = TypeVar("Item")
Batch = tuple[Array, Labels | Shares]
Drawn = tuple[int, NDArray[np.int64], Array | None]
"""A batch's number in its epoch, its places in the whole, and its images where they were read."""


class Feed:
    """The batches of a training, randomly changed, as arrays of the backend that learns from them.

    On the processor NumPy changes a batch while the step before it is under way. Another device
    changes its images itself: they are moved there all at once where they take up to half of its
    free memory, else batch by batch. The random numbers, and so the images, are the same.

    Everything random depends on seed, epoch and batch alone, so an interrupted epoch goes on with
    first=number of batches already seen. Labels (N,) become shares (N, K) where images are mixed;
    classes is K. Labels stay NumPy's.

    Raises    UsageError, at the first batch, when batch_size is not between 1 and the number of
              images
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        augmentation: Augmentation,
        *,
        classes: int,
        seed: int,
        backend: Backend = NUMPY,
    ) -> None:
        self.split = split
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.classes = classes
        self.seed = seed
        self.backend = backend
        self._changes = NUMPY if backend.device == "cpu" else backend
        self._moved = backend.asarray(split.images) if _fit(split, backend) else None

    def batches(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """An epoch's batches in random order, one after the other."""
        return (self._there(self._changed(epoch, drawn)) for drawn in self._drawn(epoch, first))

    @contextmanager
    def ahead(self, epoch: int, first: int = 0) -> Iterator[Iterator[Batch]]:
        """The same batches, each read, and on the processor changed, ahead of its use.

        Another device is spoken to by one thread alone: that of its steps.
        """
        drawn = self._drawn(epoch, first)
        if self._changes is NUMPY:
            with ahead(self._changed(epoch, one) for one in drawn) as coming:
                yield map(self._there, coming)
        else:
            with ahead(drawn) as coming:
                yield (self._there(self._changed(epoch, one)) for one in coming)

    def _drawn(self, epoch: int, first: int) -> Iterator[Drawn]:
        batches = batch_places(
            len(self.split), self.batch_size, seed=self.seed, epoch=epoch, first=first
        )
        for batch, places in enumerate(batches, start=first):
            if self._moved is not None:
                yield batch, places, None
            else:  # decoded here, where they come from files
                yield batch, places, np.ascontiguousarray(self.split.images[places])

    def _changed(self, epoch: int, drawn: Drawn) -> Batch:
        batch, places, read = drawn
        here = self._changes
        if read is None:
            images = here.xp.take(self._moved, here.asarray(places), axis=0)
        else:
            images = here.asarray(read)
        images = self.augmentation(
            images, seed=self.seed, epoch=epoch, batch=batch, places=places, backend=here
        )
        return self.augmentation.mix(
            images,
            self.split.labels[places],
            self.classes,
            seed=self.seed,
            epoch=epoch,
            batch=batch,
            backend=here,
        )

    def _there(self, batch: Batch) -> Batch:
        images, labels = batch
        return self.backend.asarray(images), labels


def _fit(split: Split, backend: Backend) -> bool:
    """Whether all images, were they moved to the device, would leave room to train."""
    images, free = split.images, backend.free_memory
    return isinstance(images, np.ndarray) and free is not None and images.nbytes <= SHARE * free


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
