"""Gradient clipping: gradients kept small, so that one bad batch cannot throw the weights far."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.backends import Array, Namespace
from chainrule.errors import UsageError


@dataclass(frozen=True)
class Clipping:
    """Cut every gradient's values, then shorten all gradients together.

    Rule      dw = clip(dw, -value, value)
              dw = dw * min(1, norm / (length + 1e-6)), length = sqrt(sum of dw**2 over all tensors)
    value: the largest size of one value; None: any. It bends the gradient
    norm: the largest length of all gradients as one vector; None: any. It keeps the direction

    Raises    UsageError for a limit that is not over 0
    Source    Pascanu, Mikolov and Bengio 2013, arXiv 1211.5063, section 3.2
    """

    norm: float | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        for name, limit in (("norm", self.norm), ("value", self.value)):
            if limit is not None and not 0 < limit < math.inf:
                raise UsageError(f"clipping: {name} is {limit}, but must be over 0 and finite")

    def __call__(self, xp: Namespace, gradients: Sequence[Array | None]) -> list[Array | None]:
        """The gradients, clipped; None stands for a tensor that has none."""
        clipped = list(gradients)
        if self.value is not None:
            limit = float(self.value)  # a number of NumPy's would make float32 gradients float64
            clipped = [dw if dw is None else xp.clip(dw, -limit, limit) for dw in clipped]
        if self.norm is not None and any(dw is not None for dw in clipped):
            length = xp.sqrt(sum(xp.sum(dw * dw) for dw in clipped if dw is not None))
            factor = xp.asarray(xp.clip(self.norm / (length + 1e-6), max=1.0))
            clipped = [dw if dw is None else dw * xp.astype(factor, dw.dtype) for dw in clipped]
        return clipped
