"""Logistic regression: yes or no, and how sure; for several classes, one such question for each."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule import ops
from chainrule.classical.linear import Linear
from chainrule.classical.rows import one_hot
from chainrule.data import Labels
from chainrule.tape import Tensor


def cost(scores: Tensor, y: Tensor) -> Tensor:
    """Cross entropy of yes or no: minus the logarithm of the likelihood, Bernoulli's.

    Forward   H = 1 / (1 + exp(-scores))
              cost = -sum(y * log(H) + (1 - y) * log(1 - H))
    Backward  dscores = H - y,  so with scores = w * x + b
              dw = -sum((y - H) * x),  db = -sum(y - H)           as the fifth deck derives them
    Source    Cox 1958; ln, not log10
    """
    return ops.SigmoidCrossEntropy()(scores, y).sum()


def cost_as_printed(scores: Tensor, y: Tensor) -> Tensor:
    """The fifth deck's formula, with its slip: (1 - log(H)) where log(1 - H) belongs.

    Forward   cost = -sum(y * log(H) + (1 - y) * (1 - log(H)))
    Source    the fifth deck

    It has no minimum: an example with y = 0 costs log(H) - 1, the less the surer a no; so far so
    good, but without an end, and descent runs off to minus infinity. Kept to show just that.
    """
    log_H = -ops.softplus(-scores)
    return -(y * log_H + (1.0 - y) * (1.0 - log_H)).sum()


class LogisticRegression(Linear):
    """Each class against all others: K logistic regressions side by side.

    Forward   p = sigmoid(x @ weight.T + bias)
    Loss      L = mean of sum over k of -log(p[n, k] if k = label[n] else 1 - p[n, k]); see cost
    Gradient  dscores = (sigmoid(scores) - one_hot(labels)) / N

    Not the same as softmax, whatever the fifth deck says: K answers of yes or no that are then
    scaled to sum to 1 are other numbers than softmax's, and other weights are learned.

    Source    Cox 1958
    """

    def loss(self, scores: Tensor, labels: Labels) -> Tensor:
        y = one_hot(labels, self.classes).astype(np.float32)
        return cost(scores, Tensor(y)) * (1 / len(labels))

    def probabilities(self, images: ArrayLike) -> NDArray[np.floating[Any]]:
        """(N, K) how likely each class's yes is; with more than two, rows need not sum to 1.

        Raises    as scores does
        """
        return np.asarray(ops.sigmoid(self.scores(images)).numpy())
