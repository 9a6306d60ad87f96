"""What weights are before learning: drawn so that signals neither die out nor explode.

An initialiser is a function (key, shape) -> values, with PyTorch's layout of weights:
(M, D) for a linear layer, (F, C/G, KH, KW) for a convolution.

The keys come from one sequence per thread that starts at seed 0, so a script builds the same model
each time it runs; seed(n) starts another sequence.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.backends import NUMPY, Array
from chainrule.backends.hashing import hashed_normal, hashed_uniform, key_array
from chainrule.nn.module import Parameter

Initialiser = Callable[[Array, tuple[int, ...]], Any]


class _Sequence(threading.local):
    seed = 0
    drawn = 0


_sequence = _Sequence()


def seed(number: int) -> None:
    """Let the models built from here on, in this thread, start from this seed's weights."""
    _sequence.seed, _sequence.drawn = number, 0


@contextmanager
def seeded(number: int) -> Iterator[None]:
    """Inside, models start from this seed's weights; then the thread's own sequence goes on."""
    before = _sequence.seed, _sequence.drawn
    seed(number)
    try:
        yield
    finally:
        _sequence.seed, _sequence.drawn = before


def parameter(initialiser: Initialiser, shape: tuple[int, ...]) -> Parameter:
    """A new parameter: the next draw of this thread's sequence, as float32."""
    _sequence.drawn += 1
    values = initialiser(key_array(_sequence.seed, _sequence.drawn), shape)
    return Parameter(NUMPY.asarray(values, dtype="float32"))


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many values go into one output, and how many outputs one value goes into."""
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def zeros(key: Array, shape: tuple[int, ...]) -> Any:
    """All 0: for biases. For weights it is a trap: every unit stays the same."""
    return NUMPY.xp.zeros(shape)


def ones(key: Array, shape: tuple[int, ...]) -> Any:
    """All 1: for the scale of a normalisation."""
    return NUMPY.xp.ones(shape)


def glorot_uniform(key: Array, shape: tuple[int, ...]) -> Any:
    """Uniform with variance 2 / (fan_in + fan_out): keeps signals and gradients alike in size.

    Source    Glorot and Bengio 2010, equation 16; the default of Keras, in which the decks'
              networks for Fashion-MNIST and CIFAR-10 are written
    """
    limit = math.sqrt(6 / sum(fans(shape)))
    return limit * (2 * hashed_uniform(key, shape) - 1)


def he_normal(key: Array, shape: tuple[int, ...]) -> Any:
    """Normal with variance 2 / fan_in: keeps signals in size through ReLU, which halves them.

    Source    He, Zhang, Ren and Sun 2015, arXiv 1502.01852, equation 10
    """
    return math.sqrt(2 / fans(shape)[0]) * hashed_normal(key, shape)


def normal(std: float) -> Initialiser:
    """Normal with a given standard deviation."""

    def draw(key: Array, shape: tuple[int, ...]) -> Any:
        return std * hashed_normal(key, shape)

    return draw


def uniform(low: float, high: float) -> Initialiser:
    """Uniform between two bounds."""

    def draw(key: Array, shape: tuple[int, ...]) -> Any:
        return low + (high - low) * hashed_uniform(key, shape)

    return draw
