"""bfloat16 on torch: a dtype for each rule, and casts on the way in and out.

bfloat16 has float32's range and 8 bits of its digits, and hardware that knows it multiplies it up
to eight times as fast. So matrix products run in it, and what they give stays in it: activations
are then half as large. What adds up many small values, or takes logarithms, runs in float32:
statistics, softmax, losses. Parameters are float32 throughout, and so are their gradients: an input
gets its gradient in the dtype it came in.

    matrix products     inputs cast to bfloat16, output in bfloat16
    statistics          inputs cast to float32, output in the dtype of x
    losses and the like inputs cast to float32, output in float32

All other rules take what comes. Compiled, the casts fuse with their neighbours.

Source    Micikevicius et al. 2018, arXiv 1710.03740 (master weights); Kalamkar et al. 2019,
          arXiv 1905.12322 (bfloat16)
"""

import torch

from chainrule import ops
from chainrule.backends import Array, Namespace
from chainrule.tape import Function

PRODUCTS: tuple[type[Function], ...] = (
    ops.Affine,
    ops.Conv2d,
    ops.ConvTranspose2d,
    ops.MatMul,
)

STATISTICS: tuple[type[Function], ...] = (ops.BatchNorm, ops.Standardise)

SUMS: tuple[type[Function], ...] = (
    ops.Exp,
    ops.Log,
    ops.LogSoftmax,
    ops.Mean,
    ops.Power,
    ops.Softmax,
    ops.Sum,
)


def losses() -> tuple[type[Function], ...]:
    """Every rule in ops/loss."""
    rules = [rule for rule in vars(ops).values() if isinstance(rule, type)]
    return tuple(rule for rule in rules if rule.__module__.startswith(f"{ops.__name__}.loss."))


def kernels_of(kernels: dict[type, type]) -> dict[type, type]:
    """The kernels of bfloat16: those of float32, or else the plain rules, between casts."""

    def cast(
        rules: tuple[type[Function], ...], inside: torch.dtype, outside: torch.dtype | None
    ) -> dict[type, type]:
        return {
            rule: between_casts(kernels.get(rule, rule), inside=inside, outside=outside)
            for rule in rules
        }

    return {
        **kernels,
        **cast(PRODUCTS, torch.bfloat16, torch.bfloat16),
        **cast(STATISTICS, torch.float32, None),
        **cast((*SUMS, *losses()), torch.float32, torch.float32),
    }


def between_casts(
    rule: type[Function], *, inside: torch.dtype, outside: torch.dtype | None
) -> type[Function]:
    """A rule whose two methods compute in the dtype inside.

    outside: the dtype of y; None: that of the first input
    """

    class BetweenCasts(rule):  # type: ignore[misc, valid-type]
        def forward(self, xp: Namespace, *arrays: Array) -> Array:
            self.dtypes = [a.dtype for a in arrays]
            y = rule.forward(self, xp, *[_cast(a, inside) for a in arrays])
            return _cast(y, outside or self.dtypes[0])

        def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
            gradients = rule.backward(self, xp, _cast(dy, inside))
            if not isinstance(gradients, tuple):
                gradients = (gradients,)
            return tuple(
                None if dx is None else _cast(dx, dtype)
                for dx, dtype in zip(gradients, self.dtypes, strict=True)
            )

    BetweenCasts.__name__ = BetweenCasts.__qualname__ = f"{rule.__name__}In{_title(inside)}"
    return BetweenCasts


def _cast(a: Array, dtype: torch.dtype) -> Array:
    """Floating-point values in the dtype; class numbers, bits and float64 as they are."""
    return a.to(dtype) if a.dtype in (torch.float32, torch.bfloat16) else a


def _title(dtype: torch.dtype) -> str:
    return {torch.bfloat16: "Bfloat16", torch.float32: "Float32"}[dtype]
