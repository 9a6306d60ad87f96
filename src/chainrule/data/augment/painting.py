"""Changes that repaint pixels where they are: colour jitter and cutout."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.sets import Images

LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue look beside one another (ITU-R BT.601)."""


def recoloured(images: Images, rng: np.random.Generator, strength: float) -> Images:
    """Brightness b, contrast c and saturation s of each image changed, and clipped at the end.

        y = b * (c * (g + s * (x - g)) + (1 - c) * m)

    where g is the pixel's grey value and m the image's mean one; b, c and s are uniform from
    1 - strength to 1 + strength. In a grey image x is g: there is no s.
    """
    count, channels = images.shape[:2]
    factors = rng.uniform(1 - strength, 1 + strength, (3, count, 1, 1, 1)).astype(np.float32)
    brightness, contrast, saturation = factors
    luma = np.array(LUMA if channels == 3 else (1.0,), np.float32)
    x = images.astype(np.float32)
    grey = np.einsum("nchw,c->nhw", x, luma)[:, np.newaxis]
    mean = grey.mean(axis=(1, 2, 3), keepdims=True)
    if channels == 3:
        x -= grey
        x *= saturation
        x += grey
    x *= brightness * contrast
    x += brightness * (1 - contrast) * mean
    return as_pixels(x, images)


def cut_out(images: Images, rng: np.random.Generator, side: int) -> Images:
    """A square of each image painted over with the image's mean colour.

    side: in pixels. Its middle is anywhere in the image, so that near an edge part of it is
    outside, and the image keeps more of itself.

    Source    DeVries and Taylor 2017, arXiv 1708.04552
    """
    count, _, height, width = images.shape
    inside = [
        _covered(rng.integers(0, length, (count, 1)), length, side) for length in (height, width)
    ]
    hidden = inside[0][:, np.newaxis, :, np.newaxis] & inside[1][:, np.newaxis, np.newaxis, :]
    mean = as_pixels(images.mean(axis=(2, 3), keepdims=True, dtype=np.float32), images)
    return np.where(hidden, mean, images)


def _covered(middle: NDArray[np.int64], length: int, side: int) -> NDArray[np.bool_]:
    """(N, length) which rows, or columns, a square about these middles (N, 1) covers."""
    start = middle - side // 2
    along = np.arange(length)
    return (along >= start) & (along < start + side)


def as_pixels(x: NDArray[np.float32], like: Images) -> Images:
    """Values as pixels of the kind of others: whole numbers in 0..255, or floats in 0..1."""
    if like.dtype == np.uint8:
        return np.rint(np.clip(x, 0, 255, out=x), out=x).astype(np.uint8)
    return np.clip(x, 0, 1, out=x)
