"""Moving values without changing them: reshape, transpose, indexing, padding, joining."""

import math
from collections.abc import Sequence
from numbers import Integral
from types import EllipsisType
from typing import Any

from chainrule.backends import Array, Namespace, is_array
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.arithmetic import sum_to
from chainrule.tape import Function, Tensor, as_tensor

Key = tuple[Any, ...]
"""Whole numbers, slices, and one ellipsis."""


def check_axis(shape: tuple[int, ...], axis: int) -> None:
    """Raise ShapeError unless a shape has the axis; -1 means the last one."""
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"shape {tuple(shape)} has no axis {axis}")


def outside(x: Array, key: Any) -> ShapeError:
    """What to raise when a key reaches outside x."""
    return ShapeError(f"x of shape {tuple(x.shape)} has no part {key}")


def forwards(key: Key, shape: tuple[int, ...]) -> tuple[Key, tuple[int, ...]]:
    """The same part by slices that all go forwards, and its axes to be turned round after that.

    Array libraries need not know slices that go backwards: torch does not.
    """
    if not any(isinstance(part, slice) and (part.step or 1) < 0 for part in key):
        return key, ()
    parts: list[Any] = []
    turned = []
    axis = left = 0  # of the whole, and of what is left of it
    for part in key:
        skipped = len(shape) - len(key) + 1 if part is Ellipsis else 1
        if isinstance(part, slice) and (part.step or 1) < 0:
            places = range(shape[axis])[part]
            part = slice(places[-1], places[0] + 1, -places.step) if places else slice(0, 0)
            turned.append(left)
        parts.append(part)
        axis += skipped
        left += 0 if isinstance(part, Integral) else skipped
    return tuple(parts), tuple(turned)


def turned_round(xp: Namespace, x: Array, axes: tuple[int, ...]) -> Array:
    """The values in reverse order along some axes."""
    return xp.flip(x, axis=axes) if axes else x


class Reshape(Function):
    """The same values in row-major order under another shape; one size may be -1.

    Forward   y = reshape(x, shape)
    Backward  dx = reshape(dy, shape of x)
    Shapes    x: any -> y: shape, with as many values
    Keeps     the shape of x
    Raises    ShapeError when the number of values differs
    Source    no arithmetic happens, so the gradient takes the same way back
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x_shape = x.shape
        have, want = math.prod(x.shape), math.prod([size for size in self.shape if size != -1])
        fits = have == want if -1 not in self.shape else want > 0 and have % want == 0
        if not fits or self.shape.count(-1) > 1:
            raise ShapeError(f"x {tuple(x.shape)} has {have} values, which do not fit {self.shape}")
        return xp.reshape(x, self.shape)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return xp.reshape(dy, self.x_shape)


class Transpose(Function):
    """Put the axes in another order; without an order, reverse them.

    Forward   y[..., i, ...] = x with axes permuted
    Backward  dx = dy with axes permuted back
    Shapes    x: any -> y: sizes of x in the new order
    Keeps     the order
    Raises    ShapeError when the order does not name every axis once
    Source    no arithmetic happens, so the gradient takes the same way back
    """

    def __init__(self, axes: Sequence[int] | None = None) -> None:
        self.axes = None if axes is None else tuple(axes)

    def forward(self, xp: Namespace, x: Array) -> Array:
        order = self.axes if self.axes is not None else tuple(reversed(range(x.ndim)))
        for axis in order:
            check_axis(x.shape, axis)
        if sorted(axis % x.ndim for axis in order) != list(range(x.ndim)):
            raise ShapeError(f"{order} does not name each axis of {tuple(x.shape)} once")
        self.order = tuple(axis % x.ndim for axis in order)
        return xp.permute_dims(x, self.order)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        back = tuple(self.order.index(axis) for axis in range(len(self.order)))
        return xp.permute_dims(dy, back)


class GetItem(Function):
    """Part of a tensor by whole numbers and slices, as x[2, 1:5, ...].

    Forward   y = x[key]
    Backward  dx = 0 everywhere, then dx[key] = dy
    Shapes    x: any -> y: what the key leaves
    Keeps     the shape of x, and where in it y lies
    Raises    ShapeError when the key reaches outside x; UsageError for any other kind of key
    Source    what was not selected has no part in the loss
    """

    def __init__(self, key: Any) -> None:
        parts = key if isinstance(key, tuple) else (key,)
        for part in parts:
            if isinstance(part, bool) or not isinstance(part, Integral | slice | EllipsisType):
                raise UsageError(
                    f"getitem: whole numbers, slices and ... select a part, but {part!r} came: "
                    "rows by their numbers are take(x, i), a new axis is a reshape"
                )
            if isinstance(part, slice) and part.step == 0:
                raise UsageError(f"getitem: {part} has a step of 0, but any other is needed")
        # Array libraries need not know what is left out: x[2] is x[2, ...].
        self.key = parts if Ellipsis in parts else (*parts, ...)

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.shape = x.shape
        try:
            self.part, self.turned = forwards(self.key, x.shape)
            return turned_round(xp, x[self.part], self.turned)
        except IndexError:
            raise outside(x, self.key) from None

    def backward(self, xp: Namespace, dy: Array) -> Array:
        dx = xp.zeros(self.shape, dtype=dy.dtype, device=dy.device)
        dx[self.part] = turned_round(xp, dy, self.turned)
        return dx


class SetItem(Function):
    """A tensor with a part of it replaced, as x[2, 1:5] = v; the original stays as it is.

    Forward   y = x, then y[key] = v
    Backward  dx = dy, then dx[key] = 0
              dv = dy[key], summed over the axes v was broadcast along
    Shapes    x: any, v: what the key selects, or what broadcasts to it -> y: shape of x
    Keeps     the shape of v, and where in y it lies
    Raises    as GetItem
    Source    what was overwritten has no part in the loss
    """

    def __init__(self, key: Any) -> None:
        self.key = GetItem(key).key

    def forward(self, xp: Namespace, x: Array, v: Array) -> Array:
        self.v_shape = v.shape
        y = xp.asarray(x, copy=True)
        try:
            self.part, self.turned = forwards(self.key, x.shape)
            if self.turned:
                v = turned_round(xp, xp.broadcast_to(v, y[self.part].shape), self.turned)
            y[self.part] = v
        except IndexError:
            raise outside(x, self.key) from None
        return y

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        dx, dv = xp.asarray(dy, copy=True), dy[self.part]
        dx[self.part] = 0 * dv
        return dx, sum_to(xp, turned_round(xp, dv, self.turned), self.v_shape)


class Take(Function):
    """Rows by their numbers, any number of times each: a table looked up.

    Forward   y[m] = x[i[m]]
    Backward  dx[k] = sum of dy[m] over all m with i[m] = k        as a product with one-hot rows
    Shapes    x: (K, ...), i: (M,) whole numbers -> y: (M, ...)
    Keeps     i, the shape of x
    Raises    ShapeError when x has no rows or i more than one axis; UsageError when i are no whole
              numbers
    Source    a row used twice gets both gradients: sum rule of calculus

    The rule does not look at the numbers, for reading values would break a compiled graph: take()
    sees to it that they are 0..K-1.
    """

    def forward(self, xp: Namespace, x: Array, i: Array) -> Array:
        if x.ndim == 0 or i.ndim != 1:
            raise ShapeError(
                f"x has shape {tuple(x.shape)} and i {tuple(i.shape)}, but (K, ...) and (M,) "
                "are needed"
            )
        if not xp.isdtype(i.dtype, "integral"):
            raise UsageError(f"take: rows have whole numbers, but i is {i.dtype}")
        self.i, self.x_shape = i, x.shape
        return xp.take(x, i, axis=0)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        K, *row = self.x_shape
        rows = xp.arange(K, device=dy.device)
        one_hot = xp.astype(self.i[None, :] == rows[:, None], dy.dtype)
        dx = one_hot @ xp.reshape(dy, (self.i.shape[0], math.prod(row)))
        return xp.reshape(dx, self.x_shape), None


class Pad(Function):
    """Put zeros around a tensor: (before, after) for each axis.

    Forward   y = x with zeros around it
    Backward  dx = dy without its border
    Shapes    x: any -> y: each size plus before and after
    Keeps     where x lies in y
    Raises    ShapeError when there is not one pair per axis; UsageError for a negative width
    Source    zeros put in have no part in x's gradient
    """

    def __init__(self, widths: Sequence[tuple[int, int]]) -> None:
        self.widths = tuple(widths)
        if any(width < 0 for pair in self.widths for width in pair):
            raise UsageError(f"pad: widths {self.widths} came, but none may be negative")

    def forward(self, xp: Namespace, x: Array) -> Array:
        if len(self.widths) != x.ndim:
            raise ShapeError(
                f"{len(self.widths)} pairs of widths came for the {x.ndim} axes of x "
                f"{tuple(x.shape)}"
            )
        self.middle = tuple(
            slice(before, before + size)
            for (before, _), size in zip(self.widths, x.shape, strict=True)
        )
        sizes = zip(self.widths, x.shape, strict=True)
        shape = tuple(before + n + after for (before, after), n in sizes)
        y = xp.zeros(shape, dtype=x.dtype, device=x.device)
        y[self.middle] = x
        return y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy[self.middle]


class Concat(Function):
    """Join tensors along one axis.

    Forward   y = the inputs, one after the other along the axis
    Backward  each input gets its own stretch of dy
    Shapes    inputs: equal but for the axis -> y: their sizes added up along the axis
    Keeps     the sizes along the axis
    Raises    ShapeError when the other sizes or the numbers of axes differ
    Source    no arithmetic happens, so the gradient takes the same way back
    """

    def __init__(self, axis: int = 0) -> None:
        self.axis = axis

    def forward(self, xp: Namespace, *parts: Array) -> Array:
        first = parts[0]
        check_axis(first.shape, self.axis)
        axis = self.axis % first.ndim
        for part in parts:
            if part.ndim != first.ndim:
                raise ShapeError(
                    f"{tuple(part.shape)} and {tuple(first.shape)} differ in their number of axes"
                )
            if _without(part.shape, axis) != _without(first.shape, axis):
                raise ShapeError(
                    f"{tuple(part.shape)} and {tuple(first.shape)} differ in more than axis {axis}"
                )
        self.sizes = [part.shape[axis] for part in parts]
        return xp.concat(parts, axis=axis)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, ...]:
        before = (slice(None),) * (self.axis % dy.ndim)
        ends = [sum(self.sizes[: i + 1]) for i in range(len(self.sizes))]
        return tuple(
            dy[(*before, slice(end - size, end), ...)]
            for end, size in zip(ends, self.sizes, strict=True)
        )


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return tuple(shape[:axis]) + tuple(shape[axis + 1 :])


def reshape(x: Any, shape: Sequence[int]) -> Tensor:
    """The same values under another shape; see Reshape."""
    return Reshape(shape)(x)


def flatten(x: Tensor, start: int = 1) -> Tensor:
    """All axes from start on as one, in row-major order: (N, C, H, W) -> (N, C*H*W)."""
    return Reshape((*x.shape[:start], math.prod(x.shape[start:])))(x)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order; see Transpose."""
    return Transpose(axes)(x)


def get_item(x: Any, key: Any) -> Tensor:
    """x[key]: whole numbers and slices (see GetItem), or one array of row numbers (see Take)."""
    if isinstance(key, Tensor) or is_array(key):
        return take(x, key)
    return GetItem(key)(x)


def take(x: Any, i: Any) -> Tensor:
    """Rows of x by their numbers; see Take.

    Raises    ShapeError for a number outside 0..K-1; inside a compiled step, torch's RuntimeError
              with such a sentence
    """
    x, i = as_tensor(x), as_tensor(i)
    xp = i.backend.xp
    if xp.isdtype(i.dtype, "integral"):
        i = Tensor(xp.astype(i.data, xp.int64))  # torch knows rows by no smaller numbers
        _check_rows(x, i)
    return Take()(x, i)


def _check_rows(x: Tensor, i: Tensor) -> None:
    """Raise ShapeError unless x has the rows; what else is wrong with them, Take says."""
    if x.ndim == 0 or i.size == 0:
        return
    xp = i.backend.xp
    needed = f"x {x.shape} has rows 0 to {x.shape[0] - 1}"
    there = xp.all((i.data >= 0) & (i.data < x.shape[0]))
    if not i.backend.holds(there, f"take: i reaches outside: {needed}"):
        low, high = int(xp.min(i.data)), int(xp.max(i.data))
        raise ShapeError(f"i reaches from {low} to {high}, but {needed}", "Take")


def pad(x: Any, widths: Sequence[tuple[int, int]]) -> Tensor:
    """Zeros around x; see Pad."""
    return Pad(widths)(x)


def concat(parts: Sequence[Any], axis: int = 0) -> Tensor:
    """Several tensors joined along an axis; see Concat."""
    if not parts:
        raise ShapeError("concat: no tensors came, and at least one is needed")
    return Concat(axis)(*parts)


def stack(parts: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Several tensors of one shape, one after the other along a new axis."""

    def widened(part: Tensor) -> Tensor:
        place = axis % (part.ndim + 1)
        return reshape(part, (*part.shape[:place], 1, *part.shape[place:]))

    return concat([widened(part) for part in parts], axis)


def split(x: Tensor, count: int, axis: int = -1) -> list[Tensor]:
    """A tensor cut into equal parts along an axis.

    Raises    ShapeError when the axis does not divide into so many
    """
    check_axis(x.shape, axis)
    if count < 1 or x.shape[axis] % count:
        raise ShapeError(f"axis {axis} of x {x.shape} does not divide into {count} parts", "split")
    size = x.shape[axis] // count
    before = (slice(None),) * (axis % x.ndim)
    return [get_item(x, (*before, slice(i * size, (i + 1) * size))) for i in range(count)]
