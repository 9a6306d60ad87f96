"""Evaluator: a model in use, looking at images in batches, learning nothing."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend, using
from chainrule.data import Images, Preprocessing, Split
from chainrule.errors import UsageError
from chainrule.nn import Module, adapt
from chainrule.ops import check_labels, softmax
from chainrule.tape import Tensor, no_grad
from chainrule.training.losses import Loss, cross_entropy
from chainrule.training.metrics import Evaluation
from chainrule.training.pace import PacedStep
from chainrule.training.step import make_prediction_step
from chainrule.training.test_time import views_named

BATCH = 500
PIXELS = 2**21
"""Images looked at together, and their values: enough to be busy, few enough for the memory."""


class Evaluator:
    """Measure a model on labelled images, or ask it about others.

    preprocessing  the one the model was trained with
    loss           what to average beside the accuracy
    backend        the one that the model's parameters belong to
    test_time      a name in TEST_TIMES: of which views of an image the scores are averaged

    Raises    UsageError for a test_time that is none
    """

    def __init__(
        self,
        model: Module,
        preprocessing: Preprocessing,
        *,
        loss: Loss = cross_entropy,
        backend: Backend = NUMPY,
        test_time: str = "plain",
    ) -> None:
        self.views = views_named(test_time)
        self.model = model
        self.preprocessing = preprocessing
        self.backend = backend
        self.loss = loss
        self.prepare = preprocessing.on(backend)
        self._scores = PacedStep(make_prediction_step(model, prepare=self.prepare), backend)

    def evaluate(self, examples: Split, *, times: int = 1, loss: Loss | None = None) -> Evaluation:
        """The loss and every image's probabilities.

        times: how often as many images will be measured, this time among them
        loss: what to average this time; the evaluator's own unless given

        Raises    UsageError when there is no image, or a label outside the model's classes
        """
        if not len(examples):
            raise UsageError("there are no images to evaluate")
        self.check(examples)
        loss = loss or self.loss
        loss_sum, probabilities = 0.0, []
        with no_grad(), using(self.backend):
            for some, scores in self._answers(examples.images, times):
                labels = Tensor(self.backend.asarray(examples.labels[some]))
                loss_sum += loss(Tensor(scores), labels).item() * len(scores)
                probabilities.append(softmax(scores).numpy())
        return Evaluation(loss_sum / len(examples), examples.labels, np.concatenate(probabilities))

    def check(self, examples: Split) -> int:
        """How many classes the model tells apart.

        Raises    UsageError unless every label is one of them
        """
        self.model.eval()
        with using(self.backend):
            classes = int(self._scores.step(self._there(examples.images[:1])).shape[1])
        check_labels(examples.labels, classes)
        return classes

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """(N, K) for images (N, C, H, W), pixels as they come from files.

        Raises    UsageError when there is no image; ShapeError for another size
        """
        if not len(images):
            raise UsageError("there are no images to predict")
        with no_grad(), using(self.backend):
            parts = [softmax(scores).numpy() for _, scores in self._answers(images)]
        return np.concatenate(parts)

    def adapt(self, images: Images) -> None:
        """Let layers that start from the data look at a batch of these, taken at even distances."""
        sample = images[:: math.ceil(len(images) / _batch_size(images))]
        with using(self.backend):
            adapt(self.model, Tensor(self.prepare(self._there(sample))))

    def _answers(self, images: Images, times: int = 1) -> Iterator[tuple[slice, Array]]:
        """The model's scores, some images at a time."""
        self.model.eval()
        size = _batch_size(images)
        starts = range(0, len(images), size)
        left = times * len(starts) * len(self.views)
        for start in starts:
            some = slice(start, start + size)
            scores: Array = 0.0
            seen = np.asarray(images[some])  # decoded once, where they come from files
            for view, share in self.views.items():
                scores = scores + share * self._scores(self._there(view(seen)), left=left)
                left -= 1
            yield some, scores

    def _there(self, images: Images) -> Array:
        """Images of the model's size where the backend computes, as they are, uint8 mostly."""
        self.preprocessing.require_size(images)
        return self.backend.asarray(np.ascontiguousarray(images))


def _batch_size(images: Images) -> int:
    return max(1, min(BATCH, PIXELS // math.prod(images.shape[1:])))
