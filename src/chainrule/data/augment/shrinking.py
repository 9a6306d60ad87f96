"""Images at fewer pixels: steps cost a fraction of the time, and learn what large shapes show."""

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend


def shrunk(images: Array, side: int, backend: Backend = NUMPY) -> Array:
    """Images (N, C, H, W) whose longer side has so many pixels at most, the other in proportion.

        y = down @ x @ across.T

    where each row of down (h, H) and across (w, W) averages the pixels around one result's place.
    """
    H, W = images.shape[2:]
    longer = max(H, W)
    if longer <= side:
        return images
    xp = backend.xp
    h, w = (max(1, round(length * side / longer)) for length in (H, W))
    down, across = (
        backend.asarray(averages(*lengths), like=images) for lengths in ((H, h), (W, w))
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
