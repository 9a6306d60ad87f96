"""Scores into probabilities, and into their logarithms."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.ops.shape import check_axis
from chainrule.tape import Function, Tensor


class Softmax(Function):
    """Turn scores into probabilities: positive, and 1 in sum.

    Forward   y[k] = exp(x[k]) / sum over j of exp(x[j])      max(x) is subtracted first: the same
                                                              y, and exp cannot overflow
    Backward  dx = y * (dy - sum(dy * y))
    Shapes    x: any -> y: shape of x; sums run along the axis
    Keeps     y
    Raises    ShapeError when x has no such axis
    Source    Bridle 1990
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_axis(x.shape, self.axis)
        e = xp.exp(x - xp.max(x, axis=self.axis, keepdims=True))
        self.y = e / xp.sum(e, axis=self.axis, keepdims=True)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        y = self.y
        return y * (dy - xp.sum(dy * y, axis=self.axis, keepdims=True))


class LogSoftmax(Function):
    """The logarithm of softmax, finite even where softmax rounds to 0.

    Forward   y = x - log(sum over j of exp(x[j]))            with max(x) subtracted first
    Backward  dx = dy - exp(y) * sum(dy)
    Shapes    x: any -> y: shape of x; sums run along the axis
    Keeps     y
    Raises    ShapeError when x has no such axis
    Source    log of Bridle's softmax; Blanchard, Higham and Higham 2021 on its rounding
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_axis(x.shape, self.axis)
        z = x - xp.max(x, axis=self.axis, keepdims=True)
        self.y = z - xp.log(xp.sum(xp.exp(z), axis=self.axis, keepdims=True))
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy - xp.exp(self.y) * xp.sum(dy, axis=self.axis, keepdims=True)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Probabilities from scores; see Softmax."""
    return Softmax(axis)(x)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """Logarithms of probabilities from scores; see LogSoftmax."""
    return LogSoftmax(axis)(x)
