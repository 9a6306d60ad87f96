"""Images at fewer pixels: steps cost a fraction of the time, and learn what large shapes show."""

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend


def size_within(side: int, H: int, W: int) -> tuple[int, int]:
    """(h, w): (H, W) in proportion, with so many pixels at most on the longer side."""
    scale = min(1, side / max(H, W))
    return max(1, round(H * scale)), max(1, round(W * scale))


def shrunk(images: Array, size: tuple[int, int], backend: Backend = NUMPY) -> Array:
    """Images (N, C, H, W) at fewer pixels, (N, C, h, w); the same where size is (H, W).

        y = down @ x @ across.T

    where each row of down (h, H) and across (w, W) averages the pixels around one result's place.
    """
    if tuple(images.shape[2:]) == size:
        return images
    xp = backend.xp
    down, across = (
        backend.asarray(averages(length, fewer), like=images)
        for length, fewer in zip(images.shape[2:], size, strict=True)
    )
    x = xp.astype(images, xp.float32)
    y = xp.matmul(xp.matmul(down, x), xp.matrix_transpose(across))
    return xp.astype(xp.round(y), xp.uint8) if images.dtype == xp.uint8 else y


def averages(length: int, fewer: int) -> NDArray[np.float32]:
    """(fewer, length) what share each of the former pixels has in each of the new ones.

    A triangle over two new pixels, as image editors shrink; the shares of a new pixel sum to 1.
    """
    scale = length / fewer
    middles = (np.arange(fewer) + 0.5) * scale
    distances = np.abs(np.arange(length) + 0.5 - middles.reshape(-1, 1)) / scale
    shares = np.maximum(1 - distances, 0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
