"""Affine for NumPy: its matrix products on our threads or on one, never on BLAS's own.

For the product alone BLAS's threads would do, but they go on spinning when it is done, on the cores
that the next kernel wants: in the network of benchmarks/ the convolutions' backward rules took
88 ms after a dense layer with BLAS's threads, 61 without.
"""

import numpy as np

from chainrule.backends import Array, Namespace
from chainrule.kernels.threads import one_blas_thread, share
from chainrule.ops.linear import Affine

SMALL = 1 << 18
"""Multiplications up to which BLAS stays on one thread by itself."""

LARGE = 1 << 23
"""Multiplications from which two threads are worth waking: 200 microseconds of a core."""


class SharedAffine(Affine):
    """Affine in pieces of rows or columns of each product's result."""

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        self.x, self.w = x, w
        y = product(x, w.T)
        if b is not None:
            y += b
        return y

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        dx = product(dy, self.w) if self.needs[0] else None
        dw = product(dy.T, self.x) if self.needs[1] else None
        if len(self.needs) == 2:
            return dx, dw
        return dx, dw, np.ones(len(dy), dy.dtype) @ dy  # half the time of a sum


def product(a: Array, b: Array) -> Array:
    """a @ b of two matrices, whose pieces do not depend on the number of threads."""
    N, K = a.shape
    M = b.shape[1]
    work = N * K * M
    if work <= SMALL:
        return a @ b
    if work < LARGE:
        with one_blas_thread:
            return a @ b
    y = np.empty((N, M), np.result_type(a, b))
    pieces = min(8, work // LARGE)
    if N >= M:
        step = -(-N // pieces)
        share(lambda n: np.matmul(a[n : n + step], b, out=y[n : n + step]), range(0, N, step))
    else:
        step = -(-M // pieces)
        share(lambda m: np.matmul(a, b[:, m : m + step], out=y[:, m : m + step]), range(0, M, step))
    return y
