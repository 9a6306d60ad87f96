"""The losses a Trainer knows by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import ops
from chainrule.backends import Array
from chainrule.errors import UsageError
from chainrule.ops.loss.targets import target_rows
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


def bce_on_softmax(scores: Tensor, labels: Tensor) -> Tensor:
    """The mean binary cross entropy of every class's probability, as the second deck trains.

    It asks of each class by itself whether it is the right one, though softmax has made the
    probabilities depend on each other: it works, slowly. cross_entropy is the likelihood.
    """
    rows = target_rows(scores.backend.xp, scores.data, labels.data)
    return ops.mean(ops.BinaryCrossEntropy()(ops.softmax(scores), Tensor(rows)))


@dataclass(frozen=True, eq=False)
class HelpedCrossEntropy:
    """Softmax cross entropy that asks for less than certainty, and counts rare classes more.

        q = one_hot(label) * (1 - label_smoothing) + label_smoothing / K
        loss = mean over the batch of -weight[label] * sum(q * log(softmax(scores)))

    label_smoothing  the share of certainty that goes to all classes alike, in [0, 1)
    class_weights    (K,) how much an image of each class counts, of the scores' backend; None: 1.
                     An image of several classes counts by its shares of them
    """

    label_smoothing: float = 0.0
    class_weights: Array | None = None

    def __call__(self, scores: Tensor, labels: Tensor) -> Tensor:
        if self.class_weights is None:
            return ops.SoftmaxCrossEntropy(self.label_smoothing)(scores, labels)
        xp = scores.backend.xp
        rows = target_rows(xp, scores.data, labels.data)
        weight = xp.vecdot(rows, xp.astype(self.class_weights, rows.dtype))
        q = rows * (1 - self.label_smoothing) + self.label_smoothing / rows.shape[1]
        return ops.SoftmaxCrossEntropy()(scores, Tensor(xp.expand_dims(weight, axis=1) * q))


def measured_by(loss: Loss) -> Loss:
    """What tells how good a model is that learns by this loss: the same, without its help."""
    return cross_entropy if isinstance(loss, HelpedCrossEntropy) else loss


def watched_by(loss: Loss) -> Loss:
    """What to watch on validation images while a model learns by this loss: all images alike.

    Certainty stays unwanted here: a model that learns not to be certain would seem to get worse.
    """
    return (
        HelpedCrossEntropy(loss.label_smoothing) if isinstance(loss, HelpedCrossEntropy) else loss
    )


def class_weights(counts: Sequence[int], balance: float) -> NDArray[np.float32]:
    """(K,) how much an image of each class counts, so that the mean over all images is 1.

        weight[k] = c / count[k]**balance

    counts: (K,) images of each class; balance: 0 counts all images alike, 1 all classes, 0.5 is
    half-way. A class without images counts nothing.
    """
    images = np.asarray(counts, np.float64)
    weights = np.where(images > 0, np.maximum(images, 1) ** -balance, 0)
    return np.asarray(weights * images.sum() / (weights @ images), np.float32)


LOSSES: Mapping[str, Loss] = {
    "cross_entropy": cross_entropy,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "bce_on_softmax": bce_on_softmax,
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
