"""How surprised a model is by the right class: minus the logarithm of its probability."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import UsageError
from chainrule.ops.loss.targets import check_labels, matching_rows, target_rows
from chainrule.tape import Function, Tensor, as_tensor


def weighted_sum(xp: Namespace, q: Array, a: Array) -> Array:
    """The sum over k of q * a, where 0 * a counts 0, also where a is infinite."""
    return xp.vecdot(q, xp.where(xp.equal(q, 0), 0, a))


class SoftmaxCrossEntropy(Function):
    """How surprised the model is by the right classes: softmax and -log in one stable piece.

    Forward   p = softmax(x)                                max(x) is subtracted first
              q = one_hot(t) * (1 - label_smoothing) + label_smoothing / K
              y = mean over the batch of -sum(q * log(p))   the log from x directly: no log(0);
                                                            0 * log(p) counts 0, also for x = -inf
    Backward  dx = dy * (p * sum(q) - q) / N                sum(q) is 1, unless t is odd
              With reduction "sum" or "none" nothing is divided by N.
    Shapes    x: (N, K) scores, t: (N,) class numbers, or (N, K) probabilities -> y: (), or (N,)
              with reduction "none"
    Keeps     p, q
    Raises    ShapeError when x and t do not fit, or the batch is empty; UsageError for a reduction
              or a label_smoothing that is none
    Source    Bishop 2006, equation 4.108; its gradient, equation 4.109; label smoothing in Szegedy
              et al. 2015, arXiv 1512.00567, section 7
    """

    def __init__(self, label_smoothing: float = 0.0, reduction: str = "mean") -> None:
        if not 0 <= label_smoothing <= 1:
            raise UsageError(
                f"cross entropy: label_smoothing is {label_smoothing}, but a share in [0, 1] is "
                "needed"
            )
        if reduction not in ("mean", "sum", "none"):
            raise UsageError(
                f'cross entropy: reduction is {reduction!r}, but "mean", "sum" or "none" is needed'
            )
        self.label_smoothing = float(label_smoothing)
        self.reduction = reduction

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        q = target_rows(xp, x, t)
        N, K = x.shape
        if self.label_smoothing:
            q = q * (1 - self.label_smoothing) + self.label_smoothing / K
        z = x - xp.max(x, axis=1, keepdims=True)
        e = xp.exp(z)
        total = xp.sum(e, axis=1, keepdims=True)
        self.p, self.q = e / total, q
        self.q_sum = 1 if t.ndim == 1 else xp.sum(q, axis=1, keepdims=True)
        self.n = N if self.reduction == "mean" else 1
        y = weighted_sum(xp, q, xp.log(total) - z)
        return y if self.reduction == "none" else xp.sum(y) / self.n

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        dx = (self.p * self.q_sum - self.q) * (xp.reshape(dy, (-1, 1)) / self.n)
        return dx, None


class CategoricalCrossEntropy(Function):
    """Cross entropy from probabilities, for a model that ends in a softmax of its own.

    Forward   p = clip(x, epsilon, 1 - epsilon)             so that log(0) never happens
              y[n] = -sum over k of one_hot(t) * log(p)
    Backward  dx = -dy * one_hot(t) / p where x was not clipped, else 0
    Shapes    x: (N, K) probabilities, t: (N,) class numbers, or (N, K) probabilities -> y: (N,)
    Keeps     p, one_hot(t), where x was not clipped
    Raises    ShapeError when x and t do not fit, or the batch is empty
    Source    Bishop 2006, equation 4.108; clipped as Keras does, by 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.target = target_rows(xp, x, t)
        self.p = xp.clip(x, self.epsilon, 1 - self.epsilon)
        self.inside = xp.astype(xp.equal(self.p, x), x.dtype)
        return -xp.vecdot(self.target, xp.log(self.p))

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return -xp.expand_dims(dy, axis=1) * self.target / self.p * self.inside, None


class NegativeLogLikelihood(Function):
    """Cross entropy from logarithms of probabilities, for a model that ends in a log-softmax.

    Forward   y[n] = -sum over k of one_hot(t) * x          0 * x counts 0, also where x is -inf
    Backward  dx = -dy * one_hot(t)
    Shapes    x: (N, K) logarithms, t: (N,) class numbers, or (N, K) probabilities -> y: (N,)
    Keeps     one_hot(t)
    Raises    ShapeError when x and t do not fit, or the batch is empty
    Source    Bishop 2006, equation 4.108
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.target = target_rows(xp, x, t)
        return -weighted_sum(xp, self.target, x)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return -xp.expand_dims(dy, axis=1) * self.target, None


class KLDivergence(Function):
    """What it costs to believe in the distribution x where t is the true one.

    Forward   p = clip(x, epsilon, 1), q = clip(t, epsilon, 1)
              y[n] = sum over k of q * log(q / p)           cross entropy less the entropy of q
    Backward  dx = -dy * q / p where x was not clipped, else 0
    Shapes    x, t: (N, K) probabilities -> y: (N,)
    Keeps     p, q, where x was not clipped
    Raises    ShapeError when x and t are not of one shape (N, K), or the batch is empty
    Source    Kullback and Leibler 1951; clipped as Keras does, by 1e-7
    """

    def __init__(self, epsilon: float = 1e-7) -> None:
        self.epsilon = float(epsilon)

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.q = xp.clip(matching_rows(xp, x, t), self.epsilon, 1.0)
        self.p = xp.clip(x, self.epsilon, 1.0)
        self.inside = xp.astype(xp.equal(self.p, x), x.dtype)
        return xp.vecdot(self.q, xp.log(self.q / self.p))

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return -xp.expand_dims(dy, axis=1) * self.q / self.p * self.inside, None


def softmax_cross_entropy(
    x: Any, t: Any, *, label_smoothing: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """Mean surprise over the right classes, from scores; see SoftmaxCrossEntropy.

    Raises    UsageError for a class number outside 0..K-1
    """
    x, t = as_tensor(x), as_tensor(t)
    if x.ndim == 2 and t.ndim == 1:
        check_labels(t.numpy(), x.shape[1])
    return SoftmaxCrossEntropy(label_smoothing, reduction)(x, t)
