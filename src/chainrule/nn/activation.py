"""Activations as layers."""

from chainrule import ops
from chainrule.nn.module import Module, positive
from chainrule.tape import Tensor


class ReLU(Module):
    """Stop what is negative: max(x, 0); see ops.ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.relu(x)


class LeakyReLU(Module):
    """Let little of what is negative pass: max(x, slope * x); see ops.LeakyReLU.

    negative_slope: PyTorch's name for the slope, and its default; the decks draw 0.1 too

    Raises    UsageError for a slope outside [0, 1)
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = ops.LeakyReLU(negative_slope).slope

    def forward(self, x: Tensor) -> Tensor:
        return ops.leaky_relu(x, self.negative_slope)

    def settings(self) -> str:
        return f"{self.negative_slope}"


class ELU(Module):
    """Let what is negative saturate smoothly at -alpha; see ops.ELU.

    Raises    UsageError for an alpha of 0 or less
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = ops.ELU(alpha).alpha

    def forward(self, x: Tensor) -> Tensor:
        return ops.elu(x, self.alpha)

    def settings(self) -> str:
        return f"{self.alpha}"


class Maxout(Module):
    """The largest of every few neighbouring features or channels; see ops.Maxout.

    Sequential(Linear(D, pieces * M), Maxout(pieces)) is a maxout layer with M units.

    Raises    UsageError for less than one piece
    """

    def __init__(self, pieces: int = 2) -> None:
        positive("Maxout", pieces=pieces)
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        return ops.maxout(x, self.pieces)

    def settings(self) -> str:
        return f"{self.pieces}"


class Softplus(Module):
    """A smooth ReLU that is positive everywhere: log(1 + exp(x)); see ops.Softplus."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.softplus(x)


class SiLU(Module):
    """Each value weighted by its own sigmoid: x * sigmoid(x); see ops.SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.silu(x)


class GELU(Module):
    """Each value weighted by the normal distribution function of it; see ops.GELU.

    approximate: "none", or "tanh" for the formula that is several times as fast

    Raises    UsageError for another approximation
    """

    def __init__(self, approximate: str = "none") -> None:
        ops.gelu(0.0, approximate)  # refuses what is no approximation, while the model is built
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        return ops.gelu(x, self.approximate)

    def settings(self) -> str:
        return f"approximate={self.approximate!r}"


class Step(Module):
    """Fire or do not: 1 where x > 0, else 0; see ops.Step, also for why nothing below it learns."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.step(x)


class Sigmoid(Module):
    """Squash any number into (0, 1): 1 / (1 + exp(-x)); see ops.Sigmoid."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.sigmoid(x)


class Tanh(Module):
    """Squash any number into (-1, 1): the hyperbolic tangent; see ops.Tanh."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.tanh(x)


class Softmax(Module):
    """Probabilities from scores; see ops.Softmax.

    A model trained with "cross_entropy" ends in scores: that loss has the softmax inside.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        return ops.softmax(x, self.axis)


class LogSoftmax(Module):
    """Logarithms of probabilities from scores; see ops.LogSoftmax."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        return ops.log_softmax(x, self.axis)
