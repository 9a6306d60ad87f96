"""Arithmetic, element by element, with broadcasting, and what broadcasting means backwards."""

import operator
from collections.abc import Callable
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Function, Tensor, as_tensor


def check_broadcast(a: tuple[int, ...], b: tuple[int, ...], operation: str = "") -> None:
    """Raise ShapeError unless two shapes have, from the right, equal sizes or sizes of 1.

    operation: who refuses, where it is no Function, which would sign for itself
    """
    for left, right in zip(reversed(a), reversed(b), strict=False):
        if left != right and 1 not in (left, right):
            raise ShapeError(
                f"shapes {tuple(a)} and {tuple(b)} do not broadcast: counted "
                f"from the right, {left} meets {right}, and neither is 1; reshape one of them",
                operation,
            )


def sum_to(xp: Namespace, dy: Array, shape: tuple[int, ...]) -> Array:
    """Undo broadcasting: what was copied along an axis gets the sum of its copies' gradients."""
    if dy.shape == shape:
        return dy
    extra = dy.ndim - len(shape)
    copied = tuple(i for i in range(dy.ndim) if i < extra or shape[i - extra] != dy.shape[i])
    return xp.reshape(xp.sum(dy, axis=copied), shape)


class Add(Function):
    """Add two tensors.

    Forward   y = a + b
    Backward  da = dy, db = dy, each summed over the axes it was broadcast along
    Shapes    a, b: any two that broadcast -> y: their common shape
    Keeps     the shapes of a and b
    Raises    ShapeError when the shapes do not broadcast
    Source    sum rule of calculus
    """

    def forward(self, xp: Namespace, a: Array, b: Array) -> Array:
        check_broadcast(a.shape, b.shape)
        self.a_shape, self.b_shape = a.shape, b.shape
        return a + b

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        return sum_to(xp, dy, self.a_shape), sum_to(xp, dy, self.b_shape)


class Subtract(Function):
    """Subtract the second tensor from the first.

    Forward   y = a - b
    Backward  da = dy, db = -dy, each summed over the axes it was broadcast along
    Shapes    a, b: any two that broadcast -> y: their common shape
    Keeps     the shapes of a and b
    Raises    ShapeError when the shapes do not broadcast
    Source    sum rule of calculus
    """

    def forward(self, xp: Namespace, a: Array, b: Array) -> Array:
        check_broadcast(a.shape, b.shape)
        self.a_shape, self.b_shape = a.shape, b.shape
        return a - b

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        return sum_to(xp, dy, self.a_shape), sum_to(xp, -dy, self.b_shape)


class Multiply(Function):
    """Multiply two tensors element by element.

    Forward   y = a * b
    Backward  da = dy * b, db = dy * a, each summed over the axes it was broadcast along
    Shapes    a, b: any two that broadcast -> y: their common shape
    Keeps     a, b
    Raises    ShapeError when the shapes do not broadcast
    Source    product rule of calculus
    """

    def forward(self, xp: Namespace, a: Array, b: Array) -> Array:
        check_broadcast(a.shape, b.shape)
        self.a, self.b = a, b
        return a * b

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, Array | None]:
        da = sum_to(xp, dy * self.b, self.a.shape) if self.needs[0] else None
        db = sum_to(xp, dy * self.a, self.b.shape) if self.needs[1] else None
        return da, db


class Divide(Function):
    """Divide the first tensor by the second, element by element.

    Forward   y = a / b
    Backward  da = dy / b, db = -dy * y / b, each summed over the axes it was broadcast along
    Shapes    a, b: any two that broadcast -> y: their common shape
    Keeps     b, y, the shape of a
    Raises    ShapeError when the shapes do not broadcast
    Source    quotient rule of calculus: d(a/b)/db = -a / b**2 = -y / b
    """

    def forward(self, xp: Namespace, a: Array, b: Array) -> Array:
        check_broadcast(a.shape, b.shape)
        self.a_shape, self.b = a.shape, b
        self.y = a / b
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array | None]:
        da = sum_to(xp, dy / self.b, self.a_shape)
        db = sum_to(xp, -dy * self.y / self.b, self.b.shape) if self.needs[1] else None
        return da, db


class Negate(Function):
    """Change the sign.

    Forward   y = -x
    Backward  dx = -dy
    Shapes    x: any -> y: shape of x
    Keeps     nothing
    Source    sum rule of calculus
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        return -x

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return -dy


class Power(Function):
    """Raise to a constant power.

    Forward   y = x**p
    Backward  dx = dy * p * x**(p - 1)                 0 for p = 0, also at x = 0
    Shapes    x: any -> y: shape of x
    Keeps     x
    Source    power rule of calculus
    """

    def __init__(self, exponent: float) -> None:
        # A whole exponent stays whole, and so does x**2 of whole numbers.
        self.exponent = exponent if isinstance(exponent, int) else float(exponent)

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        return x**self.exponent

    def backward(self, xp: Namespace, dy: Array) -> Array:
        p = self.exponent
        return xp.zeros_like(dy) if p == 0 else dy * p * self.x ** (p - 1)


class Exp(Function):
    """The exponential.

    Forward   y = exp(x)
    Backward  dx = dy * y
    Shapes    x: any -> y: shape of x
    Keeps     y
    Source    the exponential is its own derivative
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.y = xp.exp(x)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * self.y


class Log(Function):
    """The natural logarithm.

    Forward   y = log(x)
    Backward  dx = dy / x
    Shapes    x: any, positive -> y: shape of x
    Keeps     x
    Source    derivative of the logarithm
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        return xp.log(x)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy / self.x


class Sqrt(Function):
    """The square root.

    Forward   y = sqrt(x)
    Backward  dx = dy / (2 * y)
    Shapes    x: any, not negative -> y: shape of x
    Keeps     y
    Source    power rule of calculus with p = 1/2
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.y = xp.sqrt(x)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy / (2 * self.y)


class Abs(Function):
    """The absolute value.

    Forward   y = abs(x)
    Backward  dx = dy * sign(x)              0 at x = 0, where the slope is not defined
    Shapes    x: any -> y: shape of x
    Keeps     x
    Source    PyTorch's choice at 0: torch.abs
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        return xp.abs(x)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * xp.sign(self.x)


class Maximum(Function):
    """The larger of two tensors, element by element.

    Forward   y = max(a, b)
    Backward  da = dy where a > b, dy / 2 where a = b, else 0; db likewise the other way round;
              each summed over the axes it was broadcast along
    Shapes    a, b: any two that broadcast -> y: their common shape
    Keeps     a, b
    Raises    ShapeError when the shapes do not broadcast
    Source    PyTorch's choice on ties: torch.maximum
    """

    def forward(self, xp: Namespace, a: Array, b: Array) -> Array:
        check_broadcast(a.shape, b.shape)
        self.a, self.b = a, b
        return xp.maximum(a, b)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array]:
        def share(mine: Array, other: Array) -> Array:
            # Chosen by where(), not by a product: 0 * dy is no 0 where dy is infinite.
            return xp.where(mine > other, dy, xp.where(mine < other, 0, dy / 2))

        da, db = share(self.a, self.b), share(self.b, self.a)
        return sum_to(xp, da, self.a.shape), sum_to(xp, db, self.b.shape)


class Where(Function):
    """Choose between two tensors, element by element.

    Forward   y = a where the condition holds, else b
    Backward  da = dy where the condition holds, else 0; db the other way round; each summed over
              the axes it was broadcast along
    Shapes    condition: truth values, a, b: any that broadcast -> y: their common shape
    Keeps     the condition, the shapes of a and b
    Raises    ShapeError when the shapes do not broadcast; UsageError for another condition
    Source    what was not chosen has no part in the loss
    """

    def forward(self, xp: Namespace, condition: Array, a: Array, b: Array) -> Array:
        if not xp.isdtype(condition.dtype, "bool"):
            raise UsageError(
                f"where: the condition is {condition.dtype}, but truth values are needed: compare "
                "with <, <=, >, >= or ops.equal (== asks whether two tensors are one object)"
            )
        check_broadcast(a.shape, b.shape)
        check_broadcast(condition.shape, a.shape)
        check_broadcast(condition.shape, b.shape)
        self.condition, self.a_shape, self.b_shape = condition, a.shape, b.shape
        return xp.where(condition, a, b)

    def backward(self, xp: Namespace, dy: Array) -> tuple[None, Array, Array]:
        # Chosen by where(), not by a product: 0 * dy is no 0 where dy is infinite.
        da, db = xp.where(self.condition, dy, 0), xp.where(self.condition, 0, dy)
        return None, sum_to(xp, da, self.a_shape), sum_to(xp, db, self.b_shape)


def add(a: Any, b: Any) -> Tensor:
    """a + b; see Add."""
    return Add()(a, b)


def subtract(a: Any, b: Any) -> Tensor:
    """a - b; see Subtract."""
    return Subtract()(a, b)


def multiply(a: Any, b: Any) -> Tensor:
    """a * b, element by element; see Multiply."""
    return Multiply()(a, b)


def divide(a: Any, b: Any) -> Tensor:
    """a / b; see Divide."""
    return Divide()(a, b)


def negate(x: Any) -> Tensor:
    """-x; see Negate."""
    return Negate()(x)


def power(x: Any, exponent: float) -> Tensor:
    """x to a constant power; see Power."""
    return Power(exponent)(x)


def exp(x: Any) -> Tensor:
    """The exponential; see Exp."""
    return Exp()(x)


def log(x: Any) -> Tensor:
    """The natural logarithm; see Log."""
    return Log()(x)


def sqrt(x: Any) -> Tensor:
    """The square root; see Sqrt."""
    return Sqrt()(x)


def abs(x: Any) -> Tensor:  # noqa: A001  (the field's name; used as ops.abs)
    """The absolute value; see Abs."""
    return Abs()(x)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of two, element by element; see Maximum."""
    return Maximum()(a, b)


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition holds, else b; see Where. condition: an array or tensor of booleans."""
    return Where()(condition, a, b)


def less(a: Any, b: Any) -> Tensor:
    """Whether a < b, element by element: a constant, for a step has no slope."""
    return _compared("less", operator.lt, a, b)


def less_equal(a: Any, b: Any) -> Tensor:
    """Whether a <= b, element by element: a constant, for a step has no slope."""
    return _compared("less_equal", operator.le, a, b)


def equal(a: Any, b: Any) -> Tensor:
    """Whether a = b, element by element: a constant, for a step has no slope."""
    return _compared("equal", operator.eq, a, b)


def _compared(name: str, compare: Callable[[Array, Array], Array], a: Any, b: Any) -> Tensor:
    """Two values of one kind, whichever of them is a plain number."""
    like = a.data if isinstance(a, Tensor) else as_tensor(b).data
    a, b = as_tensor(a, like), as_tensor(b, like)
    check_broadcast(a.shape, b.shape, operation=name)
    return Tensor(a.backend.asarray(compare(a.data, b.data)))
