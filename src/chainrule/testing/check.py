"""Is a backward rule the derivative of its forward rule? Central differences give the answer."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from chainrule.backends import NUMPY, Backend
from chainrule.tape import Function, Tensor, dtype_name, no_grad

STEP = 1e-5
"""How far the differences go to each side; float64 has then about ten digits left."""


class Run(NamedTuple):
    """What one call of a Function gave, as NumPy arrays: y, and dL/d(input) or None, in order."""

    y: np.ndarray
    gradients: tuple[np.ndarray | None, ...]


def run(
    make: Callable[[], Function],
    *arrays: np.ndarray,
    rng: Generator,
    needs: Sequence[bool] | None = None,
    backend: Backend = NUMPY,
) -> Run:
    """Both rules of a fresh Function, once: forward on the arrays, backward from a random dy.

    needs: which inputs want a gradient; by default all that are floating-point
    rng: draws dy from the shape of y alone, so that equal generators compare two backends
    """
    op = make()
    tensors = _leaves(op, arrays, needs, backend)
    y = op(*tensors)
    dy = backend.asarray(rng.standard_normal(y.shape), dtype=dtype_name(y.data))
    y.backward(dy)
    gradients = (None if x.grad is None else backend.to_numpy(x.grad) for x in tensors)
    return Run(y.numpy(), tuple(gradients))


def check_backward(
    make: Callable[[], Function],
    *arrays: np.ndarray,
    rng: Generator,
    needs: Sequence[bool] | None = None,
    directions: int = 3,
    tolerance: float = 1e-6,
) -> None:
    """Compare a backward rule with central differences of its forward rule, in float64.

    With a random dy, L = sum(dy * y) is one number. Along a random direction v, its slope is
    sum(dx * v) by the rule and (L(x + h * v) - L(x - h * v)) / (2 * h) by differences. A random dy
    matters: with dy = 1, a softmax rule that is wrong by a factor passes, for its sum is constant.

    make: gives a fresh Function, a class without hyperparameters for example
    arrays: the inputs, away from kinks such as ReLU's at 0
    needs: which inputs want a gradient; by default all that are floating-point
    directions: how many to try for each input
    tolerance: the difference allowed, relative to the length of the gradient

    Raises    AssertionError, naming the Function, the input and both slopes; UsageError when a
              gradient is missing
    """
    arrays = tuple(a.astype("float64") if a.dtype.kind == "f" else a for a in arrays)
    op = make()
    tensors = _leaves(op, arrays, needs, NUMPY)
    y = op(*tensors)
    dy = rng.standard_normal(y.shape)
    y.backward(dy)

    def loss(position: int, moved: np.ndarray) -> float:
        with no_grad():
            y = make()(*arrays[:position], np.asarray(moved), *arrays[position + 1 :])
        return float(np.sum(dy * y.data))

    rounding = 1e-15 * float(np.sum(np.abs(dy * y.data))) / STEP
    for i, x in enumerate(tensors):
        if not x.needs_grad:
            continue
        assert x.grad is not None  # backward has refused if it is
        who = f"{type(op).__name__}: the gradient of {x.name} (input {i})"
        allowed = rounding + tolerance * float(np.linalg.norm(x.grad))
        for _ in range(directions):
            v = rng.standard_normal(x.shape)
            by_rule = float(np.sum(x.grad * v))
            ahead, behind = loss(i, x.data + STEP * v), loss(i, x.data - STEP * v)
            by_differences = (ahead - behind) / (2 * STEP)
            assert abs(by_rule - by_differences) <= allowed, (
                f"{who} says a slope of {by_rule:.9g} along a random direction, "
                f"but central differences give {by_differences:.9g}"
            )


def _leaves(
    op: Function, arrays: Sequence[np.ndarray], needs: Sequence[bool] | None, backend: Backend
) -> list[Tensor]:
    """The arrays as tensors under the names that the forward rule gives them."""
    if needs is None:
        needs = [array.dtype.kind == "f" for array in arrays]
    return [
        Tensor(backend.asarray(array, dtype=str(array.dtype)), name=name, needs_grad=needed)
        for array, needed, name in zip(arrays, needs, _names(op, len(arrays)), strict=True)
    ]


def _names(op: Function, count: int) -> list[str]:
    """x, w, b for forward(self, xp, x, w, b); parts[0], parts[1] for forward(self, xp, *parts)."""
    parameters = list(signature(op.forward).parameters.values())[1:]
    if parameters and parameters[-1].kind is Parameter.VAR_POSITIONAL:
        *parameters, rest = parameters
        more = [f"{rest.name}[{i}]" for i in range(count - len(parameters))]
        return [p.name for p in parameters] + more
    return [p.name for p in parameters[:count]]
