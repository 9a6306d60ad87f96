"""Losses as likelihoods: minus the logarithm of how probable a model holds what was seen.

The densities of yes or no and of classes are cross entropies: see binary.py and cross_entropy.py.
"""

import math

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError
from chainrule.ops.arithmetic import check_broadcast, sum_to
from chainrule.ops.loss.targets import matching
from chainrule.tape import Function


def check_width(mu: Array, width: Array) -> None:
    """Raise ShapeError unless a width fits each value of mu without making more of them."""
    check_broadcast(mu.shape, width.shape)
    if width.ndim > mu.ndim or any(
        many > one for many, one in zip(width.shape[::-1], mu.shape[::-1], strict=False)
    ):
        raise ShapeError(
            f"a width of shape {tuple(width.shape)} came for mu {tuple(mu.shape)}, "
            "but at most one per value is needed"
        )


class GaussianNLL(Function):
    """Minus the log of a normal density: squared error, once sigma is 1.

    Forward   z = (t - mu) / sigma
              y = z**2 / 2 + log(sigma) + log(2 * pi) / 2
    Backward  dmu = -dy * z / sigma
              dsigma = dy * (1 - z**2) / sigma, summed over the axes sigma was broadcast along
    Shapes    mu: any, sigma: positive, broadcast to mu, t: shape of mu -> y: shape of mu
    Keeps     z, sigma
    Raises    ShapeError when mu and t differ in shape, or sigma does not broadcast to it
    Source    Gauss 1809; Bishop 2006, equation 1.46
    """

    def forward(self, xp: Namespace, mu: Array, sigma: Array, t: Array) -> Array:
        check_width(mu, sigma)
        self.sigma = sigma
        self.z = (matching(xp, mu, t) - mu) / sigma
        return self.z * self.z / 2 + xp.log(sigma) + math.log(2 * math.pi) / 2

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array, None]:
        dmu = -dy * self.z / self.sigma
        dsigma = dy * (1 - self.z * self.z) / self.sigma
        return dmu, sum_to(xp, dsigma, self.sigma.shape), None


class LaplaceNLL(Function):
    """Minus the log of a Laplace density: absolute error, once b is 1.

    Forward   d = t - mu
              y = |d| / b + log(2 * b)
    Backward  dmu = -dy * sign(d) / b
              db = dy * (1 - |d| / b) / b, summed over the axes b was broadcast along
    Shapes    mu: any, b: positive, broadcast to mu, t: shape of mu -> y: shape of mu
    Keeps     d, b
    Raises    ShapeError when mu and t differ in shape, or b does not broadcast to it
    Source    Laplace 1774
    """

    def forward(self, xp: Namespace, mu: Array, b: Array, t: Array) -> Array:
        check_width(mu, b)
        self.b = b
        self.d = matching(xp, mu, t) - mu
        return xp.abs(self.d) / b + xp.log(2 * b)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array, None]:
        dmu = -dy * xp.sign(self.d) / self.b
        db = dy * (1 - xp.abs(self.d) / self.b) / self.b
        return dmu, sum_to(xp, db, self.b.shape), None


class LaplaceMixtureNLL(Function):
    """Minus the log of a weighted sum of M Laplace densities, for targets with several answers.

    Forward   tau = softmax(x)                              weights of the M parts
              a[m] = log(tau) - log(2 * g) - |t - mu| / g   the log of each part's share
              y = -log(sum over m of exp(a))                max(a) is subtracted first
    Backward  r = softmax(a)                                how much each part explains t
              dx  = dy * (tau - r)
              dmu = -dy * r * sign(t - mu) / g
              dg  = dy * r * (1 - |t - mu| / g) / g
    Shapes    x, mu, g: (N, M), g positive, t: (N,) -> y: (N,)
    Keeps     tau, r, t - mu, g
    Raises    ShapeError when x, mu and g are not of one shape (N, M), or t is not (N,)
    Source    Bishop 1994, "Mixture density networks", with Laplace's density for the normal one
    """

    def forward(self, xp: Namespace, x: Array, mu: Array, g: Array, t: Array) -> Array:
        if x.ndim != 2 or x.shape != mu.shape or x.shape != g.shape or t.shape != x.shape[:1]:
            shapes = ", ".join(str(tuple(array.shape)) for array in (x, mu, g, t))
            raise ShapeError(f"x, mu, g (N, M) and t (N,) are needed, but {shapes} came")
        z = x - xp.max(x, axis=1, keepdims=True)
        e = xp.exp(z)
        total = xp.sum(e, axis=1, keepdims=True)
        self.tau, self.g = e / total, g
        self.d = xp.expand_dims(xp.astype(t, x.dtype), axis=1) - mu
        a = z - xp.log(total) - xp.log(2 * g) - xp.abs(self.d) / g
        top = xp.max(a, axis=1, keepdims=True)
        share = xp.exp(a - top)
        whole = xp.sum(share, axis=1, keepdims=True)
        self.r = share / whole
        return -(top + xp.log(whole))[:, 0]

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array, Array, None]:
        dy = xp.expand_dims(dy, axis=1)
        dmu = -dy * self.r * xp.sign(self.d) / self.g
        dg = dy * self.r * (1 - xp.abs(self.d) / self.g) / self.g
        return dy * (self.tau - self.r), dmu, dg, None


class PoissonNLL(Function):
    """Minus the log of a Poisson probability, without log(t!), which no prediction changes.

    Forward   y = x - t * log(x + epsilon)                  so that log(0) never happens
    Backward  dx = dy * (1 - t / (x + epsilon))
    Shapes    x: any rates, not negative, t: as many counts -> y: shape of x
    Keeps     x, t
    Raises    ShapeError when x and t differ in shape
    Source    Poisson 1837; epsilon is Keras's 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.x, self.t = x, matching(xp, x, t)
        return x - self.t * xp.log(x + self.epsilon)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return dy * (1 - self.t / (self.x + self.epsilon)), None
