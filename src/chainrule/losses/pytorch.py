"""PyTorch's dialect where it differs from the lectures': the multi-margin loss divides by K."""

from dataclasses import dataclass
from typing import Any

from chainrule import ops
from chainrule.losses.base import Loss
from chainrule.losses.decks import hinge_sum
from chainrule.tape import Tensor


def multi_margin_loss(
    input: Any,  # noqa: A002  (PyTorch's name)
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """The multiclass SVM loss as a mean: by how much each score comes too close to the right one.

    Forward   y[n] = sum over wrong j of max(0, margin + input[n, j] - input[n, target[n]])**p / K

    input (N, K) scores, target (N,) labels. Of PyTorch's arguments, weight is not there.

    Raises    UsageError for a label outside 0..K-1; see ops.MultiClassHinge
    Source    Weston and Watkins 1999, divided by K as PyTorch does
    """
    return hinge_sum(input, target, margin=margin, power=p, divide="classes", reduction=reduction)


@dataclass(frozen=True)
class MultiMarginLoss(Loss):
    """multi_margin_loss with its settings."""

    function = staticmethod(multi_margin_loss)
    p: int = 1
    margin: float = 1.0
    reduction: str = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        ops.MultiClassHinge(self.margin, self.p)


__all__ = ["MultiMarginLoss", "multi_margin_loss"]
