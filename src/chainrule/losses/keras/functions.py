"""Keras's loss functions: targets first, and one loss per example, the mean over the last axis."""

import math
from typing import Any

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.losses.inputs import check_share, check_within, given, predicted
from chainrule.ops.shape import check_axis
from chainrule.tape import Function, Tensor

LOGITS = ": scores need from_logits=True"


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean squared error: what is twice as far off counts four times; see ops.SquaredError.

    Forward   y = mean of (y_true - y_pred)**2
    """
    return _by_values(ops.SquaredError(), y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean size of the errors; see ops.AbsoluteError.

    Forward   y = mean of |y_true - y_pred|
    """
    return _by_values(ops.AbsoluteError(), y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean size of the errors in percent of the targets; see ops.AbsolutePercentageError.

    Forward   y = mean of 100 * |y_true - y_pred| / |y_true|
    """
    return _by_values(ops.AbsolutePercentageError(), y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean squared error of logarithms: ratios count; see ops.SquaredLogarithmicError.

    Forward   y = mean of (log(1 + y_true) - log(1 + y_pred))**2
    """
    return _by_values(ops.SquaredLogarithmicError(), y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Squared for errors up to delta, straight beyond; see ops.Huber.

    Forward   d = y_pred - y_true
              y = mean of d**2 / 2 where |d| <= delta, else delta * (|d| - delta / 2)
    """
    return _by_values(ops.Huber(delta), y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """Nearly squared for small errors, nearly straight for large ones; see ops.LogCosh.

    Forward   y = mean of log(cosh(y_pred - y_true))
    """
    return _by_values(ops.LogCosh(), y_true, y_pred)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between targets and predictions; see ops.CosineSimilarity.

    Forward   y = -sum along the axis of y_true / |y_true| * y_pred / |y_pred|
    """
    t, x = _one_rank(*_pair(y_true, y_pred))
    return _by_rows(ops.CosineSimilarity(), _last(t, axis), _last(x, axis))


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The margin of two classes; y_true is -1 or 1, or 0 or 1; see ops.Hinge.

    Forward   y = mean of max(0, 1 - y_true * y_pred)
    """
    return _by_values(ops.Hinge(), _signs("hinge", y_true, y_pred), y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The margin of two classes, squared; y_true is -1 or 1, or 0 or 1; see ops.Hinge.

    Forward   y = mean of max(0, 1 - y_true * y_pred)**2
    """
    return _by_values(ops.Hinge(power=2), _signs("squared_hinge", y_true, y_pred), y_pred)


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """By how much the worst wrong score comes too close to the right one; see ops.CategoricalHinge.

    Forward   y = max(0, 1 + max((1 - y_true) * y_pred) - sum(y_true * y_pred))           row by row

    Raises    UsageError for y_true outside [0, 1]
    """
    t, x = _pair(y_true, y_pred)
    check_within("categorical_hinge", "values of y_true", t, 0, 1)
    return _by_rows(ops.CategoricalHinge(), t, x)


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """What it costs to believe in y_pred where y_true is the truth; see ops.KLDivergence.

    Forward   y = sum of y_true * log(y_true / y_pred)

    Raises    UsageError for what is no probability
    """
    t, x = _pair(y_true, y_pred)
    check_within("kl_divergence", "values of y_true", t, 0, 1)
    check_within("kl_divergence", "values of y_pred", x, 0, 1)
    return _by_rows(ops.KLDivergence(), t, x)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """How surprised a rate y_pred is by y_true events; see ops.PoissonNLL.

    Forward   y = mean of (y_pred - y_true * log(y_pred))

    Raises    UsageError for a negative rate
    """
    x = predicted(y_pred)
    check_within("poisson", "rates in y_pred", x, 0, math.inf)
    return _by_values(ops.PoissonNLL(), y_true, x)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """How surprised the model is by each yes or no.

    Forward   y = mean of (-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred))

    from_logits: y_pred are scores; see ops.SigmoidCrossEntropy, otherwise ops.BinaryCrossEntropy
    label_smoothing: the share of each target that becomes 1/2

    Raises    UsageError for what is no probability
    """
    who = "binary_crossentropy"
    check_share(who, label_smoothing=label_smoothing)
    t, x = _one_rank(*_pair(y_true, y_pred))
    check_within(who, "values of y_true", t, 0, 1)
    if not from_logits:
        check_within(who, "values of y_pred", x, 0, 1, LOGITS)
    if label_smoothing:
        t = predicted(t, x) * (1 - label_smoothing) + label_smoothing / 2
    rule = ops.SigmoidCrossEntropy() if from_logits else ops.BinaryCrossEntropy()
    return ops.mean(rule(x, t), axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """How surprised the model is by the right classes; y_true has rows such as one-hot ones.

    Forward   y = -sum of y_true * log(y_pred)
    from_logits: y_pred are scores; see ops.SoftmaxCrossEntropy. Otherwise they are divided by their
    sum, and go to ops.CategoricalCrossEntropy
    label_smoothing: the share of each target that is spread over all classes
    axis: where the classes are

    Raises    UsageError for what is no probability; ShapeError when the shapes differ
    """
    who = "categorical_crossentropy"
    check_share(who, label_smoothing=label_smoothing)
    t, x = _pair(y_true, y_pred)
    if t.shape != x.shape:
        raise ShapeError(
            f"{who}: y_true has shape {t.shape}, but rows of y_pred's shape {x.shape} are needed; "
            "labels go to sparse_categorical_crossentropy"
        )
    check_within(who, "values of y_true", t, 0, 1)
    t, x = _last(t, axis), _last(x, axis)
    if from_logits:
        return _by_rows(ops.SoftmaxCrossEntropy(label_smoothing, "none"), t, x)
    if label_smoothing:
        t = predicted(t, x) * (1 - label_smoothing) + label_smoothing / x.shape[-1]
    return _by_rows(ops.CategoricalCrossEntropy(), t, _shares(who, x))


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """categorical_crossentropy with labels for rows: y_true has y_pred's shape without the axis.

    Forward   y[n] = -log(y_pred[n, y_true[n]])
    from_logits: y_pred are scores; see ops.SoftmaxCrossEntropy
    ignore_class: examples with this label lose nothing

    Raises    UsageError for a label outside 0..K-1, or what is no probability; ShapeError when the
              shapes do not fit
    """
    who = "sparse_categorical_crossentropy"
    t, x = _pair(y_true, y_pred)
    x = _last(x, axis)
    if t.shape not in (x.shape[:-1], (*x.shape[:-1], 1)):
        raise ShapeError(
            f"{who}: y_true has shape {t.shape}, but labels of shape {x.shape[:-1]} are needed"
        )
    kept = kept_examples(t, ignore_class)
    xp = t.backend.xp
    labels = Tensor(xp.reshape(xp.where(kept, t.data, 0), (-1,)))
    ops.check_labels(labels.numpy(), x.shape[-1])
    rows = (x if from_logits else _shares(who, x)).reshape(-1, x.shape[-1])
    rule = ops.SoftmaxCrossEntropy(reduction="none") if from_logits else None
    losses = (rule or ops.CategoricalCrossEntropy())(rows, labels).reshape(*x.shape[:-1])
    if ignore_class is None:
        return losses
    return losses * Tensor(xp.astype(xp.reshape(kept, losses.shape), losses.dtype))


def kept_examples(y_true: Tensor, ignore_class: int | None) -> Any:
    """Which labels count: an array of booleans."""
    xp = y_true.backend.xp
    if ignore_class is None:
        return xp.ones_like(y_true.data, dtype=xp.bool)
    return y_true.data != ignore_class


def _pair(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    x = predicted(y_pred)
    return given(y_true, x), x


def _one_rank(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Both without a last axis of size 1 that only one has; with it, where the other is (N,)."""
    longer, shorter = (t, x) if t.ndim > x.ndim else (x, t)
    if longer.shape != (*shorter.shape, 1):
        return t, x
    shape = longer.shape if shorter.ndim == 1 else shorter.shape
    return t.reshape(*shape), x.reshape(*shape)


def _last(x: Tensor, axis: int) -> Tensor:
    """The same values with an axis moved to the end."""
    check_axis(x.shape, axis)
    if axis in (-1, x.ndim - 1):
        return x
    return x.transpose(*(i for i in range(x.ndim) if i != axis % x.ndim), axis % x.ndim)


def _by_values(rule: Function, y_true: Any, y_pred: Any) -> Tensor:
    """A rule that compares value with value, and the mean along the last axis."""
    t, x = _one_rank(*_pair(y_true, y_pred))
    return ops.mean(rule(x, t), -1)


def _by_rows(rule: Function, t: Tensor, x: Tensor) -> Tensor:
    """A rule that compares rows along the last axis."""
    if t.shape != x.shape:
        return rule(x, t)  # refused there, with both shapes
    K = x.shape[-1]
    return rule(x.reshape(-1, K), t.reshape(-1, K)).reshape(*x.shape[:-1])


def _shares(who: str, x: Tensor) -> Tensor:
    """Probabilities divided by their sum along the last axis."""
    check_within(who, "values of y_pred", x, 0, 1, LOGITS)
    total = ops.sum(x, axis=-1, keepdims=True)
    if (total.numpy() == 0).any():
        raise UsageError(f"{who}: a row of y_pred is 0 throughout: probabilities are 1 in sum")
    return x / total


def _signs(who: str, y_true: Any, y_pred: Any) -> Tensor:
    """Targets for a hinge: where all are 0 or 1, the zeros become -1."""
    t = given(y_true, predicted(y_pred))
    check_within(who, "values of y_true", t, -1, 1)
    values = t.numpy()
    binary = ((values == 0) | (values == 1)).all()
    return predicted(t) * 2 - 1 if binary else t
