"""k nearest neighbours: nothing is learned, everything is remembered and compared with."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.classical.model import Model
from chainrule.classical.rows import Rows, brightness
from chainrule.data import Labels, Progress
from chainrule.errors import UsageError
from chainrule.kernels.threads import share, thread_count

QUERIES = 128
"""Images compared at once: one matrix product with all that is remembered, 30 MB on MNIST."""
PIECE = 500
"""Remembered rows whose absolute differences are taken at once: they stay in cache."""


class NearestNeighbours(Model):
    """The class that most of the k nearest remembered images have.

    Forward   scores[c] = how many of the k are of class c / k
    Distance  L2: sqrt(sum((a - b)**2)), as |a|**2 - 2 * a @ b + |b|**2, one matrix product
              L1: sum(|a - b|), about 10 times slower
    k         how many neighbours vote, from 1 to the number of images
    Ties      of equally near images, those remembered first are the nearer ones; of classes with
              equally many votes, the one whose nearest neighbour is nearest wins
    Source    Fix and Hodges 1951; Cover and Hart 1967
    """

    def __init__(self, k: int = 3, *, distance: str = "L2") -> None:
        if k < 1 or distance not in ("L1", "L2"):
            raise UsageError(
                f"NearestNeighbours: k {k} and distance {distance!r} came, but k from 1 and "
                "L1 or L2 are needed"
            )
        self.k = k
        self.distance = distance

    def learn(self, rows: Rows, labels: Labels, progress: Progress | None) -> None:
        if self.k > len(rows):
            raise UsageError(f"{self.k} neighbours cannot be found among {len(rows)} images")
        self.rows, self.labels = rows, labels
        self.mean = rows.mean(axis=0, dtype=np.float64)
        self.centred = (rows - self.mean).astype(np.float32)
        self.squares = np.einsum("nd,nd->n", self.centred, self.centred)

    def neighbours(
        self, images: ArrayLike, *, progress: Progress | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(N, k) positions of the nearest remembered images, nearest first, and their distances.

        uint8 pixels are compared as they are, from 0 to 255.

        Raises    UsageError before fit; ShapeError for images of another size
        """
        return self._nearest(self.rows_of(images), progress)

    def probabilities(self, images: ArrayLike) -> NDArray[np.floating[Any]]:
        """(N, K) each class's share of the k votes: coarse, but honest.

        Raises    as scores does
        """
        return self.scores(images)

    def score(self, rows: Rows, progress: Progress | None) -> NDArray[np.float64]:
        return self._votes(self._voters(rows, progress)) / self.k

    def decide(self, rows: Rows, progress: Progress | None) -> Labels:
        voters = self._voters(rows, progress)
        votes = self._votes(voters)
        wins = np.take_along_axis(votes, voters, axis=1) == votes.max(axis=1, keepdims=True)
        first = wins.argmax(axis=1)  # of the neighbours whose class wins, the nearest
        return np.asarray(voters[np.arange(len(voters)), first])

    def _voters(self, rows: Rows, progress: Progress | None) -> Labels:
        """(N, k) the labels of the neighbours, nearest first."""
        return self.labels[self._nearest(rows, progress)[0]]

    def _votes(self, voters: Labels) -> NDArray[np.int64]:
        """(N, K) how many neighbours are of each class."""
        N, K = len(voters), self.classes
        cells = np.arange(N)[:, None] * K + voters
        return np.bincount(cells.ravel(), minlength=N * K).reshape(N, K)

    def _nearest(
        self, rows: Rows, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        rows, remembered = in_units_of(self.rows, rows), self.rows
        N = len(rows)
        places, distances = np.empty((N, self.k), np.int64), np.empty((N, self.k))
        find = self._find_by_l1 if self.distance == "L1" else self._find_by_l2

        def look_up(start: int) -> None:
            block = slice(start, start + QUERIES)
            places[block], distances[block] = find(rows[block], remembered)

        turn = QUERIES * thread_count()
        for start in range(0, N, turn):
            share(look_up, range(start, min(start + turn, N), QUERIES))
            if progress is not None:
                progress(min(start + turn, N), N)
        return places, distances

    def _find_by_l2(
        self, rows: Rows, remembered: Rows
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Candidates by a float32 product, then the k nearest of them by exact differences."""
        queries = (rows - self.mean).astype(np.float32)
        near = queries @ self.centred.T
        near *= -2
        near += self.squares  # all but |query|**2, which is the same for all
        # No sum of D products in float32 is off by more than D roundings of |a| * |b|.
        D, eps = rows.shape[1], np.finfo(np.float32).eps
        reach = np.linalg.norm(queries, axis=1) + np.sqrt(self.squares.max())
        slack = 4 * (D + 8) * eps * reach**2
        places, distances = [], []
        for query, row, most in zip(rows, near, slack, strict=True):
            kth = np.partition(row, self.k - 1)[self.k - 1]
            candidates = np.flatnonzero(row <= kth + most)
            differences = remembered[candidates].astype(np.float64) - query
            exact = np.sqrt(np.einsum("nd,nd->n", differences, differences))
            order = np.argsort(exact, kind="stable")[: self.k]
            places.append(candidates[order])
            distances.append(exact[order])
        return np.stack(places), np.stack(distances)

    def _find_by_l1(
        self, rows: Rows, remembered: Rows
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        places = np.empty((len(rows), self.k), np.int64)
        distances = np.empty((len(rows), len(remembered)))
        for start in range(0, len(remembered), PIECE):
            piece = remembered[start : start + PIECE]
            for query, line in zip(rows, distances, strict=True):
                # The larger minus the smaller: uint8 has no sign to take off.
                apart = np.maximum(piece, query) - np.minimum(piece, query)
                apart.sum(axis=1, dtype=np.float64, out=line[start : start + PIECE])
        for n, line in enumerate(distances):
            kth = np.partition(line, self.k - 1)[self.k - 1]
            candidates = np.flatnonzero(line <= kth)
            places[n] = candidates[np.argsort(line[candidates], kind="stable")[: self.k]]
        return places, np.take_along_axis(distances, places, axis=1)


def in_units_of(remembered: Rows, rows: Rows) -> Rows:
    """Rows as they are; or, where one side is uint8 pixels and the other floats in 0..1, scaled."""
    if (rows.dtype == np.uint8) == (remembered.dtype == np.uint8):
        return rows
    return brightness(rows, np.float64) if rows.dtype == np.uint8 else rows * np.float64(255)
