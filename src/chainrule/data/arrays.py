"""The door for arrays that a user already has: checked once, then trusted everywhere.

Pixels are uint8 in 0..255 or float32 in 0..1. Whole numbers become uint8. Floats stay floats:
as they are when white is 1, divided by 255 when it is 255. Which it is, the brightest pixel of a
training tells; later images are read as the training's were. Anything else is refused.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.sets import Images, Labels, Split
from chainrule.errors import DataError, ShapeError, UsageError

LAYOUTS = "(N, H, W), (N, C, H, W) or (N, H, W, C) with C = 1 or 3"


def from_arrays(
    images: ArrayLike, labels: ArrayLike, classes: Sequence[str] | None = None
) -> Split:
    """A Split of anybody's arrays, checked; memory is shared where nothing had to change.

    images: (N, H, W), (N, C, H, W) or (N, H, W, C), C = 1 or 3; whole numbers in 0..255,
    or floats in 0..1 or 0..255. labels: (N,), whole numbers from 0, below len(classes) if given.
    Raises ShapeError, UsageError or DataError, each saying what came and what was needed.
    """
    pixels, targets = as_images(images), as_labels(labels)
    if len(pixels) != len(targets):
        raise ShapeError(
            f"labels and images of different counts: {len(pixels):,} images, "
            f"but {len(targets):,} labels"
        )
    if classes is not None and targets.max() >= len(classes):
        place = int(targets.argmax())
        raise DataError(
            f"labels: image {place} has label {targets[place]}, but {len(classes)} classes "
            f"end at label {len(classes) - 1}"
        )
    return Split(pixels, targets)


def white_of(images: ArrayLike) -> int | None:
    """What floats call white: 1 where none exceeds it, else 255; None for whole numbers."""
    array = _one_array(images, "images")
    if not array.size or not np.issubdtype(array.dtype, np.floating):
        return None
    return _white(array.max())


def as_images(images: ArrayLike, white: int | None = None) -> Images:
    """Checked images (N, C, H, W), C-contiguous: uint8 in 0..255 or float32 in 0..1.

    white: what floats call white, 1 or 255; these images tell unless given
    """
    array = _channels_first(_one_array(images, "images"))
    if array.size == 0:
        raise ShapeError(f"images: {array.shape} holds no pixels")
    if np.issubdtype(array.dtype, np.integer):
        return _whole_pixels(array)
    if np.issubdtype(array.dtype, np.floating):
        return _float_pixels(array, white)
    raise UsageError(f"images: dtype is {array.dtype}, but needs to be uint8 or float")


def as_labels(labels: ArrayLike) -> Labels:
    """Checked labels: int64 (N,), none negative."""
    array = _one_array(labels, "labels")
    if array.ndim == 2 and array.shape[1] > 1:
        raise ShapeError(
            f"labels: {array.shape} looks one-hot, but (N,) is needed: pass labels.argmax(axis=1)"
        )
    if array.ndim != 1:
        raise ShapeError(f"labels: shape is {array.shape}, but (N,) is needed")
    if not np.issubdtype(array.dtype, np.integer):
        raise UsageError(f"labels: dtype is {array.dtype}, but whole numbers are needed")
    if len(array) and array.min() < 0:
        place = int(array.argmin())
        raise DataError(f"labels: image {place} has label {array[place]}, but labels start at 0")
    return np.ascontiguousarray(array, dtype=np.int64)


def _one_array(values: ArrayLike, who: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:  # a list of images of different sizes
        raise ShapeError(f"{who}: these do not form one array ({error})") from error


def _channels_first(images: NDArray[Any]) -> NDArray[Any]:
    """(N, C, H, W), from any layout that can be told for certain."""
    if images.ndim == 3:
        return images[:, None]
    if images.ndim != 4:
        raise ShapeError(f"images: shape is {images.shape}, but {LAYOUTS} is needed")
    first, last = images.shape[1] in (1, 3), images.shape[3] in (1, 3)
    if first and last:
        raise ShapeError(
            f"images: {images.shape} could be (N, C, H, W) or (N, H, W, C); "
            "pass a shape with only one axis of 1 or 3 channels, or (N, H, W) when grey"
        )
    if not first and not last:
        raise ShapeError(f"images: {images.shape} has no axis of 1 or 3 channels; needed {LAYOUTS}")
    return images if first else images.transpose(0, 3, 1, 2)


def _whole_pixels(images: NDArray[Any]) -> NDArray[np.uint8]:
    if images.dtype != np.uint8:
        lowest, highest = images.min(), images.max()
        if lowest < 0 or highest > 255:
            raise DataError(f"images: values go from {lowest} to {highest}, but 0..255 is needed")
    return np.ascontiguousarray(images, dtype=np.uint8)


def _white(brightest: float) -> int:
    return 1 if brightest <= 1 else 255


def _float_pixels(images: NDArray[Any], white: int | None) -> NDArray[np.float32]:
    lowest, highest = float(images.min()), float(images.max())
    if not np.isfinite([lowest, highest]).all():  # min and max pass NaN on
        place, value = next(
            (place, "NaN" if np.isnan(image).any() else "infinity")
            for place, image in enumerate(images)
            if not np.isfinite(image).all()
        )
        raise DataError(f"{value} in the data: image {place} holds {value}")
    if lowest < 0 or highest > 255:
        raise DataError(
            f"images: values go from {lowest:g} to {highest:g}, but 0..1 or 0..255 is needed: "
            "pass the pixels as they were before any standardising"
        )
    if white is None:
        white = _white(highest)
    elif highest > white:
        raise DataError(
            f"images: values go up to {highest!r}, but the model has learned from floats in "
            f"0..{white}: bring these to that range, or pass them as uint8"
        )
    pixels = np.ascontiguousarray(images, dtype=np.float32)
    return pixels if white == 1 else pixels / np.float32(255)
