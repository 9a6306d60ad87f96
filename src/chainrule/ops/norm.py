"""Normalisation: values brought to mean 0 and variance 1, then to what the network wants."""

import math
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError
from chainrule.tape import Function, Tensor


class BatchNorm(Function):
    """Standardise each channel over the batch, then scale and shift it.

    Forward   with mean() over batch and space, channel by channel:
                  mu = mean(x)
                  v  = mean((x - mu)**2)              biased: divided by n = N*H*W
                  s  = 1 / sqrt(v + eps)
                  z  = (x - mu) * s
                  y  = gamma * z + beta
    Backward      dbeta  = sum(dy)
                  dgamma = sum(dy * z)
                  dx     = gamma * s * (dy - mean(dy) - z * mean(dy * z))
              mean(dy) is the path through mu; z * mean(dy * z) the path through v.
    Shapes    x: (N, C) or (N, C, ...), gamma and beta: (C,) -> y: shape of x
    Keeps     z (as large as x), s, gamma; mu, v and n for running statistics
    Raises    ShapeError when the channels differ, or a channel has no two values: v would be 0
    Source    Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1
    """

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = eps

    def check(self, x: Array, gamma: Array, beta: Array) -> None:
        """Raise ShapeError unless x has gamma's channels and at least two values in each."""
        if gamma.ndim != 1 or gamma.shape != beta.shape:
            raise ShapeError(
                f"gamma has shape {tuple(gamma.shape)} and beta {tuple(beta.shape)}, "
                "but both need (C,)"
            )
        if x.ndim < 2 or x.shape[1] != gamma.shape[0]:
            raise ShapeError(
                f"x has shape {tuple(x.shape)}, but (N, {gamma.shape[0]}, ...) is needed"
            )
        if math.prod(x.shape) < 2 * x.shape[1]:
            raise ShapeError(
                f"x of shape {tuple(x.shape)} has less than two values per channel, whose variance "
                "is 0: training needs a batch of two or more"
            )

    def forward(self, xp: Namespace, x: Array, gamma: Array, beta: Array) -> Array:
        self.check(x, gamma, beta)
        self.axes = (0, *range(2, x.ndim))
        wide = (1, -1, *[1] * (x.ndim - 2))  # (C,) as a shape that broadcasts against x
        self.n = math.prod(x.shape) // x.shape[1]
        self.mu = xp.mean(x, axis=self.axes, keepdims=True)
        self.v = xp.mean((x - self.mu) ** 2, axis=self.axes, keepdims=True)
        self.s = 1 / xp.sqrt(self.v + self.eps)
        self.z = (x - self.mu) * self.s
        self.gamma = xp.reshape(gamma, wide)
        return self.gamma * self.z + xp.reshape(beta, wide)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array, Array]:
        def mean(a: Array) -> Array:
            return xp.mean(a, axis=self.axes, keepdims=True)

        dbeta = xp.sum(dy, axis=self.axes)
        dgamma = xp.sum(dy * self.z, axis=self.axes)
        dx = self.gamma * self.s * (dy - mean(dy) - self.z * mean(dy * self.z))
        return dx, dgamma, dbeta


def batch_norm(x: Any, gamma: Any, beta: Any, *, eps: float = 1e-5) -> Tensor:
    """Each channel standardised over the batch, then scaled and shifted; see BatchNorm."""
    return BatchNorm(eps)(x, gamma, beta)
