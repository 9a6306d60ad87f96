"""The losses a Trainer knows by name."""

from collections.abc import Callable, Mapping
from typing import Any

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.tape import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]
"""(scores, labels) -> one number."""


def cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Softmax cross entropy; the labels are the Trainer's, which has checked them once for all."""
    return ops.SoftmaxCrossEntropy()(scores, labels)


def hinge(scores: Tensor, labels: Tensor) -> Tensor:
    """The multiclass SVM loss: the mean over the batch of sums over the wrong classes."""
    return ops.mean(ops.MultiClassHinge()(scores, labels))


def squared_hinge(scores: Tensor, labels: Tensor) -> Tensor:
    """The multiclass SVM loss with each term squared."""
    return ops.mean(ops.MultiClassHinge(power=2)(scores, labels))


LOSSES: Mapping[str, Loss] = {
    "cross_entropy": cross_entropy,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
}


def loss_named(loss: str | Loss) -> Loss:
    """The loss behind a name; a function is its own.

    Raises    UsageError for a name that is none
    """
    known: Mapping[Any, Loss] = LOSSES
    if callable(loss):
        return loss
    if loss not in known:
        raise UsageError(f"loss {loss!r} is not one of {', '.join(known)}, nor a function")
    return known[loss]
