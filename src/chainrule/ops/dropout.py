"""Dropout: parts of the signal removed at random while training."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Function, Tensor


class Dropout(Function):
    """Remove each value with probability p, and raise the others to keep the mean.

    Forward   keep = bits >= 256 * p                  p in steps of 1/256: eight random bits
              y    = x * keep / (1 - p)               so that the mean of y is x
    Backward  dx = dy * keep / (1 - p)
    Shapes    x: any, bits: uint8 of the same shape -> y: shape of x
    Keeps     bits
    Raises    ShapeError when bits and x differ in shape; UsageError for p outside [0, 1)
    Source    Srivastava et al. 2014; "inverted": scaled while training, not while predicting

    The random bits are an input, so that the rule itself is a pure function.
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p < 1:
            raise UsageError(f"dropout: p is {p}, but a probability in [0, 1) is needed")
        self.threshold = min(round(256 * p), 255)
        self.scale = 256 / (256 - self.threshold)

    def check(self, x: Array, bits: Array) -> None:
        """Raise ShapeError unless there are bits for every value."""
        if bits.shape != x.shape:
            raise ShapeError(f"bits {tuple(bits.shape)} and x {tuple(x.shape)} must have one shape")

    def mask(self, xp: Namespace, bits: Array, dtype: Any) -> Array:
        """keep / (1 - p)."""
        number = xp.astype(bits, dtype)  # a compiler that mixes bytes and floats is 4 times slower
        return xp.astype(number >= self.threshold, dtype) * self.scale

    def forward(self, xp: Namespace, x: Array, bits: Array) -> Array:
        self.check(x, bits)
        self.bits = bits
        return x * self.mask(xp, bits, x.dtype)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return dy * self.mask(xp, self.bits, dy.dtype), None


def dropout(x: Any, bits: Any, *, p: float = 0.5) -> Tensor:
    """x with values removed where random bits say so; see Dropout."""
    return Dropout(p)(x, bits)
