"""Losses: one number that says how wrong a batch of predictions is."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.arithmetic import subtract
from chainrule.tape import Function, Tensor, as_tensor


class SoftmaxCrossEntropy(Function):
    """How surprised the model is by the right classes: softmax and -log in one stable piece.

    Forward   p = softmax(x)                                max(x) is subtracted first
              y = mean over the batch of -log p[n, t[n]]    the log from x directly: no log(0)
    Backward  dx = dy * (p - one_hot(t)) / N
    Shapes    x: (N, K) scores, t: (N,) class numbers, or (N, K) probabilities -> y: ()
    Keeps     p, one_hot(t)
    Raises    ShapeError when x and t do not fit, or the batch is empty
    Source    Bishop 2006, equation 4.108; its gradient, equation 4.109
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.target = self.one_hot(xp, x, t)
        z = x - xp.max(x, axis=1, keepdims=True)
        e = xp.exp(z)
        total = xp.sum(e, axis=1, keepdims=True)
        self.p = e / total
        return xp.sum(self.target * (xp.log(total) - z)) / x.shape[0]

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        N = self.p.shape[0]
        total = xp.sum(self.target, axis=1, keepdims=True)  # 1, unless the user's targets are odd
        return dy * (self.p * total - self.target) / N, None

    def one_hot(self, xp: Namespace, x: Array, t: Array) -> Array:
        """The target as one row of probabilities per example."""
        if x.ndim != 2 or x.shape[0] == 0:
            raise ShapeError(
                f"x has shape {tuple(x.shape)}, but scores (N, K) of at least one "
                "example are needed"
            )
        N, K = x.shape
        if t.shape == (N, K):
            return xp.astype(t, x.dtype)
        if t.shape != (N,):
            raise ShapeError(
                f"x {(N, K)} needs labels ({N},) or probabilities {(N, K)}, "
                f"but t has shape {tuple(t.shape)}"
            )
        if not xp.isdtype(t.dtype, "integral"):
            raise UsageError(f"cross entropy: labels are whole numbers, but t is {t.dtype}")
        return xp.astype(t[:, None] == xp.arange(K)[None, :], x.dtype)


def check_labels(labels: Any, K: int) -> None:
    """Raise UsageError unless every label is one of the K classes.

    The rule itself does not look: reading values back in the middle of a step would break a
    compiled graph. A Trainer checks all labels once; a call by hand checks its own.
    """
    if labels.size and (int(labels.min()) < 0 or int(labels.max()) >= K):
        worst = int(labels.min()) if int(labels.min()) < 0 else int(labels.max())
        raise UsageError(
            f"label {worst} is none of the {K} classes 0 to {K - 1}: "
            "number the classes from 0, or give the model more outputs"
        )


def softmax_cross_entropy(x: Any, t: Any) -> Tensor:
    """Mean surprise over the right classes, from scores; see SoftmaxCrossEntropy.

    Raises    UsageError for a class number outside 0..K-1
    """
    x, t = as_tensor(x), as_tensor(t)
    if x.ndim == 2 and t.ndim == 1:
        check_labels(t.numpy(), x.shape[1])
    return SoftmaxCrossEntropy()(x, t)


def mean_squared_error(x: Any, t: Any) -> Tensor:
    """The mean of (x - t)**2 over every value."""
    return (subtract(x, t) ** 2).mean()
