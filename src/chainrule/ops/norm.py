"""Normalisation: values brought to mean 0 and variance 1, then to what the network wants."""

import math
from collections.abc import Sequence
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError
from chainrule.ops.pool import AvgPool2d
from chainrule.ops.shape import check_axis
from chainrule.ops.windows import Window
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
        self.eps = float(eps)

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


class Standardise(Function):
    """Bring the values along some axes to mean 0 and variance 1, each example by itself.

    Forward   with mean() over the axes:
                  mu = mean(x)
                  v  = mean((x - mu)**2)              biased: divided by how many there are
                  s  = 1 / sqrt(v + eps)
                  y  = (x - mu) * s
    Backward  dx = s * (dy - mean(dy) - y * mean(dy * y))
              mean(dy) is the path through mu; y * mean(dy * y) the path through v.
    Shapes    x: any -> y: shape of x
    Keeps     y, s
    Raises    ShapeError when x has no such axis
    Source    Ba, Kiros and Hinton 2016, arXiv 1607.06450, equation 3

    Equal values give 0: v is 0, and eps keeps s finite. layer_norm and group_norm are this with
    a scale and a shift.
    """

    def __init__(self, axes: Sequence[int], eps: float = 1e-5) -> None:
        self.axes = tuple(axes)
        self.eps = float(eps)

    def forward(self, xp: Namespace, x: Array) -> Array:
        for axis in self.axes:
            check_axis(x.shape, axis)
        centred = x - xp.mean(x, axis=self.axes, keepdims=True)
        v = xp.mean(centred**2, axis=self.axes, keepdims=True)
        self.s = 1 / xp.sqrt(v + self.eps)
        self.y = centred * self.s
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        def mean(a: Array) -> Array:
            return xp.mean(a, axis=self.axes, keepdims=True)

        return self.s * (dy - mean(dy) - self.y * mean(dy * self.y))


def batch_norm(x: Any, gamma: Any, beta: Any, *, eps: float = 1e-5) -> Tensor:
    """Each channel standardised over the batch, then scaled and shifted; see BatchNorm."""
    return BatchNorm(eps)(x, gamma, beta)


def layer_norm(x: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 1e-5) -> Tensor:
    """Each example standardised over its last axes, then scaled and shifted value by value.

    Forward   y = gamma * standardise(x) + beta          over the axes that gamma has
    Shapes    x: (..., D), gamma and beta: (D,), or more axes alike -> y: shape of x
    Raises    ShapeError when x does not end in the shape of gamma
    Source    Ba, Kiros and Hinton 2016, arXiv 1607.06450
    """
    if x.shape[-gamma.ndim :] != gamma.shape:
        raise ShapeError(
            f"x has shape {x.shape}, but one that ends in {gamma.shape} is needed", "layer_norm"
        )
    return Standardise(range(-gamma.ndim, 0), eps)(x) * gamma + beta


def group_norm(
    x: Tensor,
    groups: int,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    *,
    eps: float = 1e-5,
) -> Tensor:
    """Each example standardised group of channels by group, then scaled and shifted by channel.

    Forward   y = gamma * standardise(x) + beta          over the channels of a group, and space;
              without gamma it counts as 1, without beta as 0
    Shapes    x: (N, C, ...), gamma and beta: (C,) -> y: shape of x
    Raises    ShapeError when x has not gamma's channels, or they do not divide into the groups
    Source    Wu and He 2018, arXiv 1803.08494; one group per channel is instance normalisation
    """
    given = gamma if gamma is not None else beta
    C = "C" if given is None else given.shape[0]
    if x.ndim < 2 or C not in ("C", x.shape[1]) or groups < 1 or x.shape[1] % groups:
        raise ShapeError(
            f"x has shape {x.shape}, but (N, {C}, ...) in {groups} equal groups is needed",
            "group_norm",
        )
    inside = math.prod(x.shape[1:]) // groups
    z = Standardise((2,), eps)(x.reshape(x.shape[0], groups, inside)).reshape(*x.shape)
    wide = (x.shape[1], *[1] * (x.ndim - 2))
    if gamma is not None:
        z = z * gamma.reshape(*wide)
    return z if beta is None else z + beta.reshape(*wide)


def local_response_norm(
    x: Tensor, size: int, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Each value damped by the squares of its neighbours: the channels next to it, same pixel.

    Forward   y[c] = x[c] / (k + alpha * mean of x[j]**2 over the size channels j around c)**beta
              channels beyond the first and the last count as 0
    Shapes    x: (N, C, ...) -> y: shape of x
    Raises    ShapeError when x has no channels
    Source    Krizhevsky, Sutskever and Hinton 2012, section 3.3, with a sum where PyTorch, and so
              we, have a mean: their alpha of 1e-4 at size 5 is 5e-4 here
    """
    if x.ndim < 2 or 0 in x.shape[1:]:
        raise ShapeError(f"x has shape {x.shape}, but (N, C, ...) is needed", "local_response_norm")
    N, C, *space = x.shape
    # Channels as the height of an image: a window that slides along them sees the neighbours.
    neighbours = Window((size, 1), padding=((size // 2, (size - 1) // 2), (0, 0)))
    squares = (x * x).reshape(N, 1, C, math.prod(space))
    mean = AvgPool2d(neighbours)(squares).reshape(*x.shape)
    return x / (k + alpha * mean) ** beta
