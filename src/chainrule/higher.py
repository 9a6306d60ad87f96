"""Gradients of gradients, from the same rules.

A backward rule is written against xp, the functions of an array library. Handed a library whose
arrays are tensors, the rule leaves a tape of its own, and that tape can be differentiated again, as
often as one likes. So there is no second rule for any operation, and the tape itself knows nothing
of this file.

    x = tensor(3.0, needs_grad=True)
    (slope,) = gradients(x**3, [x])              # 3 x**2 = 27
    (curvature,) = gradients(slope, [x])         # 6 x    = 18

What a forward rule keeps for backward are arrays; here it has to be tensors. So each operation's
forward rule is run once more, on tensors, before its backward rule: one more forward pass in time,
none in code.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from chainrule import ops
from chainrule.backends import Array, Namespace
from chainrule.errors import UsageError
from chainrule.tape import Function, Tensor, as_tensor, freed


def gradients(y: Tensor, xs: Sequence[Tensor], dy: Tensor | None = None) -> list[Tensor]:
    """dy/dx for each x, as tensors with a history of their own; .grad is left alone.

    y: a single value, unless dy, the gradient of some loss with respect to y, is given
    xs: leaves or values between; one that y does not depend on gets zeros

    Raises    UsageError when y has no history, or is more than one value without dy, for an x that
              no gradient was kept for, or where an earlier backward has freed a part of the tape
    """
    if not y.needs_grad:
        raise UsageError("gradients: y depends on nothing that needs a gradient")
    for x in xs:
        if not x.needs_grad:
            raise UsageError(f"gradients: {x!r} needs no gradient: give it needs_grad=True first")
    xp = y.backend.xp
    if dy is None:
        if y.size != 1:
            raise UsageError(f"gradients: y has shape {y.shape}: reduce it to one value or give dy")
        dy = Tensor(xp.ones_like(y.data))
    arrived = {id(y): dy}
    for tensor in reversed(y.history()):
        if tensor.creator is None or id(tensor) not in arrived:
            continue
        for x, dx in _run_backward(tensor.creator, tensor, arrived[id(tensor)]):
            arrived[id(x)] = arrived[id(x)] + dx if id(x) in arrived else dx
    return [arrived[id(x)] if id(x) in arrived else Tensor(xp.zeros_like(x.data)) for x in xs]


def hessian_vector_product(
    f: Callable[..., Tensor], xs: Sequence[Tensor], vs: Sequence[Any]
) -> list[Tensor]:
    """H v without H: the gradient of (gradient of f, times v).

    f: from the tensors xs to a single value
    vs: one array per x, of its shape

    Source    Pearlmutter 1994
    """
    slopes = gradients(f(*xs), xs)
    along = [ops.sum(slope * v) for slope, v in zip(slopes, vs, strict=True)]
    total = along[0]
    for part in along[1:]:
        total = total + part
    if not total.needs_grad:  # f is linear: its gradient does not change
        return [Tensor(x.backend.xp.zeros_like(x.data)) for x in xs]
    return gradients(total, xs)


def _run_backward(function: Function, y: Tensor, dy: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The inputs of the function that gave y, each with its gradient as a tensor."""
    for x, needed in zip(function.inputs, function.needs, strict=True):
        if needed and not x.needs_grad:
            raise freed("gradients", x)
    xp = Recorded(dy.backend.xp)
    again = copy.copy(function)
    again.inputs = ()
    inputs = [x if xp.isdtype(x.dtype, "real floating") else x.data for x in function.inputs]
    y_again = type(function).forward(again, xp, *inputs)
    for name, kept in vars(again).items():
        if kept is y_again:  # y itself has this function's own rule as its history: use that
            setattr(again, name, y)
    found = type(function).backward(again, xp, dy)
    found = found if isinstance(found, tuple) else (found,)
    return [
        (x, as_tensor(dx))
        for x, dx, needed in zip(function.inputs, found, function.needs, strict=True)
        if needed
    ]


class Recorded:
    """An array library whose arrays are tensors: what it computes is on the tape.

    Functions of the standard that carry gradients are our own operations. Those that give
    constants (argmax, sign, equal, ...) are the library's, applied to the values. Any other is
    refused, for it would lose a gradient silently.
    """

    def __init__(self, xp: Namespace) -> None:
        self._xp = xp

    def __getattr__(self, name: str) -> Callable[..., Any]:
        library = getattr(self._xp, name)
        recorded = RECORDED.get(name)

        def function(*args: Any, **options: Any) -> Any:
            if recorded is not None and _has_tensor(args):
                return recorded(*args, **options)
            if name not in CONSTANTS and _has_tensor(args):
                raise UsageError(
                    f"gradients: a rule uses xp.{name} on what has a gradient, and no operation "
                    "is known for it: add one to RECORDED in chainrule.higher"
                )
            values = [arg.data if isinstance(arg, Tensor) else arg for arg in args]
            result = library(*values, **options)
            return Slate(result) if name in WRITABLE else result

        return function


class Slate(Tensor):
    """A tensor that a rule may write into, as xp.zeros gives one; each write is an operation."""

    __slots__ = ("_before",)

    def __init__(self, data: Array) -> None:
        super().__init__(data)
        self._before: Tensor | None = None

    def as_written(self) -> Tensor:
        """The slate as it stands: a tensor that later writes leave alone."""
        if self._before is None:
            self._before = Tensor(self.data, needs_grad=self.needs_grad, creator=self.creator)
        return self._before

    def __getitem__(self, key: Any) -> Tensor:
        return ops.get_item(self.as_written(), key)

    def __setitem__(self, key: Any, value: Any) -> None:
        after = ops.SetItem(key)(self.as_written(), value)
        self.data, self.needs_grad, self.creator = after.data, after.needs_grad, after.creator
        self._before = None


def _has_tensor(args: Sequence[Any]) -> bool:
    return any(
        isinstance(arg, Tensor) or (isinstance(arg, list | tuple) and _has_tensor(arg))
        for arg in args
    )


def _copied(x: Tensor, *, copy: bool) -> Tensor:
    slate = Slate(x.data)
    slate.needs_grad, slate.creator = x.needs_grad, x.creator
    return slate


def _zeros(x: Tensor, shape: Sequence[int]) -> Array:
    return x.backend.xp.zeros(shape, dtype=x.dtype, device=x.device)


def _expand_dims(x: Tensor, *, axis: int) -> Tensor:
    place = axis % (x.ndim + 1)
    return ops.reshape(x, (*x.shape[:place], 1, *x.shape[place:]))


def _transposed(x: Tensor) -> Tensor:
    return ops.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def _flip(x: Tensor, *, axis: Sequence[int]) -> Tensor:
    every, backwards = slice(None), slice(None, None, -1)
    return ops.get_item(x, tuple(backwards if i in axis else every for i in range(x.ndim)))


def _minimum(a: Any, b: Any) -> Tensor:
    return -ops.maximum(-a, -b)


def _astype(x: Tensor, dtype: Any) -> Tensor:
    if x.dtype == dtype:
        return x
    if x.needs_grad:
        raise UsageError(f"gradients: {x.dtype} and {dtype} meet in one rule: use one of them")
    return Tensor(x.backend.xp.astype(x.data, dtype))


RECORDED: dict[str, Callable[..., Tensor]] = {
    "abs": ops.abs,
    "asarray": _copied,
    "astype": _astype,
    "broadcast_to": lambda x, shape: x + _zeros(x, shape),
    "clip": lambda x, low, high: _minimum(ops.maximum(x, low), high),
    "concat": ops.concat,
    "exp": ops.exp,
    "expand_dims": _expand_dims,
    "expm1": lambda x: ops.exp(x) - 1,
    "flip": _flip,
    "log": ops.log,
    "log1p": lambda x: ops.log(1 + x),
    "matrix_transpose": _transposed,
    "max": ops.max,
    "maximum": ops.maximum,
    "mean": ops.mean,
    "minimum": _minimum,
    "permute_dims": ops.transpose,
    "reshape": ops.reshape,
    "sqrt": ops.sqrt,
    "stack": lambda parts, axis: ops.concat([_expand_dims(p, axis=axis) for p in parts], axis),
    "sum": ops.sum,
    "take": lambda x, i, axis: ops.Take()(x, i),
    "tanh": ops.tanh,
    "vecdot": lambda a, b: ops.sum(a * b, -1),
    "where": ops.where,
}

CONSTANTS = frozenset({"argmax", "equal", "isdtype", "isfinite", "min", "sign", "zeros_like"})
WRITABLE = frozenset({"zeros", "full"})
