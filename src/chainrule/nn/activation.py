"""Activations as layers."""

from chainrule import ops
from chainrule.nn.module import Module
from chainrule.tape import Tensor


class ReLU(Module):
    """max(x, 0); see ops.ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.relu(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x)); see ops.Sigmoid."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent; see ops.Tanh."""

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
