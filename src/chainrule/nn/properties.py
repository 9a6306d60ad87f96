"""What the lectures say of activations, measured: saturation, shift, dead units, cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

from chainrule.backends import NUMPY
from chainrule.backends.hashing import hashed_normal, key_array
from chainrule.errors import UsageError
from chainrule.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    Maxout,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Step,
    Tanh,
)
from chainrule.nn.module import Module
from chainrule.tape import Tensor

ACTIVATIONS: Mapping[str, Callable[[], Module]] = {
    "step": Step,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "maxout": Maxout,
    "softplus": Softplus,
    "silu": SiLU,
    "gelu": GELU,
}
"""Every activation that can be measured, as it comes without settings."""

FLAT = 0.01
"""A slope under this counts as saturated: a sigmoid's outside (0.01, 0.99)."""

COLUMNS = 120
"""Features per row: a multiple of every sensible number of maxout pieces."""


@dataclass(frozen=True)
class ActivationProperties:
    """What an activation does to normal inputs of mean 0.

    saturated      share of inputs whose slope is under 0.01: their gradients vanish
    dead           share of inputs whose slope is 0: they learn nothing from this example
    mean_slope     what gradients are multiplied by on average, layer after layer
    output_mean    0 for a zero-centred activation; what is left is the next layer's bias shift
    microseconds   time for forward and backward per input value, on this machine
    """

    saturated: float
    dead: float
    mean_slope: float
    output_mean: float
    microseconds: float


def activation_properties(
    activation: Module, *, scale: float = 1.0, rows: int = 1000, repeats: int = 5
) -> ActivationProperties:
    """The properties of an activation that works value by value, or of maxout.

    scale: the standard deviation of the inputs; at 10, sigmoid and tanh saturate
    rows: of 120 values each
    repeats: how often to take the time; the shortest counts

    Raises    UsageError for a scale of 0 or less, or less than one row or repeat
    """
    if scale <= 0 or rows < 1 or repeats < 1:
        raise UsageError(
            f"activation_properties: scale {scale}, rows {rows} and repeats {repeats} came, "
            "but a scale over 0 and at least one row and repeat are needed"
        )
    shape = (rows, COLUMNS)
    values = NUMPY.asarray(scale * hashed_normal(key_array(0), shape), dtype="float32")
    seconds = []
    for _ in range(repeats):
        x = Tensor(values, needs_grad=True)
        start = perf_counter()
        y = activation(x)
        y.backward(NUMPY.xp.ones_like(y.data))
        seconds.append(perf_counter() - start)
    assert x.grad is not None
    slopes = abs(x.grad)
    return ActivationProperties(
        saturated=float((slopes < FLAT).mean()),
        dead=float((slopes == 0).mean()),
        mean_slope=float(slopes.mean()),
        output_mean=float(y.data.mean()),
        microseconds=1e6 * min(seconds) / values.size,
    )
