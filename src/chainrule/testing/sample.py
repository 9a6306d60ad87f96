"""A sample is one call of one Function: its hyperparameters, and how its inputs are drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from chainrule.tape import Function

Draw = Callable[[Generator], np.ndarray]


@dataclass(frozen=True)
class Input:
    """One input: how its values are drawn, and whether a gradient belongs to it.

    draw        values from a generator; what comes as float64 is cast to the dtype asked for
    needs_grad  False for labels, random bits and whatever else is given, not learned
    """

    draw: Draw
    needs_grad: bool = True


@dataclass(frozen=True)
class Sample:
    """One call of one Function.

    title   what is special about it: "stride 2, no bias"
    make    gives a fresh Function, since one object serves one call
    inputs  in the order of the forward rule
    smooth  False where the forward rule has a kink at these values (ties, extremes), so that
            differences say nothing about the backward rule
    """

    title: str
    make: Callable[[], Function]
    inputs: tuple[Input, ...]
    smooth: bool = True

    @property
    def function(self) -> type[Function]:
        """The Function it is a sample of."""
        return type(self.make())

    @property
    def needs(self) -> tuple[bool, ...]:
        """Which inputs want a gradient."""
        return tuple(one.needs_grad for one in self.inputs)

    def arrays(self, rng: Generator, dtype: str = "float64") -> tuple[np.ndarray, ...]:
        """The inputs as NumPy arrays; dtype is that of the numbers, whole ones keep theirs."""
        drawn = (np.asarray(one.draw(rng)) for one in self.inputs)
        return tuple(a.astype(dtype) if a.dtype == np.float64 else a for a in drawn)

    def __str__(self) -> str:
        return f"{self.function.__name__}: {self.title}"


def normal(*shape: int, scale: float = 1.0) -> Input:
    """Standard normal numbers, times a scale."""
    return Input(lambda rng: scale * rng.standard_normal(shape))


def positive(*shape: int) -> Input:
    """Numbers in [0.5, 2): for logarithms, roots and denominators."""
    return Input(lambda rng: rng.uniform(0.5, 2.0, shape))


def spread(*shape: int) -> Input:
    """0.1, 0.2, 0.3 and so on in random order with random signs: none close to 0 or to another.

    For rules with a kink at 0 or where two values meet.
    """

    def draw(rng: Generator) -> np.ndarray:
        count = int(np.prod(shape))
        sizes = 0.1 * (1 + rng.permutation(count))
        return np.reshape(sizes * rng.choice([-1.0, 1.0], count), shape)

    return Input(draw)


def tied(*shape: int) -> Input:
    """The numbers -1, 0 and 1, so that many are equal."""
    return Input(lambda rng: rng.integers(-1, 2, shape).astype("float64"))


def fixed(values: object) -> Input:
    """Just these numbers."""
    return Input(lambda rng: np.array(values, dtype="float64"))


def labels(N: int, K: int) -> Input:
    """N class numbers below K."""
    return Input(lambda rng: rng.integers(0, K, N), needs_grad=False)


def whole(*values: int) -> Input:
    """Just these whole numbers."""
    return Input(lambda rng: np.array(values, dtype="int64"), needs_grad=False)


def chosen(values: object) -> Input:
    """Just these truth values, given as a condition."""
    return Input(lambda rng: np.array(values, dtype="bool"), needs_grad=False)


def probabilities(N: int, K: int) -> Input:
    """N rows of K probabilities, given as a target."""
    return Input(lambda rng: rng.dirichlet(np.ones(K), N), needs_grad=False)


def random_bits(*shape: int) -> Input:
    """Random bytes, as dropout eats them."""
    return Input(lambda rng: rng.integers(0, 256, shape, dtype="uint8"), needs_grad=False)


def given(one: Input) -> Input:
    """The same input, as a constant that wants no gradient."""
    return Input(one.draw, needs_grad=False)
