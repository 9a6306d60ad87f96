"""What a prediction is compared with: the shapes that fit, and labels as rows."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError


def matching(xp: Namespace, x: Array, t: Array) -> Array:
    """Targets in the dtype of the predictions.

    Raises    ShapeError unless both have one shape: broadcasting would compare all with all
    """
    if t.shape != x.shape:
        raise ShapeError(
            f"x has shape {tuple(x.shape)} and t {tuple(t.shape)}, but value is compared with "
            "value: reshape one of them"
        )
    return xp.astype(t, x.dtype)


def check_rows(x: Array) -> None:
    """Raise ShapeError unless x is at least one row per example."""
    if x.ndim != 2 or x.shape[0] == 0:
        raise ShapeError(
            f"x has shape {tuple(x.shape)}, but scores (N, K) of at least one example are needed"
        )


def matching_rows(xp: Namespace, x: Array, t: Array) -> Array:
    """Rows of targets in the dtype of x (N, K).

    Raises    ShapeError unless both are (N, K), N at least 1
    """
    check_rows(x)
    return matching(xp, x, t)


def target_rows(xp: Namespace, x: Array, t: Array) -> Array:
    """One row of K weights per example: labels become one-hot rows, rows stay as they are.

    Raises    ShapeError when x is not (N, K), N at least 1, or t neither (N,) nor (N, K);
              UsageError for labels that are no whole numbers
    """
    check_rows(x)
    N, K = x.shape
    if t.shape == (N, K):
        return xp.astype(t, x.dtype)
    if t.shape != (N,):
        raise ShapeError(
            f"x {(N, K)} needs labels ({N},) or probabilities {(N, K)}, "
            f"but t has shape {tuple(t.shape)}"
        )
    if not xp.isdtype(t.dtype, "integral"):
        raise UsageError(
            f"labels are whole numbers, but t is {t.dtype}: one-hot rows need shape {(N, K)}"
        )
    classes = xp.arange(K, device=t.device)
    return xp.astype(xp.expand_dims(t, axis=1) == classes, x.dtype)


def check_labels(labels: Any, K: int) -> None:
    """Raise UsageError unless every label is one of the K classes.

    The rules do not look: reading values back in the middle of a step would break a compiled
    graph. A Trainer checks all labels once; a call by hand checks its own.
    """
    if labels.size and (int(labels.min()) < 0 or int(labels.max()) >= K):
        worst = int(labels.min()) if int(labels.min()) < 0 else int(labels.max())
        raise UsageError(
            f"label {worst} is none of the {K} classes 0 to {K - 1}: "
            "number the classes from 0, or give the model more outputs"
        )
