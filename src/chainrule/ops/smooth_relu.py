"""ReLU without its kink: Softplus, SiLU and GELU, and the error function that GELU is made of."""

import math
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import UsageError
from chainrule.ops.activation import logistic
from chainrule.tape import Function, Tensor

ERFC = (
    -0.6717940840566906,
    0.6726432239778217,
    0.04734330684142489,
    -0.04689561024571166,
    -0.00987268934319109,
    0.008824938935263605,
    0.0017589331171176884,
    -0.002345817040411264,
    -0.00014624252395767715,
    0.0006737090513593518,
    -9.376035760297014e-05,
    -0.00017442596999566427,
    7.149530982602198e-05,
    3.206559421540822e-05,
    -3.0421097531594203e-05,
    -4.0637851031393504e-07,
    8.952692300720023e-06,
    -2.352944696447295e-06,
    -1.7128780471140371e-06,
    8.549461192071435e-07,
    1.5975482569412025e-07,
    -1.1818313828393028e-07,
    7.992047577730608e-10,
)
"""log(erfc(z) * exp(z**2) / t) as a polynomial in 2 * t - 1, lowest power first, t = 2 / (2 + z).

The Chebyshev series of that function, computed with 60 digits and cut after degree 22.
"""


def erfc(xp: Namespace, x: Array) -> Array:
    """2 / sqrt(pi) times the integral of exp(-u**2) from x to infinity; the standard has none.

    Wrong by less than 2e-13 of its value for x under 26, where float64 ends.

    Source    Schonfelder 1978 for the substitution t
    """
    below = x < 0
    z = xp.where(below, -x, x)  # |x|, but with a slope at 0, for derivatives of derivatives
    z = xp.minimum(z, 40.0)  # erfc(40) is 0 in every precision, and 40**2 never overflows
    t = 2 / (2 + z)
    u = 2 * t - 1
    total = ERFC[-1] * u
    for coefficient in ERFC[-2:0:-1]:
        total = (total + coefficient) * u
    tail = t * xp.exp(total + ERFC[0] - z * z)
    return xp.where(below, 2 - tail, tail)


class Softplus(Function):
    """A smooth ReLU that is positive everywhere: for rates, widths and variances.

    Forward   y = log(1 + exp(x))                   as max(x, 0) + log1p(exp(-|x|)): no overflow
    Backward  dx = dy * sigmoid(x)
    Shapes    x: any -> y: shape of x
    Keeps     x
    Source    Dugas et al. 2001
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * logistic(xp, self.x)


class SiLU(Function):
    """Each value weighted by its own sigmoid.

    Forward   s = sigmoid(x)
              y = x * s
    Backward  dx = dy * s * (1 + x * (1 - s))
    Shapes    x: any -> y: shape of x
    Keeps     x, s
    Source    Elfwing, Uchibe and Doya 2017, arXiv 1702.03118; "swish" in Ramachandran et al. 2017
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        self.s = logistic(xp, x)
        return x * self.s

    def backward(self, xp: Namespace, dy: Array) -> Array:
        return dy * self.s * (1 + self.x * (1 - self.s))


class GELU(Function):
    """Each value weighted by the chance that a standard normal number lies below it.

    Forward   P = erfc(-x / sqrt(2)) / 2            the normal distribution function
              y = x * P
    Backward  dx = dy * (P + x * exp(-x**2 / 2) / sqrt(2 * pi))
    Shapes    x: any -> y: shape of x
    Keeps     x, P
    Source    Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        self.P = erfc(xp, x * -math.sqrt(1 / 2)) / 2
        return x * self.P

    def backward(self, xp: Namespace, dy: Array) -> Array:
        density = xp.exp(self.x * self.x / -2) / math.sqrt(2 * math.pi)
        return dy * (self.P + self.x * density)


class TanhGELU(Function):
    """GELU as most code computes it: closer than 0.0005, and several times as fast.

    Forward   a = sqrt(2 / pi), b = 0.044715
              h = tanh(a * (x + b * x**3))
              y = x * (1 + h) / 2
    Backward  dx = dy * (1 + h + x * (1 - h**2) * a * (1 + 3 * b * x**2)) / 2
    Shapes    x: any -> y: shape of x
    Keeps     x, h
    Source    Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2
    """

    a = math.sqrt(2 / math.pi)
    b = 0.044715

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.x = x
        self.h = xp.tanh(self.a * (x + self.b * x * x * x))
        return x * (1 + self.h) / 2

    def backward(self, xp: Namespace, dy: Array) -> Array:
        x, h = self.x, self.h
        slope = self.a * (1 + 3 * self.b * x * x)
        return dy * (1 + h + x * (1 - h * h) * slope) / 2


def softplus(x: Any) -> Tensor:
    """log(1 + exp(x)); see Softplus."""
    return Softplus()(x)


def silu(x: Any) -> Tensor:
    """x * sigmoid(x); see SiLU."""
    return SiLU()(x)


def gelu(x: Any, approximate: str = "none") -> Tensor:
    """x times the normal distribution function; see GELU, and TanhGELU for approximate="tanh".

    Raises    UsageError for another approximation
    """
    rules: dict[str, type[Function]] = {"none": GELU, "tanh": TanhGELU}
    if approximate not in rules:
        raise UsageError(f'gelu: approximate is {approximate!r}, but "none" or "tanh" is needed')
    return rules[approximate]()(x)
