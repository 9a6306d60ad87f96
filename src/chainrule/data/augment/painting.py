"""Changes that repaint pixels where they are: colour jitter and cutout.

What is drawn at random is drawn by NumPy; pixels are painted where they are.
"""

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend, Namespace
from chainrule.data.augment.blocks import block_by_block

LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue look beside one another (ITU-R BT.601)."""


def recoloured(
    images: Array, rng: np.random.Generator, strength: float, backend: Backend = NUMPY
) -> Array:
    """Brightness b, contrast c and saturation s of each image changed, and clipped at the end.

        y = b * (c * (g + s * (x - g)) + (1 - c) * m)

    where g is the pixel's grey value and m the image's mean one; b, c and s are uniform from
    1 - strength to 1 + strength. In a grey image x is g: there is no s.
    """
    factors = rng.uniform(1 - strength, 1 + strength, (3, len(images), 1, 1, 1))
    return block_by_block(_repainted, images, *factors.astype(np.float32), backend=backend)


def _repainted(
    images: Array,
    brightness: NDArray[np.float32],
    contrast: NDArray[np.float32],
    saturation: NDArray[np.float32],
    backend: Backend,
) -> Array:
    """The images by the formula of recoloured, factors (N, 1, 1, 1)."""
    xp = backend.xp
    b, c, s = (backend.asarray(part, like=images) for part in (brightness, contrast, saturation))
    x = xp.astype(images, xp.float32, copy=True)
    grey = x[:, :1, ...]
    if images.shape[1] == 3:
        grey = LUMA[0] * x[:, 0:1, ...] + LUMA[1] * x[:, 1:2, ...] + LUMA[2] * x[:, 2:3, ...]
        x -= grey
        x *= s
        x += grey
    mean = xp.mean(grey, axis=(1, 2, 3), keepdims=True)
    x *= b * c
    x += b * (1 - c) * mean
    return as_pixels(xp, x, images)


def cut_out(images: Array, rng: np.random.Generator, side: int, backend: Backend = NUMPY) -> Array:
    """A square of each image painted over with the image's mean colour.

    side: in pixels. Its middle is anywhere in the image, so that near an edge part of it is
    outside, and the image keeps more of itself.

    Source    DeVries and Taylor 2017, arXiv 1708.04552
    """
    xp, (count, _, height, width) = backend.xp, images.shape
    rows, columns = (
        backend.asarray(_covered(rng.integers(0, length, (count, 1)), length, side), like=images)
        for length in (height, width)
    )
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    mean = xp.mean(xp.astype(images, xp.float32), axis=(2, 3), keepdims=True)
    return xp.where(hidden, as_pixels(xp, mean, images), images)


def _covered(middle: NDArray[np.int64], length: int, side: int) -> NDArray[np.bool_]:
    """(N, length) which rows, or columns, a square about these middles (N, 1) covers."""
    start = middle - side // 2
    along = np.arange(length)
    return (along >= start) & (along < start + side)


def as_pixels(xp: Namespace, x: Array, like: Array) -> Array:
    """Values as pixels of the kind of others: whole numbers in 0..255, or floats in 0..1."""
    if like.dtype == xp.uint8:
        return xp.astype(xp.round(xp.clip(x, 0, 255)), xp.uint8)
    return xp.clip(x, 0, 1)
