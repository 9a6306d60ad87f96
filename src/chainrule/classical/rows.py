"""From images to rows of numbers, as models that know nothing of height and width want them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import DataError, ShapeError, UsageError

Rows = NDArray[Any]
"""(N, D): one image, or one list of features, per row; uint8 pixels, or floats."""


def as_rows(images: ArrayLike) -> Rows:
    """(N, D) from images (N, C, H, W) or of any other layout, or from rows as they are.

    uint8 stays uint8, floats stay floats; other numbers become float64.

    Raises    ShapeError without any number to look at; UsageError for what is no number;
              DataError for NaN and infinity
    """
    array = np.asarray(images)
    if array.ndim < 2 or array.size == 0:
        raise ShapeError(f"images: shape is {array.shape}, but (N, C, H, W) or (N, D) is needed")
    if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
        raise UsageError(f"images: dtype is {array.dtype}, but numbers are needed")
    if np.iscomplexobj(array):
        raise UsageError(f"images: dtype is {array.dtype}, but real numbers are needed")
    if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float64)
    rows = np.ascontiguousarray(array.reshape(len(array), -1))
    if rows.dtype != np.uint8 and not np.isfinite([rows.min(), rows.max()]).all():
        raise DataError("images: there is NaN or infinity among the values")
    return rows


def brightness(rows: Rows, dtype: Any = np.float32) -> Rows:
    """uint8 pixels as floats in 0..1; floats as they are."""
    if rows.dtype == np.uint8:
        return np.asarray(rows.astype(dtype) / dtype(255))
    return rows.astype(dtype, copy=False)


def one_hot(labels: NDArray[np.int64], K: int) -> NDArray[np.float64]:
    """(N, K): 1 in the column of each label, 0 elsewhere."""
    return np.eye(K)[labels]
