"""How far numbers are off, value by value, and how far rows point elsewhere."""

import math
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import UsageError
from chainrule.ops.loss.targets import matching, matching_rows
from chainrule.tape import Function, Tensor


class SquaredError(Function):
    """The square of the error: what is twice as far off counts four times.

    Forward   d = x - t
              y = d**2
    Backward  dx = 2 * dy * d, dt = -dx
    Shapes    x, t: any, of one shape -> y: shape of x
    Keeps     d
    Raises    ShapeError when x and t differ in shape
    Source    Legendre 1805; Gauss 1809
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.d = x - matching(xp, x, t)
        return self.d * self.d

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        dx = 2 * dy * self.d
        return dx, -dx


class AbsoluteError(Function):
    """The size of the error: one that is far off pulls no harder than any other.

    Forward   d = x - t
              y = |d|
    Backward  dx = dy * sign(d), dt = -dx            0 at d = 0, where the slope is not defined
    Shapes    x, t: any, of one shape -> y: shape of x
    Keeps     d
    Raises    ShapeError when x and t differ in shape
    Source    Boscovich 1757; Laplace 1774
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.d = x - matching(xp, x, t)
        return xp.abs(self.d)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        dx = dy * xp.sign(self.d)
        return dx, -dx


class Huber(Function):
    """Squared for small errors, straight for large ones.

    Forward   d = x - t
              c = clip(d, -delta, delta)
              y = c * (d - c / 2)                    d**2 / 2 inside, delta * (|d| - delta / 2)
                                                     outside
    Backward  dx = dy * c, dt = -dx
    Shapes    x, t: any, of one shape -> y: shape of x
    Keeps     c
    Raises    ShapeError when x and t differ in shape; UsageError for a delta of 0 or less
    Source    Huber 1964
    """

    def __init__(self, delta: float = 1.0) -> None:
        if delta <= 0:
            raise UsageError(f"huber: delta is {delta}, but a number over 0 is needed")
        self.delta = float(delta)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        d = x - matching(xp, x, t)
        self.c = xp.clip(d, -self.delta, self.delta)
        return self.c * (d - self.c / 2)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        dx = dy * self.c
        return dx, -dx


class LogCosh(Function):
    """Smooth everywhere: about d**2 / 2 for small errors, |d| - log(2) for large ones.

    Forward   d = x - t
              y = log(cosh(d))                       -log1p(-tanh(d)**2) / 2 where |d| < 1, exact
                                                     down to 0; |d| + log1p(exp(-2 * |d|)) - log(2)
                                                     elsewhere, where cosh would overflow
    Backward  dx = dy * tanh(d), dt = -dx
    Shapes    x, t: any, of one shape -> y: shape of x
    Keeps     tanh(d)
    Raises    ShapeError when x and t differ in shape
    Source    Green 1990, as a penalty of image reconstruction
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        d = x - matching(xp, x, t)
        self.slope = xp.tanh(d)
        size = xp.abs(d)
        near = xp.log1p(-xp.minimum(self.slope * self.slope, 0.6)) / -2  # tanh(1)**2 is 0.58
        far = size + xp.log1p(xp.exp(-2 * size)) - math.log(2)
        return xp.where(size < 1, near, far)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        dx = dy * self.slope
        return dx, -dx


class AbsolutePercentageError(Function):
    """The size of the error in percent of the target.

    Forward   w = 100 / max(|t|, epsilon)            so that a target of 0 divides nothing by 0
              y = w * |x - t|
    Backward  dx = dy * w * sign(x - t)
    Shapes    x, t: any, of one shape -> y: shape of x
    Keeps     x - t, w
    Raises    ShapeError when x and t differ in shape
    Source    forecasting's MAPE; epsilon is Keras's 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        t = matching(xp, x, t)
        self.d = x - t
        self.w = 100 / xp.maximum(xp.abs(t), self.epsilon)
        return self.w * xp.abs(self.d)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return dy * self.w * xp.sign(self.d), None


class SquaredLogarithmicError(Function):
    """The squared error of logarithms: ratios count, not differences.

    Forward   p = max(x, epsilon), q = max(t, epsilon)
              d = log(1 + p) - log(1 + q)
              y = d**2
    Backward  dx = 2 * dy * d / (1 + p) where x > epsilon, else 0
    Shapes    x, t: any, of one shape -> y: shape of x
    Keeps     d, p
    Raises    ShapeError when x and t differ in shape
    Source    Kaggle's RMSLE before its root; epsilon is Keras's 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.p = xp.maximum(x, self.epsilon)
        self.d = xp.log1p(self.p) - xp.log1p(xp.maximum(matching(xp, x, t), self.epsilon))
        return self.d * self.d

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        inside = xp.astype(self.p > self.epsilon, dy.dtype)
        return 2 * dy * self.d / (1 + self.p) * inside, None


class CosineSimilarity(Function):
    """Minus the cosine of the angle between two rows: -1 when they point the same way.

    Forward   n = max(|x|, epsilon)                  |x| is the row's length
              u = x / n, v = t / max(|t|, epsilon)
              y[n] = -sum over k of u * v
    Backward  dx = -dy * (v + u * y) / n             without u * y where |x| <= epsilon
    Shapes    x, t: (N, K) -> y: (N,)
    Keeps     u, v, n, y, where |x| > epsilon
    Raises    ShapeError when x and t are not of one shape (N, K), or the batch is empty
    Source    Keras's sign and its epsilon of 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        t = matching_rows(xp, x, t)
        squares = xp.sum(x * x, axis=1, keepdims=True)
        # The root of max(), not max() of the root, whose slope at 0 is infinite.
        self.n = xp.sqrt(xp.maximum(squares, self.epsilon**2))
        self.live = xp.astype(squares > self.epsilon**2, x.dtype)
        t_squares = xp.sum(t * t, axis=1, keepdims=True)
        self.u, self.v = x / self.n, t / xp.sqrt(xp.maximum(t_squares, self.epsilon**2))
        self.y = -xp.vecdot(self.u, self.v)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        along = self.u * xp.expand_dims(self.y, axis=1) * self.live
        return -xp.expand_dims(dy, axis=1) * (self.v + along) / self.n, None


def mean_squared_error(x: Any, t: Any) -> Tensor:
    """The mean of (x - t)**2 over every value."""
    return SquaredError()(x, t).mean()
