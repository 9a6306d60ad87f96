"""Cross entropy of yes or no, value by value: several may be true at once."""

from chainrule.backends import Array, Namespace
from chainrule.ops.activation import logistic
from chainrule.ops.loss.targets import matching
from chainrule.tape import Function


class SigmoidCrossEntropy(Function):
    """How surprised the model is by each yes or no: sigmoid and -log in one stable piece.

    Forward   y = -t * log(sigmoid(x)) - (1 - t) * log(1 - sigmoid(x))
                = max(x, 0) - x * t + log1p(exp(-|x|))      no overflow, and no log(0)
    Backward  dx = dy * (sigmoid(x) - t)
    Shapes    x: any scores, t: as many numbers in [0, 1] -> y: shape of x
    Keeps     x, t
    Raises    ShapeError when x and t differ in shape
    Source    Cox 1958; Bishop 2006, equation 4.90; its gradient, equation 4.91
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.x, self.t = x, matching(xp, x, t)
        return xp.maximum(x, 0) - x * self.t + xp.log1p(xp.exp(-xp.abs(x)))

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return dy * (logistic(xp, self.x) - self.t), None


class BinaryCrossEntropy(Function):
    """How surprised the model is by each yes or no, from probabilities of yes.

    Forward   p = clip(x, epsilon, 1 - epsilon)             so that log(0) never happens
              y = -t * log(p) - (1 - t) * log(1 - p)
    Backward  dx = dy * ((1 - t) / (1 - p) - t / p) where x was not clipped, else 0
    Shapes    x: any probabilities, t: as many numbers in [0, 1] -> y: shape of x
    Keeps     p, t, where x was not clipped
    Raises    ShapeError when x and t differ in shape
    Source    Bishop 2006, equation 4.90; clipped as Keras does, by 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.t = matching(xp, x, t)
        self.p = xp.clip(x, self.epsilon, 1 - self.epsilon)
        self.inside = xp.astype(xp.equal(self.p, x), x.dtype)
        return -self.t * xp.log(self.p) - (1 - self.t) * xp.log1p(-self.p)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return dy * ((1 - self.t) / (1 - self.p) - self.t / self.p) * self.inside, None
