"""Fitting a polynomial: how a model with too much freedom learns the noise by heart."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.classical.least_squares import solve
from chainrule.errors import ShapeError, UsageError


class Polynomial:
    """The polynomial of a degree through points, the weights held down by a penalty.

    Forward   y = w[0] + w[1] * x + ... + w[M] * x**M
    Cost      cost = 1/2 * sum((y - t)**2) + l2/2 * sum(w**2)           w[0] is held down too
    Shapes    x: (N,), t: (N,) -> w: (M + 1,)
    degree    M, from 0
    l2        the penalty's factor lambda, from 0
    Raises    UsageError for a degree or a penalty below 0
    Source    Bishop 2006, section 1.1. His table of ten points (the second deck's) says
              ln lambda = 0 over weights that take lambda = 10, and -18 over weights that take
              -16.08: the literal lambdas give other weights, see tests
    """

    def __init__(self, degree: int, *, l2: float = 0.0) -> None:
        if degree < 0 or l2 < 0:
            raise UsageError(f"polynomial: degree {degree} and l2 {l2} came, but 0 or more is due")
        self.degree = degree
        self.l2 = l2

    def fit(self, x: ArrayLike, t: ArrayLike) -> "Polynomial":
        """Find the weights of least cost; both halves of the cost doubled are least squares'."""
        self.w = solve(self._powers(x), t, l2=self.l2)
        return self

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """(N,) the polynomial's values at x (N,).

        Raises    UsageError before fit
        """
        if not hasattr(self, "w"):
            raise UsageError("this polynomial has no weights yet: call fit first")
        return np.asarray(self._powers(x) @ self.w)

    def error(self, x: ArrayLike, t: ArrayLike) -> float:
        """E_RMS: the root of the mean squared error, comparable between data of any size."""
        return math.sqrt(np.mean((self.predict(x) - np.asarray(t)) ** 2))

    def _powers(self, x: ArrayLike) -> NDArray[np.float64]:
        x = np.asarray(x, np.float64)
        if x.ndim != 1:
            raise ShapeError(f"polynomial: x is {x.shape}, but (N,) is needed")
        return np.vander(x, self.degree + 1, increasing=True)
