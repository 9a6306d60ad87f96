"""Changes that move pixels: shift, turn and zoom, mirror.

Where a moved image asks for a pixel outside, it gets the image mirrored at its edge.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chainrule.backends.hashing import hashed_bytes, key_array
from chainrule.data.sets import Images
from chainrule.errors import ShapeError

BLOCK = 2**15
"""Pixels resampled in one go: their coordinates and corners then stay in the cache."""


def shifted(images: Images, rng: np.random.Generator, shift: int) -> Images:
    """Each image moved by whole pixels, up to shift, down or up and right or left.

    Raises    ShapeError when the images are no larger than the shift
    """
    count, _, height, width = images.shape
    check_shift(images, shift)
    edge = (shift, shift)
    padded = np.pad(images, ((0, 0), (0, 0), edge, edge), mode="reflect")
    windows = sliding_window_view(padded, (height, width), axis=(2, 3))
    down, right = rng.integers(0, 2 * shift + 1, size=(2, count))
    moved: Images = windows[np.arange(count), :, down, right]
    return moved


def check_shift(images: Images, shift: int) -> None:
    """Raise ShapeError unless a shifted image still shows something of itself."""
    height, width = images.shape[2:]
    if shift >= min(height, width):
        raise ShapeError(f"images of {width}x{height} cannot be shifted by {shift} pixels")


def mirrored(images: Images, sides: NDArray[np.bool_]) -> Images:
    """Copies of the images, mirrored left and right where sides (N,) says so."""
    images = images.copy()
    images[sides] = images[sides, :, :, ::-1]
    return images


def first_sides(places: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """(N,) whether the images at these places are mirrored in even epochs; else in odd ones.

    Source    Jordan 2024, arXiv 2404.00498, section 3.6: over two epochs each image is seen once
              from each side, where coins would show half of them twice from the same
    """
    coins = hashed_bytes(key_array(seed), (int(places.max()) + 1,))
    return np.asarray(coins[places] % 2 == 1)


def turned(
    images: Images, rng: np.random.Generator, *, rotation: float, zoom: float, shift: float
) -> Images:
    """Each image turned about its middle, zoomed and shifted, in one bilinear resampling.

    rotation: up to so many degrees to either side; zoom: factors 1 - zoom to 1 + zoom;
    shift: up to so many pixels. All uniform.

    Raises    ShapeError when the images are no larger than the shift
    """
    check_shift(images, math.ceil(shift))
    count = len(images)
    angle = np.deg2rad(rng.uniform(-rotation, rotation, count))
    scale = 1 / rng.uniform(1 - zoom, 1 + zoom, count)
    steps = rng.uniform(-shift, shift, (count, 2))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    matrices = np.stack([cos, sin, -sin, cos], axis=1).reshape(count, 2, 2)
    block = max(1, BLOCK // math.prod(images.shape[2:]))
    rows = (slice(start, start + block) for start in range(0, count, block))
    return np.concatenate([resampled(images[r], matrices[r], steps[r]) for r in rows])


def resampled(
    images: Images, matrices: NDArray[np.floating], steps: NDArray[np.floating]
) -> Images:
    """Look up every pixel p of the results at q = matrix (p - m) + m + step in the images.

        y(p) = (1 - v) * above + v * below
        above = (1 - u) * x[i, j] + u * x[i, j + 1]
        below = (1 - u) * x[i + 1, j] + u * x[i + 1, j + 1]

    where q = (i + v, j + u), i and j whole, and u and v in [0, 1); m is the middle of the image.

    images: (N, C, H, W), matrices: (N, 2, 2), steps: (N, 2) in pixels, rows before columns
    """
    N, C, H, W = images.shape
    row, column = _coordinates(H, W, matrices, steps)
    reach = _reach(row, column, H, W)
    # One row and one column more than the farthest i and j: those of i + 1 and j + 1.
    down = np.pad(np.arange(H), (reach, reach + 1), mode="reflect")
    right = np.pad(np.arange(W), (reach, reach + 1), mode="reflect")
    flat = images.take(down, axis=2).take(right, axis=3).reshape(-1)
    line, plane = len(right), len(down) * len(right)

    row += np.float32(reach)
    column += np.float32(reach)
    i, j = np.floor(row), np.floor(column)
    v, u = row - i, column - j
    place = (i.astype(np.int32) * line + j.astype(np.int32)).astype(np.intp)
    place += np.arange(N).reshape(N, 1, 1) * (C * plane)
    y = np.empty_like(images)
    for channel in range(C):
        above = _between(flat.take(place), flat[1:].take(place), u)
        below = _between(flat[line:].take(place), flat[line + 1 :].take(place), u)
        value = _between(above, below, v)
        y[:, channel] = np.rint(value, out=value) if images.dtype == np.uint8 else value
        place += plane
    return y


def _coordinates(
    H: int, W: int, matrices: NDArray[np.floating], steps: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where every result pixel is looked up: rows and columns (N, H, W), in pixels."""
    middle = np.array([(H - 1) / 2, (W - 1) / 2])
    down = (np.arange(H) - middle[0]).astype(np.float32).reshape(H, 1)
    right = (np.arange(W) - middle[1]).astype(np.float32)
    a = matrices.astype(np.float32)[..., np.newaxis, np.newaxis]
    b = (steps + middle).astype(np.float32)[..., np.newaxis, np.newaxis]
    row = (a[:, 0, 0] * down + b[:, 0]) + a[:, 0, 1] * right
    column = (a[:, 1, 0] * down + b[:, 1]) + a[:, 1, 1] * right
    return row, column


def _reach(row: NDArray[np.float32], column: NDArray[np.float32], H: int, W: int) -> int:
    """By how many whole pixels the coordinates leave the image."""
    outside = (-row.min(), row.max() - (H - 1), -column.min(), column.max() - (W - 1))
    return max(0, math.ceil(max(map(float, outside))))


def _between(low: Images, high: Images, share: NDArray[np.float32]) -> NDArray[np.float32]:
    """(1 - share) * low + share * high"""
    mean = low.astype(np.float32)
    rise = np.subtract(high, mean, dtype=np.float32)
    rise *= share
    mean += rise
    return mean
