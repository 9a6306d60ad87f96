"""Matrix products: on their own, and with a bias as the layer every network ends in."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError
from chainrule.ops.arithmetic import check_broadcast, sum_to
from chainrule.tape import Function, Tensor


class MatMul(Function):
    """Matrix product; axes before the last two are a stack of matrices and broadcast.

    Forward   y = a @ b                      y[n, m] = sum over k of a[n, k] * b[k, m]
    Backward  da = dy @ b.T
              db = a.T @ dy                  each summed over the axes it was broadcast along
    Shapes    a: (..., N, K), b: (..., K, M) -> y: (..., N, M)
    Keeps     a, b
    Raises    ShapeError when the inner sizes differ, one is no matrix, or the stacks do not fit
    Source    product rule of calculus, row by column
    """

    def forward(self, xp: Namespace, a: Array, b: Array) -> Array:
        if a.ndim < 2 or b.ndim < 2:
            raise ShapeError(
                f"shapes {tuple(a.shape)} and {tuple(b.shape)} came, but both need two "
                "axes or more: reshape a vector to (1, K) or (K, 1)"
            )
        if a.shape[-1] != b.shape[-2]:
            raise ShapeError(
                f"{tuple(a.shape)} @ {tuple(b.shape)}: the inner sizes {a.shape[-1]} and "
                f"{b.shape[-2]} must be equal"
            )
        check_broadcast(a.shape[:-2], b.shape[:-2])
        self.a, self.b = a, b
        return a @ b

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, Array | None]:
        def transposed(matrix: Array) -> Array:
            return xp.matrix_transpose(matrix)

        da = sum_to(xp, dy @ transposed(self.b), self.a.shape) if self.needs[0] else None
        db = sum_to(xp, transposed(self.a) @ dy, self.b.shape) if self.needs[1] else None
        return da, db


def check_bias(w: Array, b: Array | None) -> None:
    """Raise ShapeError unless there is one bias per output of the weight, or no bias at all."""
    if b is not None and tuple(b.shape) != (w.shape[0],):
        raise ShapeError(
            f"bias has shape {tuple(b.shape)}, but weight {tuple(w.shape)} needs ({w.shape[0]},)"
        )


class Affine(Function):
    """Every output a weighted sum of every input, plus a bias: the fully connected layer.

    Forward   y = x @ w.T + b
    Backward  dx = dy @ w
              dw = dy.T @ x
              db = sum of dy over the batch
    Shapes    x: (N, D), w: (M, D), b: (M,) or absent -> y: (N, M)
    Keeps     x, w
    Raises    ShapeError when x is not (N, D) with the D of w, or b not (M,)
    Source    Rumelhart, Hinton and Williams 1986; w has PyTorch's orientation (outputs first)
    """

    def check(self, x: Array, w: Array, b: Array | None) -> None:
        """Raise ShapeError unless x is a batch of rows with the features of w, and b fits w."""
        if w.ndim != 2:
            raise ShapeError(f"weight has shape {tuple(w.shape)}, but (M, D) is needed")
        if x.ndim != 2 or x.shape[1] != w.shape[1]:
            advice = " (flatten it first)" if x.ndim > 2 else ""
            raise ShapeError(
                f"x has shape {tuple(x.shape)}{advice}, but weight {tuple(w.shape)} "
                f"needs (N, {w.shape[1]})"
            )
        check_bias(w, b)

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        self.x, self.w = x, w
        y = x @ w.T
        return y if b is None else y + b

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        dx = dy @ self.w if self.needs[0] else None
        dw = dy.T @ self.x if self.needs[1] else None
        if len(self.needs) == 2:
            return dx, dw
        return dx, dw, xp.sum(dy, axis=0)


def matmul(a: Any, b: Any) -> Tensor:
    """a @ b; see MatMul."""
    return MatMul()(a, b)


def affine(x: Any, w: Any, b: Any = None) -> Tensor:
    """x @ w.T + b; see Affine."""
    return Affine()(x, w) if b is None else Affine()(x, w, b)
