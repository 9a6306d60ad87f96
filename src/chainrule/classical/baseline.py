"""A baseline: what a classical model makes of the same images, beside which a network has to stand.

It learns from the training part alone and is measured on the test part. It has nothing to choose
by a validation part, and so leaves that alone.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.classical.model import Model
from chainrule.classical.registry import model_named
from chainrule.data import Dataset, Labels, Progress, Split, split
from chainrule.errors import UsageError


@dataclass(frozen=True, eq=False)
class Baseline:
    """How a classical model did.

    model          what it was called in MODELS; about: what that is
    learned        the model itself, ready for use
    labels         (N,) the right classes of the test images
    predicted      (N,) what the model said
    train_images   how many it learned from
    fit_seconds, predict_seconds    what learning took, and what answering for all test images took
    """

    model: str
    about: str
    learned: Model
    labels: Labels
    predicted: Labels
    train_images: int
    fit_seconds: float
    predict_seconds: float

    @property
    def images(self) -> int:
        """How many test images it was asked about."""
        return len(self.labels)

    @property
    def right(self) -> int:
        """How many of them it recognised."""
        return int(np.sum(self.predicted == self.labels))

    @property
    def accuracy(self) -> float:
        """The share of test images it recognised."""
        return self.right / self.images

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "model": self.model,
            "about": self.about,
            "test_accuracy": self.accuracy,
            "test_right": self.right,
            "test_images": self.images,
            "train_images": self.train_images,
            "train_seconds": round(self.fit_seconds, 3),
            "predict_seconds": round(self.predict_seconds, 3),
        }

    def __repr__(self) -> str:
        return f"Baseline({self.model}: {self.accuracy:.4f} of {self.images:,} test images)"


def evaluate_baseline(
    name: str,
    dataset: Dataset,
    *,
    seed: int = 0,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Baseline:
    """Let the named model learn from the training images, and measure it on the test images.

    seed      decides what is random in the model, and which images a limit keeps
    limit     learn from so many images at most, of every class its share
    progress  called as progress(done, total), once for learning and once more for answering

    Raises    UsageError for a name that is none, or a limit below 2
    """
    entry = model_named(name)
    train = _limited(dataset.train, limit, seed)
    model = entry.make(seed)
    began = time.perf_counter()
    model.fit(train.images, train.labels, progress=progress)
    learned = time.perf_counter()
    predicted = model.predict(dataset.test.images, progress=progress)
    answered = time.perf_counter()
    return Baseline(
        name,
        entry.about,
        model,
        dataset.test.labels,
        predicted,
        len(train),
        learned - began,
        answered - learned,
    )


def _limited(train: Split, limit: int | None, seed: int) -> Split:
    if limit is not None and limit < 2:
        raise UsageError(f"limit is {limit} images, but telling apart takes 2 or more")
    if limit is None or limit >= len(train):
        return train
    return split(train, limit, seed=seed)[1]
