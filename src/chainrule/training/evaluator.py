"""Evaluator: a model in use, looking at images in batches, learning nothing."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend
from chainrule.data import Images, Preprocessing, Split
from chainrule.errors import UsageError
from chainrule.nn import Module
from chainrule.ops import check_labels, softmax
from chainrule.tape import Tensor, no_grad
from chainrule.training.losses import Loss, cross_entropy
from chainrule.training.metrics import Evaluation
from chainrule.training.step import make_evaluation_step

BATCH = 500
PIXELS = 2**21
"""Images looked at together, and their values: enough to be busy, few enough for the memory."""


class Evaluator:
    """Measure a model on labelled images, or ask it about others.

    preprocessing  the one the model was trained with
    loss           what to average beside the accuracy
    """

    def __init__(
        self,
        model: Module,
        preprocessing: Preprocessing,
        *,
        loss: Loss = cross_entropy,
        backend: Backend = NUMPY,
    ) -> None:
        self.model = model
        self.preprocessing = preprocessing
        self.backend = backend
        self._step = make_evaluation_step(model, loss)

    def evaluate(self, examples: Split) -> Evaluation:
        """The loss and every image's probabilities.

        Raises    UsageError when there is no image, or a label outside the model's classes
        """
        if not len(examples):
            raise UsageError("there are no images to evaluate")
        self.check(examples)
        self.model.eval()
        loss_sum, probabilities = 0.0, []
        for some in _batches(examples.images):
            part = examples.subset(some)
            loss, scores = self._step(self._inputs(part.images), self.backend.asarray(part.labels))
            loss_sum += float(loss) * len(part)
            probabilities.append(self._probabilities(scores))
        return Evaluation(loss_sum / len(examples), examples.labels, np.concatenate(probabilities))

    def check(self, examples: Split) -> None:
        """Raise UsageError unless every label is one of the model's classes."""
        check_labels(examples.labels, self.probabilities(examples.images[:1]).shape[1])

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """(N, K) for images (N, C, H, W), pixels as they come from files.

        Raises    UsageError when there is no image; ShapeError for another size
        """
        if not len(images):
            raise UsageError("there are no images to predict")
        self.model.eval()
        with no_grad():
            parts = [
                self._probabilities(self.model(Tensor(self._inputs(images[some]))).data)
                for some in _batches(images)
            ]
        return np.concatenate(parts)

    def _inputs(self, images: Images) -> Array:
        return self.backend.asarray(self.preprocessing(images))

    def _probabilities(self, scores: Array) -> NDArray[np.float32]:
        with no_grad():
            return np.asarray(softmax(scores).numpy())


def _batches(images: Images) -> Iterator[slice]:
    """All images, some at a time."""
    size = max(1, min(BATCH, PIXELS // math.prod(images.shape[1:])))
    return (slice(start, start + size) for start in range(0, len(images), size))
