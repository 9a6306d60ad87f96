"""Keras's loss classes: settings first, then (y_true, y_pred, sample_weight) into one number."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.losses.inputs import check_share, given, predicted
from chainrule.losses.keras import functions
from chainrule.losses.keras.functions import kept_examples
from chainrule.tape import Tensor

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)
MEANS = ("sum_over_batch_size", "mean")
"""Both divide by the number of losses, whatever the weights."""


class KerasLoss:
    """A loss function of Keras with its settings, weights and a reduction.

    reduction: "sum_over_batch_size" or "mean" divide the sum by the number of losses;
    "mean_with_sample_weight" by the sum of the weights, 0 where that is 0; "sum"; "none" or None
    """

    function: ClassVar[Callable[..., Tensor]]
    reduction: str | None

    def __post_init__(self) -> None:
        if self.reduction not in REDUCTIONS:
            known = ", ".join(map(repr, REDUCTIONS))
            raise UsageError(
                f"{type(self).__name__}: reduction is {self.reduction!r}, but one of {known} "
                "is needed"
            )

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        settings = {k: v for k, v in vars(self).items() if k not in ("reduction", "name")}
        losses = type(self).function(y_true, y_pred, **settings)
        weight = None if sample_weight is None else predicted(sample_weight, losses)
        return self.reduced(losses, weight)

    def reduced(self, losses: Tensor, weight: Tensor | None) -> Tensor:
        """The losses times their weights, as one number."""
        if weight is not None:
            losses = losses * _fitting(weight, losses)
        if self.reduction in ("none", None):
            return losses
        if self.reduction == "sum":
            return ops.sum(losses)
        if self.reduction in MEANS or weight is None:
            return ops.mean(losses)
        total = ops.sum(weight)
        nothing = ops.equal(total, 0)
        return ops.where(nothing, 0.0, ops.sum(losses) / ops.where(nothing, 1.0, total))


def _fitting(weight: Tensor, losses: Tensor) -> Tensor:
    """Weights of as many axes as the losses: one each, or one for all along the last axis."""
    if weight.shape in ((), losses.shape):
        return weight
    if weight.shape == (*losses.shape, 1):
        return weight.reshape(*losses.shape)
    if weight.shape == losses.shape[:-1]:
        return weight.reshape(*weight.shape, 1)
    raise ShapeError(
        f"sample_weight has shape {weight.shape}, but the losses have {losses.shape}: "
        "one weight for each is needed"
    )


@dataclass(frozen=True)
class MeanSquaredError(KerasLoss):
    """mean_squared_error, reduced."""

    function = staticmethod(functions.mean_squared_error)
    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_squared_error"


@dataclass(frozen=True)
class MeanAbsoluteError(KerasLoss):
    """mean_absolute_error, reduced."""

    function = staticmethod(functions.mean_absolute_error)
    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_absolute_error"


@dataclass(frozen=True)
class MeanAbsolutePercentageError(KerasLoss):
    """mean_absolute_percentage_error, reduced."""

    function = staticmethod(functions.mean_absolute_percentage_error)
    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_absolute_percentage_error"


@dataclass(frozen=True)
class MeanSquaredLogarithmicError(KerasLoss):
    """mean_squared_logarithmic_error, reduced."""

    function = staticmethod(functions.mean_squared_logarithmic_error)
    reduction: str | None = "sum_over_batch_size"
    name: str = "mean_squared_logarithmic_error"


@dataclass(frozen=True)
class CosineSimilarity(KerasLoss):
    """cosine_similarity, reduced."""

    function = staticmethod(functions.cosine_similarity)
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "cosine_similarity"


@dataclass(frozen=True)
class Huber(KerasLoss):
    """huber, reduced."""

    function = staticmethod(functions.huber)
    delta: float = 1.0
    reduction: str | None = "sum_over_batch_size"
    name: str = "huber_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        ops.Huber(self.delta)


@dataclass(frozen=True)
class LogCosh(KerasLoss):
    """log_cosh, reduced."""

    function = staticmethod(functions.log_cosh)
    reduction: str | None = "sum_over_batch_size"
    name: str = "log_cosh"


@dataclass(frozen=True)
class Hinge(KerasLoss):
    """hinge, reduced."""

    function = staticmethod(functions.hinge)
    reduction: str | None = "sum_over_batch_size"
    name: str = "hinge"


@dataclass(frozen=True)
class SquaredHinge(KerasLoss):
    """squared_hinge, reduced."""

    function = staticmethod(functions.squared_hinge)
    reduction: str | None = "sum_over_batch_size"
    name: str = "squared_hinge"


@dataclass(frozen=True)
class CategoricalHinge(KerasLoss):
    """categorical_hinge, reduced."""

    function = staticmethod(functions.categorical_hinge)
    reduction: str | None = "sum_over_batch_size"
    name: str = "categorical_hinge"


@dataclass(frozen=True)
class KLDivergence(KerasLoss):
    """kl_divergence, reduced."""

    function = staticmethod(functions.kl_divergence)
    reduction: str | None = "sum_over_batch_size"
    name: str = "kl_divergence"


@dataclass(frozen=True)
class Poisson(KerasLoss):
    """poisson, reduced."""

    function = staticmethod(functions.poisson)
    reduction: str | None = "sum_over_batch_size"
    name: str = "poisson"


@dataclass(frozen=True)
class BinaryCrossentropy(KerasLoss):
    """binary_crossentropy, reduced."""

    function = staticmethod(functions.binary_crossentropy)
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "binary_crossentropy"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("BinaryCrossentropy", label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class CategoricalCrossentropy(KerasLoss):
    """categorical_crossentropy, reduced."""

    function = staticmethod(functions.categorical_crossentropy)
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "categorical_crossentropy"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("CategoricalCrossentropy", label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class SparseCategoricalCrossentropy(KerasLoss):
    """sparse_categorical_crossentropy, reduced; ignored examples are left out of means."""

    function = staticmethod(functions.sparse_categorical_crossentropy)
    from_logits: bool = False
    ignore_class: int | None = None
    reduction: str | None = "sum_over_batch_size"
    axis: int = -1
    name: str = "sparse_categorical_crossentropy"

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        if self.ignore_class is None:
            return super().__call__(y_true, y_pred, sample_weight)
        x = predicted(y_pred)
        kept = predicted(kept_examples(given(y_true, x), self.ignore_class), x)
        count = kept.numpy().sum()
        if self.reduction in MEANS and count:
            kept = kept * (kept.numpy().size / float(count))
        weight = (
            kept if sample_weight is None else kept * _fitting(predicted(sample_weight, x), kept)
        )
        return super().__call__(y_true, x, weight)
