"""The losses of the lectures, from scores or probabilities and the targets after them.

Each gives one loss per example, or per value where yes or no is asked of each, and then their mean;
reduction="sum" adds them up, and "none" leaves them.
"""

import math
from dataclasses import dataclass
from typing import Any

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.losses.base import Loss, reduced
from chainrule.losses.inputs import (
    check_share,
    check_within,
    given,
    given_labels,
    given_shares,
    predicted,
)
from chainrule.tape import Tensor

SCORES = ": a model that ends in scores needs the loss that takes scores"
LOGS = ": send scores through log_softmax first"


def hinge_sum(
    scores: Any,
    labels: Any,
    *,
    margin: float = 1.0,
    power: int = 1,
    all_j: bool = False,
    divide: str = "none",
    reduction: str = "mean",
) -> Tensor:
    """The multiclass SVM loss: by how much each wrong score comes too close to the right one.

    Forward   y[n] = sum over wrong j of max(0, margin + scores[n, j] - scores[n, labels[n]])**power
    scores (N, K), labels (N,)
    power: 2 squares each term
    all_j: let the right class take part too: adds margin**power to each loss
    divide: "others" divides by K - 1, "classes" by K, for a mean instead of the sum

    Raises    UsageError for a label outside 0..K-1; see ops.MultiClassHinge
    Source    Weston and Watkins 1999, as in CS231n
    """
    x = predicted(scores)
    rule = ops.MultiClassHinge(margin, power, all_j=all_j, divide=divide)
    return reduced("hinge_sum", rule(x, given_labels("hinge_sum", labels, x)), reduction)


def softmax_cross_entropy(
    scores: Any, targets: Any, *, label_smoothing: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """How surprised the model is by the right class, from scores.

    Forward   p = softmax(scores)
              y[n] = -log(p[n, targets[n]])           or -sum over k of targets[n, k] * log(p[n, k])
    scores (N, K), targets: labels (N,), or probabilities (N, K)
    label_smoothing: the share of each target that is spread over all classes

    Raises    UsageError for a label outside 0..K-1; see ops.SoftmaxCrossEntropy
    """
    x = predicted(scores)
    t = given_labels("softmax_cross_entropy", targets, x)
    return ops.SoftmaxCrossEntropy(label_smoothing, reduction)(x, t)


def cross_entropy(
    probabilities: Any, targets: Any, *, delta: float = 1e-7, reduction: str = "mean"
) -> Tensor:
    """How surprised the model is by the right class, as the lectures' exercise writes it.

    Forward   y = -sum over k of targets * log(probabilities + delta)
    probabilities, targets: (N, K), or (K,) for one example

    Raises    UsageError for what is no probability, or a delta not over 0; ShapeError when the
              shapes differ
    Source    Bishop 2006, equation 4.108; delta, the lectures', keeps the logarithm finite
    """
    if not delta > 0:
        raise UsageError(f"cross_entropy: delta is {delta}, but a number over 0 is needed")
    p = predicted(probabilities)
    check_within("cross_entropy", "probabilities", p, 0, 1, SCORES)
    t = given_shares("cross_entropy", targets, p)
    if t.shape != p.shape:
        raise ShapeError(
            f"cross_entropy: probabilities {p.shape} need one-hot rows of that shape, "
            f"but targets have shape {t.shape}"
        )
    surprise = ops.log(p + delta) * predicted(t, p)
    return reduced("cross_entropy", -ops.sum(surprise, axis=-1), reduction)


def sigmoid_cross_entropy(scores: Any, targets: Any, *, reduction: str = "mean") -> Tensor:
    """How surprised the model is by each yes or no, from scores; see ops.SigmoidCrossEntropy.

    Forward   p = sigmoid(scores)
              y = -targets * log(p) - (1 - targets) * log(1 - p)
    scores, targets in [0, 1]: any one shape

    Raises    UsageError for targets outside [0, 1]; ShapeError when the shapes differ
    """
    x = predicted(scores)
    t = given_shares("sigmoid_cross_entropy", targets, x)
    return reduced("sigmoid_cross_entropy", ops.SigmoidCrossEntropy()(x, t), reduction)


def binary_cross_entropy(probabilities: Any, targets: Any, *, reduction: str = "mean") -> Tensor:
    """How surprised the model is by each yes or no, from probabilities; see ops.BinaryCrossEntropy.

    Forward   y = -targets * log(probabilities) - (1 - targets) * log(1 - probabilities)
    probabilities, targets in [0, 1]: any one shape

    Raises    UsageError for what is no probability; ShapeError when the shapes differ
    """
    p = predicted(probabilities)
    check_within("binary_cross_entropy", "probabilities", p, 0, 1, SCORES)
    t = given_shares("binary_cross_entropy", targets, p)
    return reduced("binary_cross_entropy", ops.BinaryCrossEntropy()(p, t), reduction)


def negative_log_likelihood(
    log_probabilities: Any, targets: Any, *, reduction: str = "mean"
) -> Tensor:
    """Minus the log-probability of the right class: with log_softmax before, cross entropy.

    Forward   y[n] = -log_probabilities[n, targets[n]]
    log_probabilities (N, K), targets: labels (N,), or probabilities (N, K)

    Raises    UsageError for a label outside 0..K-1, or a logarithm over 0; see
              ops.NegativeLogLikelihood
    """
    x = predicted(log_probabilities)
    t = given_labels("negative_log_likelihood", targets, x)
    check_within("negative_log_likelihood", "logarithms of probabilities", x, -math.inf, 0, LOGS)
    return reduced("negative_log_likelihood", ops.NegativeLogLikelihood()(x, t), reduction)


def half_sse(predictions: Any, targets: Any, *, reduction: str = "sum") -> Tensor:
    """Half the sum of squared errors, whose slope is the error itself; see ops.SquaredError.

    Forward   y = sum of (predictions - targets)**2 / 2
    predictions, targets: any one shape; the last axis is summed for "none" and for "mean" too

    Raises    ShapeError when the shapes differ
    """
    x = predicted(predictions)
    squares = ops.SquaredError()(x, given(targets, x))
    return reduced("half_sse", ops.sum(squares, axis=-1) / 2, reduction)


@dataclass(frozen=True, kw_only=True)
class HingeSum(Loss):
    """hinge_sum with its settings."""

    function = staticmethod(hinge_sum)
    margin: float = 1.0
    power: int = 1
    all_j: bool = False
    divide: str = "none"
    reduction: str = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        ops.MultiClassHinge(self.margin, self.power, all_j=self.all_j, divide=self.divide)


@dataclass(frozen=True, kw_only=True)
class SoftmaxCrossEntropy(Loss):
    """softmax_cross_entropy with its settings."""

    function = staticmethod(softmax_cross_entropy)
    label_smoothing: float = 0.0
    reduction: str = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("SoftmaxCrossEntropy", label_smoothing=self.label_smoothing)


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """cross_entropy with its settings."""

    function = staticmethod(cross_entropy)
    delta: float = 1e-7
    reduction: str = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.delta > 0:
            raise UsageError(f"CrossEntropy: delta is {self.delta}, but a number over 0 is needed")


@dataclass(frozen=True, kw_only=True)
class SigmoidCrossEntropy(Loss):
    """sigmoid_cross_entropy with its settings."""

    function = staticmethod(sigmoid_cross_entropy)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class BinaryCrossEntropy(Loss):
    """binary_cross_entropy with its settings."""

    function = staticmethod(binary_cross_entropy)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class NegativeLogLikelihood(Loss):
    """negative_log_likelihood with its settings."""

    function = staticmethod(negative_log_likelihood)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class HalfSSE(Loss):
    """half_sse with its settings."""

    function = staticmethod(half_sse)
    reduction: str = "sum"
