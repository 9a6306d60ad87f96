"""What makes a network more than one big matrix: functions applied value by value."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.ops.shape import check_axis
from chainrule.tape import Function, Tensor


class ReLU(Function):
    """Let what is positive pass, stop the rest.

    Forward   y = max(x, 0)
    Backward  dx = dy where y > 0, else 0           0 at x = 0, where the slope is not defined
    Shapes    x: any -> y: shape of x
    Keeps     y
    Source    Nair and Hinton 2010
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.y = xp.maximum(x, 0)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * xp.astype(self.y > 0, dy.dtype)


class Sigmoid(Function):
    """Squash any number into (0, 1).

    Forward   y = 1 / (1 + exp(-x))                 where x < 0 computed as exp(x) / (1 + exp(x)):
                                                    exp cannot overflow, small y stay exact
    Backward  dx = dy * y * (1 - y)
    Shapes    x: any -> y: shape of x
    Keeps     y
    Source    Verhulst's logistic function, 1845
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        size = xp.abs(x)
        self.y = xp.exp((x - size) / 2) / (1 + xp.exp(-size))  # (x - size) / 2 is min(x, 0)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * self.y * (1 - self.y)


class Tanh(Function):
    """Squash any number into (-1, 1), with zero in the middle.

    Forward   y = tanh(x)
    Backward  dx = dy * (1 - y**2)
    Shapes    x: any -> y: shape of x
    Keeps     y
    Source    LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", section 4.4
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.y = xp.tanh(x)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * (1 - self.y**2)


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


def relu(x: Any) -> Tensor:
    """max(x, 0); see ReLU."""
    return ReLU()(x)


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)); see Sigmoid."""
    return Sigmoid()(x)


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent; see Tanh."""
    return Tanh()(x)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Probabilities from scores; see Softmax."""
    return Softmax(axis)(x)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """Logarithms of probabilities from scores; see LogSoftmax."""
    return LogSoftmax(axis)(x)
