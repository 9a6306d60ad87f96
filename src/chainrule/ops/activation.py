"""What makes a network more than one big matrix: functions applied value by value."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Function, Tensor


class Step(Function):
    """Fire or do not: the perceptron's all or nothing.

    Forward   y = 1 where x > 0, else 0
    Backward  dx = 0                                the slope is 0 wherever there is one, so descent
                                                    never moves a weight below a step: perceptrons
                                                    have a learning rule of their own
    Shapes    x: any -> y: shape of x
    Keeps     nothing
    Source    McCulloch and Pitts 1943; Rosenblatt 1958
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        return xp.astype(x > 0, x.dtype)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return 0 * dy


def logistic(xp: Namespace, x: Array) -> Array:
    """1 / (1 + exp(-x)) without overflow, and exact where it is small."""
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x)))


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
        self.y = logistic(xp, x)
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


class LeakyReLU(Function):
    """Let what is positive pass, and a small part of the rest, so that no unit dies.

    Forward   y = max(x, slope * x)
    Backward  dx = dy where x > 0, else slope * dy
    Shapes    x: any -> y: shape of x
    Keeps     x
    Raises    UsageError for a slope outside [0, 1)
    Source    Maas, Hannun and Ng 2013, with slope 0.01
    """

    def __init__(self, slope: float = 0.01) -> None:
        if not 0 <= slope < 1:
            raise UsageError(
                f"leaky_relu: slope is {slope}, but a number in [0, 1) is needed: 0 is ReLU, "
                "and 1 would be a straight line"
            )
        self.slope = float(slope)

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        return xp.maximum(x, self.slope * x)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return xp.where(self.x > 0, dy, self.slope * dy)


class ELU(Function):
    """Let what is positive pass; what is negative saturates smoothly at -alpha.

    Forward   y = x where x > 0, else alpha * (exp(x) - 1)
    Backward  dx = dy where x > 0, else dy * alpha * exp(x)
    Shapes    x: any -> y: shape of x
    Keeps     x
    Raises    UsageError for an alpha of 0 or less
    Source    Clevert, Unterthiner and Hochreiter 2016, arXiv 1511.07289
    """

    def __init__(self, alpha: float = 1.0) -> None:
        if alpha <= 0:
            raise UsageError(f"elu: alpha is {alpha}, but a number over 0 is needed")
        self.alpha = float(alpha)

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        return xp.where(x > 0, x, self.alpha * xp.expm1(xp.minimum(x, 0)))

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return xp.where(self.x > 0, dy, dy * self.alpha * xp.exp(xp.minimum(self.x, 0)))


class Maxout(Function):
    """The largest of every few neighbouring features: units that learn their own activation.

    Forward   y[n, m] = max over k of x[n, m * pieces + k]         k = 0 to pieces - 1
    Backward  dx = dy / ties where x = y of its group, else 0      ties: how many share the maximum
    Shapes    x: (N, pieces * M, ...) -> y: (N, M, ...)
    Keeps     x in groups, y
    Raises    UsageError for less than one piece; ShapeError when x has no features, or the pieces
              do not divide them
    Source    Goodfellow et al. 2013, arXiv 1302.4389: an affine layer with pieces * M outputs,
              then this, is max(x @ w1 + b1, x @ w2 + b2, ...)
    """

    def __init__(self, pieces: int = 2) -> None:
        if pieces < 1:
            raise UsageError(f"maxout: pieces is {pieces}, but 1 or more are needed")
        self.pieces = pieces

    def forward(self, xp: Namespace, x: Array) -> Array:
        if x.ndim < 2 or x.shape[1] % self.pieces:
            raise ShapeError(
                f"x has shape {tuple(x.shape)}, but (N, C, ...) is needed, "
                f"C a multiple of {self.pieces} pieces"
            )
        N, C, *rest = self.x_shape = x.shape
        self.groups = xp.reshape(x, (N, C // self.pieces, self.pieces, *rest))
        self.y = xp.max(self.groups, axis=2)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        hit = xp.astype(xp.equal(self.groups, xp.expand_dims(self.y, axis=2)), dy.dtype)
        ties = xp.sum(hit, axis=2, keepdims=True)
        return xp.reshape(hit * (xp.expand_dims(dy, axis=2) / ties), self.x_shape)


def step(x: Any) -> Tensor:
    """1 where x > 0, else 0; see Step."""
    return Step()(x)


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)); see Sigmoid."""
    return Sigmoid()(x)


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent; see Tanh."""
    return Tanh()(x)


def relu(x: Any) -> Tensor:
    """max(x, 0); see ReLU."""
    return ReLU()(x)


def leaky_relu(x: Any, slope: float = 0.01) -> Tensor:
    """max(x, slope * x); see LeakyReLU."""
    return LeakyReLU(slope)(x)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x where positive, alpha * (exp(x) - 1) elsewhere; see ELU."""
    return ELU(alpha)(x)


def maxout(x: Any, pieces: int = 2) -> Tensor:
    """The largest of every few neighbouring features; see Maxout."""
    return Maxout(pieces)(x)
