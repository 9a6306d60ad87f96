"""What every classical model offers: fit(images, labels), scores(images), predict(images)."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.classical.rows import Rows, as_rows
from chainrule.data import Labels, Progress, as_labels
from chainrule.errors import ShapeError, UsageError


class Model:
    """A model of rows: learns from labelled images, answers with labels.

    images: (N, C, H, W) as data.Split holds them, or rows (N, D); labels: (N,) from 0
    classes: K, one more than the largest label it learned from; features: D
    dtype: of the images it learned from; uint8 are pixels in 0..255, which may come as other whole
    numbers, or as floats in 0..1, later on

    A new model is a subclass with learn and score. A model whose scores can honestly be read as
    probabilities has a method probabilities(images) as well.
    """

    classes = 0
    features = 0
    dtype: np.dtype[Any] = np.dtype(np.uint8)

    def fit(
        self, images: ArrayLike, labels: ArrayLike, *, progress: Progress | None = None
    ) -> Self:
        """Learn from labelled images; what was learned before is forgotten.

        progress: called as progress(done, total) while it takes time

        Raises    UsageError, ShapeError or DataError for what cannot be learned from
        """
        images = np.asarray(images)
        rows, targets = as_rows(images), as_labels(labels)
        if len(rows) != len(targets):
            raise ShapeError(f"{len(rows):,} images came with {len(targets):,} labels")
        if (targets == targets[:1]).all():
            raise UsageError(
                f"all labels are {targets[0]}, but telling apart takes two classes or more"
                if len(targets)
                else "there are no images to learn from"
            )
        self.classes, self.features = int(targets.max()) + 1, rows.shape[1]
        self.dtype = images.dtype
        self.learn(rows, targets, progress)
        return self

    def scores(
        self, images: ArrayLike, *, progress: Progress | None = None
    ) -> NDArray[np.floating[Any]]:
        """(N, K): the larger, the more the image looks like that class.

        Raises    UsageError before fit; ShapeError for images of another size
        """
        return self.score(self.rows_of(images), progress)

    def predict(self, images: ArrayLike, *, progress: Progress | None = None) -> Labels:
        """(N,) the label of the highest score; the lower label of equals.

        Raises    as scores does
        """
        return self.decide(self.rows_of(images), progress)

    def rows_of(self, images: ArrayLike) -> Rows:
        """Images as rows, checked against those that were learned from."""
        if not self.features:
            raise UsageError(f"this {type(self).__name__} has learned nothing yet: call fit first")
        rows = as_rows(images, self.dtype)
        if rows.shape[1] != self.features:
            raise ShapeError(
                f"images have {rows.shape[1]} values each, but this {type(self).__name__} "
                f"learned from images of {self.features}"
            )
        return rows

    def learn(self, rows: Rows, labels: Labels, progress: Progress | None) -> None:
        """Learn from rows whose labels are below self.classes."""
        raise NotImplementedError

    def score(self, rows: Rows, progress: Progress | None) -> NDArray[np.floating[Any]]:
        """(N, K) from rows (N, D)."""
        raise NotImplementedError

    def decide(self, rows: Rows, progress: Progress | None) -> Labels:
        """(N,) labels from rows (N, D)."""
        return np.asarray(self.score(rows, progress).argmax(axis=1), np.int64)
