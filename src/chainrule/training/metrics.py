"""How good predictions are: counted, not estimated."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model made of a set of labelled images.

    loss           the mean loss per image
    labels         (N,) the right classes
    probabilities  (N, K) what the model gave each class
    """

    loss: float
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    @property
    def images(self) -> int:
        """How many images were looked at."""
        return len(self.labels)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """(N,) the likeliest class of each image; the lower number of equals."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def right(self) -> int:
        """How many images' likeliest class is the right one."""
        return int(np.count_nonzero(self.predicted == self.labels))

    @property
    def accuracy(self) -> float:
        """The share of images whose likeliest class is the right one."""
        return self.right / self.images if self.images else math.nan

    def confusion(self) -> NDArray[np.int64]:
        """(K, K) counts: row the right class, column the predicted one."""
        K = self.probabilities.shape[1]
        cells = self.labels * K + self.predicted
        return np.bincount(cells, minlength=K * K).reshape(K, K)

    def surest_mistakes(self, most: int) -> NDArray[np.int64]:
        """Positions of the wrong predictions the model was surest of, surest first."""
        wrong = np.flatnonzero(self.predicted != self.labels)
        sureness = self.probabilities[wrong].max(axis=1)
        return wrong[np.argsort(-sureness, kind="stable")][:most]

    def __repr__(self) -> str:
        return (
            f"Evaluation(accuracy={self.accuracy:.4f}, loss={self.loss:.4f}, images={self.images})"
        )
