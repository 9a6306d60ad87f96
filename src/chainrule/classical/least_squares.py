"""Least squares: the one learning problem with an answer in closed form, and the way down to it.

    cost(w) = sum((X @ w - y)**2) + l2 * sum(w**2)         SSE, and ridge's penalty

Where the cost is lowest its gradient is 0, which gives the normal equations:

    gradient   2 * X.T @ (X @ w - y) + 2 * l2 * w = 0
    so         (X.T @ X + l2 * I) @ w = X.T @ y
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.classical.model import Model
from chainrule.classical.rows import Rows, brightness, one_hot
from chainrule.data import Labels, Progress
from chainrule.errors import ShapeError, UsageError

Matrix = NDArray[np.float64]

PIECE = 2000
"""Images whose products are taken at once, as float64."""


def solve(X: ArrayLike, y: ArrayLike, *, l2: float = 0.0) -> Matrix:
    """The w of least cost, in closed form; of several, the shortest.

    Forward   Q, R = qr([X, y]), R = [R_x, r_y]       so X = Q @ R_x, and Q.T @ y = r_y
              w = least squares of R_x @ w = r_y              D by D, by singular values
              with l2: sqrt(l2) * I below X, and 0 below y
    Shapes    X: (N, D), y: (N,) or (N, K) -> w: (D,) or (D, K)
    Raises    ShapeError when X and y do not fit; UsageError for l2 below 0
    Source    Gauss 1809; by QR: Golub 1965. X.T @ X is never formed, for its condition number is
              that of X squared: polynomials of degree 9 would lose half of their digits
    """
    X, y = _pair(X, y)
    _check_penalty(l2)
    D = X.shape[1]
    table = np.column_stack([X, y])
    if l2:
        table = np.vstack([table, np.sqrt(l2) * np.eye(D, table.shape[1])])
    R = np.asarray(np.linalg.qr(table, mode="r"))
    w = np.asarray(np.linalg.lstsq(R[:, :D], R[:, D:], rcond=None)[0], np.float64)
    return w.reshape(D, *y.shape[1:])


def cost(X: ArrayLike, y: ArrayLike, w: ArrayLike) -> float:
    """SSE: sum((X @ w - y)**2)."""
    X, y = _pair(X, y)
    return float(np.sum((X @ np.asarray(w) - y) ** 2))


def descend(X: ArrayLike, y: ArrayLike, *, lr: float, steps: int) -> Matrix:
    """The way down to the same w by steepest descent, from w = 0: every w on it, the start first.

    Forward   w = w - lr * 2 * X.T @ (X @ w - y)           so many times
    Shapes    X: (N, D), y: (N,) -> (steps + 1, D)
    Raises    ShapeError when X and y do not fit
    Source    Cauchy 1847; the fifth deck: theta = theta - lambda * dCost/dtheta. It arrives only
              when lr is below largest_stable_step(X); above it, each step goes further astray
    """
    X, y = _pair(X, y)
    w = np.zeros(X.shape[1])
    way = [w]
    for _ in range(steps):
        w = w - lr * 2 * X.T @ (X @ w - y)
        way.append(w)
    return np.stack(way)


def largest_stable_step(X: ArrayLike) -> float:
    """The learning rate below which descend arrives: 2 / h, h the largest eigenvalue of 2 X.T @ X.

    Along the eigenvector of an eigenvalue h, a step multiplies the distance that is left by
    1 - lr * h, which shrinks it while lr * h is below 2.
    """
    h = 2 * np.linalg.norm(np.asarray(X, np.float64), ord=2) ** 2
    return float(2 / h)


def with_ones(X: ArrayLike) -> Matrix:
    """X with a column of ones before it, whose weight is the constant term."""
    X = np.asarray(X, np.float64)
    X = X[:, None] if X.ndim == 1 else X
    return np.column_stack([np.ones(len(X)), X])


class LeastSquares(Model):
    """Classes by regression: one line per class, drawn to 1 on its images and to 0 on the others.

    Forward   scores = x @ weight.T + bias
    Learning  with x and t = one_hot(labels) taken around their means, piece by piece,
                  (x.T @ x + l2 * I) @ weight.T = x.T @ t
              bias = mean(t) - weight @ mean(x)           so that the penalty never meets it
    Shapes    weight: (K, D), bias: (K,)
    Source    Legendre 1805; Gauss 1809
    l2: ridge's penalty on the weights, in squared units of brightness

    Here the normal equations are formed: on 60,000 images that is 10 times faster than solve, and
    brightness to 1 part in 255 has no digits to lose. Squares punish an image that is too clearly
    right like one that is wrong: the reason why the other linear models do better.
    """

    def __init__(self, *, l2: float = 0.0) -> None:
        _check_penalty(l2)
        self.l2 = l2

    def learn(self, rows: Rows, labels: Labels, progress: Progress | None) -> None:
        D, K = rows.shape[1], self.classes
        x_mean = np.mean(rows, axis=0, dtype=np.float64) / (255 if rows.dtype == np.uint8 else 1)
        t_mean = np.bincount(labels, minlength=K) / len(labels)
        A, B = self.l2 * np.eye(D), np.zeros((D, K))
        for start in range(0, len(rows), PIECE):
            piece = slice(start, start + PIECE)
            x = brightness(rows[piece], np.float64) - x_mean
            A += x.T @ x
            B += x.T @ (one_hot(labels[piece], K) - t_mean)
            if progress is not None:
                progress(min(start + PIECE, len(rows)), len(rows))
        # Without a penalty A may be singular: a pixel that never changes then gets the weight 0.
        w = np.linalg.solve(A, B) if self.l2 else np.linalg.pinv(A, hermitian=True) @ B
        self.weight = w.T
        self.bias = t_mean - self.weight @ x_mean

    def score(self, rows: Rows, progress: Progress | None) -> Matrix:
        return np.asarray(brightness(rows, np.float64) @ self.weight.T + self.bias)


def _check_penalty(l2: float) -> None:
    if l2 < 0:
        raise UsageError(f"least squares: l2 is {l2}, but 0 or more is needed")


def _pair(X: ArrayLike, y: ArrayLike) -> tuple[Matrix, Matrix]:
    X, y = np.asarray(X, np.float64), np.asarray(y, np.float64)
    if X.ndim != 2 or y.ndim not in (1, 2) or len(X) != len(y):
        raise ShapeError(
            f"least squares: X {X.shape} and y {y.shape} came, but (N, D) and (N,) or (N, K) "
            "are needed"
        )
    return X, y
