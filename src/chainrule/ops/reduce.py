"""Many values into one: sums, means and maxima along axes."""

import math
from collections.abc import Sequence
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError
from chainrule.ops.shape import check_axis
from chainrule.tape import Function, Tensor

Axis = int | tuple[int, ...] | None


class Reduction(Function):
    """What all reductions share: which axes go, and how dy finds its way back along them."""

    def __init__(self, axis: Axis = None, *, keepdims: bool = False) -> None:
        self.axis = axis
        self.keepdims = keepdims

    def gone(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The axes that disappear, counted from 0."""
        if self.axis is None:
            return tuple(range(len(shape)))
        axes = self.axis if isinstance(self.axis, Sequence) else (self.axis,)
        for axis in axes:
            check_axis(shape, axis)
        return tuple(sorted({axis % len(shape) for axis in axes}))

    def counted(self, shape: tuple[int, ...]) -> int:
        """How many values go into each result.

        Raises    ShapeError where there are none
        """
        axes = self.gone(shape)
        n = math.prod([shape[axis] for axis in axes])
        if n == 0:
            raise ShapeError(f"x of shape {tuple(shape)} has no values along its axes {axes}")
        return n

    def widen(self, xp: Namespace, y: Array, shape: tuple[int, ...]) -> Array:
        """y with a size of 1 wherever an axis was reduced, so that it broadcasts against x."""
        gone = self.gone(shape)
        return xp.reshape(y, tuple(1 if i in gone else size for i, size in enumerate(shape)))


class Sum(Reduction):
    """Sum along axes, or over everything.

    Forward   y = sum of x along the axes
    Backward  dx = dy, copied back along the axes
    Shapes    x: any -> y: x without the axes, or with sizes of 1 when keepdims
    Keeps     the shape of x
    Raises    ShapeError when x has no such axis
    Source    sum rule of calculus
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.shape = x.shape
        return xp.sum(x, axis=self.gone(x.shape), keepdims=self.keepdims)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return xp.broadcast_to(self.widen(xp, dy, self.shape), self.shape)


class Mean(Reduction):
    """The mean along axes, or over everything.

    Forward   y = sum of x along the axes / n              n values go into each mean
    Backward  dx = dy / n, copied back along the axes
    Shapes    x: any -> y: x without the axes, or with sizes of 1 when keepdims
    Keeps     the shape of x
    Raises    ShapeError when x has no such axis, or no value to take the mean of
    Source    sum rule of calculus
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.shape, self.n = x.shape, self.counted(x.shape)
        return xp.mean(x, axis=self.gone(x.shape), keepdims=self.keepdims)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return xp.broadcast_to(self.widen(xp, dy, self.shape) / self.n, self.shape)


class Max(Reduction):
    """The largest value along axes, or of all.

    Forward   y = max of x along the axes
    Backward  dx = dy / ties where x = y, else 0           ties: how many share the maximum
    Shapes    x: any -> y: x without the axes, or with sizes of 1 when keepdims
    Keeps     x, y
    Raises    ShapeError when x has no such axis, or no value to be the largest
    Source    PyTorch's choice on ties: torch.amax shares the gradient evenly
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.counted(x.shape)
        self.x = x
        self.y = xp.max(x, axis=self.gone(x.shape), keepdims=self.keepdims)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        shape = self.x.shape
        hit = xp.astype(xp.equal(self.x, self.widen(xp, self.y, shape)), dy.dtype)
        ties = xp.sum(hit, axis=self.gone(shape), keepdims=True)
        return hit * (self.widen(xp, dy, shape) / ties)


def sum(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:  # noqa: A001
    """The sum along axes; see Sum."""
    return Sum(axis, keepdims=keepdims)(x)


def mean(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """The mean along axes; see Mean."""
    return Mean(axis, keepdims=keepdims)(x)


def max(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:  # noqa: A001
    """The largest value along axes; see Max."""
    return Max(axis, keepdims=keepdims)(x)
