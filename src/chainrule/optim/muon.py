"""Muon: steps for matrices that push equally in every direction the gradient points."""

import math

from chainrule.backends import Array, Namespace
from chainrule.optim.adam import AdamW
from chainrule.optim.decay import DecoupledDecay
from chainrule.optim.optimizer import Optimizer
from chainrule.tape import Tensor

A, B, C = 3.4445, -4.7750, 2.0315
"""Jordan's coefficients: a x + b x**3 + c x**5, iterated, lifts 0..1 to about 0.7..1.2 fastest."""


class Muon(DecoupledDecay):
    """Momentum made orthogonal: of its singular value decomposition U S V^T, step along U V^T.

    Rule      w = w * (1 - lr * weight_decay)
              v = momentum * v + dw
              g = dw + momentum * v                            or v, without nesterov
              w = w - lr * sqrt(max(1, rows / columns)) * orthogonalised(g)
              A convolution's (F, C, KH, KW) is a matrix of F rows.
    others: the rule for tensors of fewer than two axes, such as biases; the source's AdamW unless
    given. The source lets the last layer and embeddings learn by it, too: put them in a Group.
    iterations: of Newton and Schulz
    Keeps     v; and what others keeps
    Raises    UsageError for momentum outside [0, 1), nesterov without it, iterations below 1
    Source    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
    """

    keeps = ("v",)

    def __init__(
        self,
        *,
        lr: float = 0.02,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.0,
        iterations: int = 5,
        others: Optimizer | None = None,
    ) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
        self.require("momentum", momentum, 0 <= momentum < 1, "in [0, 1)")
        self.require("nesterov", nesterov, momentum > 0 or not nesterov, "False without momentum")
        self.require("iterations", iterations, iterations >= 1, "1 or more")
        self.momentum = float(momentum)
        self.nesterov = nesterov
        self.iterations = iterations
        self.others = others or AdamW(lr=3e-4, betas=(0.9, 0.95), weight_decay=0.01)

    def shares(self, tensors: list[Tensor]) -> list[tuple[Optimizer, list[Tensor]]]:
        """Matrices and convolutions learn by this rule, the others by the other."""
        return [
            (self, [tensor for tensor in tensors if tensor.ndim >= 2]),
            (self.others.renewed(), [tensor for tensor in tensors if tensor.ndim < 2]),
        ]

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        v = state["v"] = self.momentum * state["v"] + dw
        g = dw + self.momentum * v if self.nesterov else v
        g = xp.reshape(g, (g.shape[0], -1))
        rows, columns = g.shape
        step = math.sqrt(max(1, rows / columns)) * orthogonalised(xp, g, self.iterations)
        rate = xp.astype(self.rate, w.dtype)
        return self.shrunk(xp, w) - rate * xp.reshape(step, w.shape)


def orthogonalised(xp: Namespace, g: Array, iterations: int = 5) -> Array:
    """A matrix with its singular vectors, and singular values near 1 (0.7 to 1.2, by 5 iterations).

    Newton and Schulz's iteration: x = p x with p = a + b (x x^T) + c (x x^T)^2 applies the
    polynomial to every singular value, without finding one. As the next x x^T is p (x x^T) p, all
    iterations can be done on these small squares, and x is multiplied by the product of the p once.
    """
    tall = g.shape[0] > g.shape[1]
    x = xp.matrix_transpose(g) if tall else g  # x x^T is then the smaller product
    x = x / (xp.sqrt(xp.sum(x * x)) + 1e-7)  # no singular value is larger than this length
    square = xp.matmul(x, xp.matrix_transpose(x))
    one = xp.eye(square.shape[0], dtype=x.dtype, device=x.device)
    product = one
    for _ in range(iterations):
        p = A * one + B * square + C * xp.matmul(square, square)
        product = xp.matmul(p, product)
        square = xp.matmul(xp.matmul(p, square), p)
    x = xp.matmul(product, x)
    return xp.matrix_transpose(x) if tall else x
