"""The opponents: each builds the same networks with the means of its library.

ours.py       chainrule, on NumPy and on torch
pytorch.py    PyTorch eager, as people write it; and tuned as its documentation teaches
keras3.py     Keras 3, through fit
plain_jax.py  JAX: plain functions and jit
textbook.py   NumPy as introductory books write it: im2col of the whole batch, and nothing more
airbench.py   the record of CIFAR-10, for time_to_accuracy.py

Every module but the last has

    build(race, images, labels, **options) -> train
    train(steps) -> (seconds, last loss)

images: (M, C, H, W) uint8 in memory; labels: (M,); M is a multiple of the race's batch size. A step
takes the next batch, brings its pixels to 0..1, goes forward, backward, and changes the weights.
"""

from collections.abc import Callable, Iterator
from itertools import cycle
from time import perf_counter

Train = Callable[[int], tuple[float, float]]


def slices(images: int, batch_size: int) -> Iterator[slice]:
    """Where the batches lie, one after the other, again and again."""
    return cycle(slice(first, first + batch_size) for first in range(0, images, batch_size))


def timed(step: Callable[[], float], settled: Callable[[], object] = lambda: None) -> Train:
    """Steps one by one; settled: waits until a library that works ahead has done what it began."""

    def train(steps: int) -> tuple[float, float]:
        began = perf_counter()
        for _ in range(steps):
            loss = step()
        settled()
        return perf_counter() - began, float(loss)

    return train
