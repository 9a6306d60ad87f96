"""From images to rows of numbers, as models that know nothing of height and width want them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import DataError, ShapeError, UsageError

Rows = NDArray[Any]
"""(N, D): one image, or one list of features, per row; uint8 pixels, or floats."""


def as_rows(images: ArrayLike, learned: np.dtype[Any] | None = None) -> Rows:
    """(N, D) from images (N, C, H, W) or of any other layout, or from rows as they are.

    uint8 are pixels and stay uint8, floats stay floats; other numbers become float64.

    learned: the dtype of what a model learned from, which says how whole numbers are meant: beside
    uint8 they are pixels as well, beside other whole numbers uint8 are no pixels

    Raises    ShapeError without any number to look at; UsageError for what is no number, or no
              pixel where one is needed; DataError for NaN and infinity
    """
    array = np.asarray(images)
    if array.ndim < 2 or array.size == 0:
        raise ShapeError(f"images: shape is {array.shape}, but (N, C, H, W) or (N, D) is needed")
    if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
        raise UsageError(f"images: dtype is {array.dtype}, but numbers are needed")
    if np.iscomplexobj(array):
        raise UsageError(f"images: dtype is {array.dtype}, but real numbers are needed")
    array = _as_meant(array, array.dtype if learned is None else learned)
    rows = np.ascontiguousarray(array.reshape(len(array), -1))
    if rows.dtype != np.uint8 and not np.isfinite([rows.min(), rows.max()]).all():
        raise DataError("images: there is NaN or infinity among the values")
    return rows


def _as_meant(array: NDArray[Any], learned: np.dtype[Any]) -> NDArray[Any]:
    """Whole numbers as pixels (uint8), or as plain numbers (float64); floats as they are."""
    if np.issubdtype(array.dtype, np.floating) or array.dtype == learned == np.uint8:
        return array
    if learned != np.uint8:
        pixels = array.dtype == np.uint8 and np.issubdtype(learned, np.floating)
        return array if pixels else array.astype(np.float64)
    if array.min() < 0 or array.max() > 255:
        raise UsageError(
            f"images: values reach from {array.min()} to {array.max()}, but this model learned "
            "from pixels in 0..255: give such"
        )
    return array.astype(np.uint8)


def brightness(rows: Rows, dtype: Any = np.float32) -> Rows:
    """uint8 pixels as floats in 0..1; floats as they are."""
    if rows.dtype == np.uint8:
        return np.asarray(rows.astype(dtype) / dtype(255))
    return rows.astype(dtype, copy=False)


def one_hot(labels: NDArray[np.int64], K: int) -> NDArray[np.float64]:
    """(N, K): 1 in the column of each label, 0 elsewhere."""
    return np.eye(K)[labels]
