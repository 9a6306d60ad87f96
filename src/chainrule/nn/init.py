"""What weights are before learning: drawn so that signals neither die out nor explode.

An initialiser is a function (key, shape) -> values, with PyTorch's layout of weights:
(M, D) for a linear layer, (F, C/G, KH, KW) for a convolution.

The keys come from one sequence per thread that starts at seed 0, so a script builds the same model
each time it runs; seed(n) starts another sequence. Random layers take their first keys from it too.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.backends import NUMPY, Array
from chainrule.backends.hashing import hashed_normal, hashed_uniform, key_array
from chainrule.errors import UsageError
from chainrule.nn.module import Parameter

Initialiser = Callable[[Array, tuple[int, ...]], Any]


class _Sequence(threading.local):
    seed = 0
    drawn = 0
    layers = 0
    off = False


_sequence = _Sequence()


def seed(number: int) -> None:
    """Let the models built from here on, in this thread, start from this seed's weights.

    Their random layers, such as dropout, draw by this seed too, until reseed gives them other keys.
    """
    _sequence.seed, _sequence.drawn, _sequence.layers = number, 0, 0


@contextmanager
def seeded(number: int) -> Iterator[None]:
    """Inside, models start from this seed's weights; then the thread's own sequence goes on."""
    before = _sequence.seed, _sequence.drawn, _sequence.layers
    seed(number)
    try:
        yield
    finally:
        _sequence.seed, _sequence.drawn, _sequence.layers = before


@contextmanager
def undrawn() -> Iterator[None]:
    """Inside, parameters are 0 and cost nothing: for a model whose values come from a file.

    Memory of zeros is only promised by the system until something is written to it.
    """
    before = _sequence.off
    _sequence.off = True
    try:
        yield
    finally:
        _sequence.off = before


def parameter(initialiser: Initialiser, shape: tuple[int, ...]) -> Parameter:
    """A new parameter: the next draw of this thread's sequence, as float32."""
    if _sequence.off:
        return Parameter(NUMPY.xp.zeros(shape, dtype="float32"))
    return Parameter(NUMPY.asarray(draw(initialiser, shape), dtype="float32"))


def draw(initialiser: Initialiser, shape: tuple[int, ...]) -> Any:
    """The next draw of this thread's sequence, as float64."""
    _sequence.drawn += 1
    return initialiser(key_array(_sequence.seed, _sequence.drawn), shape)


def layer_key() -> Array:
    """The key of the next random layer in this thread's sequence; none of a weight's."""
    _sequence.layers += 1
    return key_array(_sequence.seed, 0, _sequence.layers)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many values go into one output, and how many outputs one value goes into.

    Raises    UsageError for a shape of fewer than two axes, such as a bias's
    """
    if len(shape) < 2:
        raise UsageError(
            f"an initialiser that goes by the inputs of a weight came for shape {shape}, but needs "
            "two axes or more: for biases use zeros, ones, normal or uniform"
        )
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def zeros(key: Array, shape: tuple[int, ...]) -> Any:
    """All 0: for biases. For weights it is a trap: every unit stays the same.

    Rule      w = 0
    """
    return NUMPY.xp.zeros(shape)


def ones(key: Array, shape: tuple[int, ...]) -> Any:
    """All 1: for the scale of a normalisation.

    Rule      w = 1
    """
    return NUMPY.xp.ones(shape)


def normal(std: float) -> Initialiser:
    """Normal with a given standard deviation; 0.01 is the lecture's "small random numbers".

    Rule      w = std * normal(0, 1)
    Raises    UsageError for std below 0
    Source    with 0.01: Krizhevsky, Sutskever and Hinton 2012, section 5
    """
    if not 0 <= std < math.inf:
        raise UsageError(f"normal: std is {std}, but a deviation of 0 or more is needed")
    return lambda key, shape: std * hashed_normal(key, shape)


def uniform(low: float, high: float) -> Initialiser:
    """Uniform between two bounds. From 0 to 1 is a bad start: every weight pulls the same way.

    Rule      w = low + (high - low) * uniform(0, 1)
    Raises    UsageError for bounds in the wrong order
    """
    if not low <= high:
        raise UsageError(f"uniform: from {low} to {high} is no range: give the lower bound first")
    return lambda key, shape: low + (high - low) * hashed_uniform(key, shape)


def xavier(key: Array, shape: tuple[int, ...]) -> Any:
    """Normal with variance 1 / fan_in: keeps signals in size through tanh, which is x near 0.

    Rule      w = normal(0, 1) / sqrt(fan_in)
    Source    the lectures' randn(n_in, n_out) / sqrt(n_in), which is LeCun's: LeCun, Bottou, Orr
              and Mueller 1998, section 4.6. Glorot's own has both fans: glorot_normal
    """
    return hashed_normal(key, shape) / math.sqrt(fans(shape)[0])


def glorot_uniform(key: Array, shape: tuple[int, ...]) -> Any:
    """Uniform with variance 2 / (fan_in + fan_out): keeps signals and gradients alike in size.

    Rule      limit = sqrt(6 / (fan_in + fan_out))
              w = uniform(-limit, limit)
    Source    Glorot and Bengio 2010, equation 16; the default of Keras, in which the decks'
              networks for Fashion-MNIST and CIFAR-10 are written
    """
    return _symmetric(key, shape, math.sqrt(6 / sum(fans(shape))))


def glorot_normal(key: Array, shape: tuple[int, ...]) -> Any:
    """Normal with variance 2 / (fan_in + fan_out): keeps signals and gradients alike in size.

    Rule      w = sqrt(2 / (fan_in + fan_out)) * normal(0, 1)
    Source    Glorot and Bengio 2010, equation 12
    """
    return math.sqrt(2 / sum(fans(shape))) * hashed_normal(key, shape)


def he_normal(key: Array, shape: tuple[int, ...]) -> Any:
    """Normal with variance 2 / fan_in: keeps signals in size through ReLU, which halves them.

    Rule      w = sqrt(2 / fan_in) * normal(0, 1)
    Source    He, Zhang, Ren and Sun 2015, arXiv 1502.01852, equation 10
    """
    return math.sqrt(2 / fans(shape)[0]) * hashed_normal(key, shape)


def he_uniform(key: Array, shape: tuple[int, ...]) -> Any:
    """Uniform with variance 2 / fan_in: keeps signals in size through ReLU, which halves them.

    Rule      limit = sqrt(6 / fan_in)
              w = uniform(-limit, limit)
    Source    He, Zhang, Ren and Sun 2015, arXiv 1502.01852, equation 10
    """
    return _symmetric(key, shape, math.sqrt(6 / fans(shape)[0]))


def torch_default(key: Array, shape: tuple[int, ...]) -> Any:
    """Uniform with variance 1 / (3 fan_in): how PyTorch's Linear and Conv2d draw their weights.

    Rule      limit = 1 / sqrt(fan_in)
              w = uniform(-limit, limit)
    Source    PyTorch's kaiming_uniform_ with a = sqrt(5); its biases have the same bounds
    """
    return _symmetric(key, shape, 1 / math.sqrt(fans(shape)[0]))


def orthogonal(key: Array, shape: tuple[int, ...]) -> Any:
    """Rows (or columns, if there are fewer) of length 1 at right angles: no signal is stretched.

    Rule      Q, R = qr(normal(0, 1))
              w = Q * sign(diagonal(R))
    A convolution's (F, C, KH, KW) is a matrix of F rows. Every rotation is equally likely.

    Raises    UsageError for a shape of fewer than two axes
    Source    Saxe, McClelland and Ganguli 2014, arXiv 1312.6120; Mezzadri 2007 for the signs
    """
    xp = NUMPY.xp
    rows, columns = shape[0], fans(shape)[0]
    tall = hashed_normal(key, (max(rows, columns), min(rows, columns)))
    q, r = xp.linalg.qr(tall)
    q = q * xp.sign(xp.linalg.diagonal(r))  # as QR leaves them, signs depend on the algorithm
    return xp.reshape(q if rows >= columns else q.T, shape)


def dirac(key: Array, shape: tuple[int, ...]) -> Any:
    """Output f is input f: the 1 in the middle of the window, the rest 0. Nothing is random.

    Rule      w[f, f, middle] = 1, and 0 elsewhere
    Outputs without an input of their number are 0; a linear layer's weight is the identity.

    Raises    UsageError for a shape of fewer than two axes
    Source    PyTorch's dirac_
    """
    fans(shape)
    weight = NUMPY.xp.zeros(shape)
    middle = tuple(size // 2 for size in shape[2:])
    for f in range(min(shape[:2])):
        weight[(f, f, *middle)] = 1
    return weight


def dirac_first(rest: Initialiser) -> Initialiser:
    """Outputs that have an input of their number start as it; the others are drawn.

    Rule      w[f] = dirac(w)[f] for f below C, and rest(w)[f] from C on
    Source    Jordan 2024, arXiv 2404.00498, section 3.3, with torch_default for the rest
    """

    def initialiser(key: Array, shape: tuple[int, ...]) -> Any:
        passed = min(shape[:2])
        return NUMPY.xp.concat([dirac(key, shape)[:passed], rest(key, shape)[passed:]])

    return initialiser


def _symmetric(key: Array, shape: tuple[int, ...], limit: float) -> Any:
    """Uniform between -limit and limit, whose variance is limit**2 / 3."""
    return limit * (2 * hashed_uniform(key, shape) - 1)
