"""Changes that move pixels: shift, turn and zoom, mirror.

Where a moved image asks for a pixel outside, it gets the image mirrored at its edge. By how much
each image moves is drawn by NumPy; its pixels move where they are.
"""

import math

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend, Namespace
from chainrule.backends.hashing import hashed_bytes, key_array
from chainrule.data.augment.blocks import block_by_block
from chainrule.errors import ShapeError

ROUNDING = 0.01
"""In pixels: float32 coordinates are closer to the exact ones than that."""


def shifted(images: Array, rng: np.random.Generator, shift: int, backend: Backend = NUMPY) -> Array:
    """Each image moved by whole pixels, up to shift, down or up and right or left.

    Raises    ShapeError when the images are no larger than the shift
    """
    check_shift(images, shift)
    H, W = images.shape[2:]
    down, right = rng.integers(0, 2 * shift + 1, (2, len(images), 1))
    rows = np.pad(np.arange(H), shift, mode="reflect")[np.arange(H) + down]
    columns = np.pad(np.arange(W), shift, mode="reflect")[np.arange(W) + right]
    return block_by_block(_picked, images, rows, columns, backend=backend)


def _picked(
    images: Array, rows: NDArray[np.int64], columns: NDArray[np.int64], backend: Backend
) -> Array:
    """Of each image its own rows (N, H) and columns (N, W)."""
    N, C, H, W = images.shape
    lines = np.arange(N).reshape(N, 1) * (C * H * W) + rows * W
    place = backend.asarray(lines[:, :, np.newaxis], like=images)
    place = place + backend.asarray(columns[:, np.newaxis, :], like=images)
    xp = backend.xp
    flat, y = xp.reshape(images, (-1,)), xp.empty_like(images)
    for channel in range(C):
        y[:, channel, ...] = _at(xp, flat, place)
        place += H * W
    return y


def check_shift(images: Array, shift: int) -> None:
    """Raise ShapeError unless a shifted image still shows something of itself."""
    height, width = images.shape[2:]
    if shift >= min(height, width):
        raise ShapeError(f"images of {width}x{height} cannot be shifted by {shift} pixels")


def mirrored(images: Array, sides: NDArray[np.bool_], backend: Backend = NUMPY) -> Array:
    """Copies of the images, mirrored left and right where sides (N,) says so."""
    xp = backend.xp
    turned = backend.asarray(np.flatnonzero(sides), like=images)
    images = xp.asarray(images, copy=True)
    images[turned, ...] = xp.flip(xp.take(images, turned, axis=0), axis=3)
    return images


def first_sides(places: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """(N,) whether the images at these places are mirrored in even epochs; else in odd ones.

    Source    Jordan 2024, arXiv 2404.00498, section 3.6: over two epochs each image is seen once
              from each side, where coins would show half of them twice from the same
    """
    coins = hashed_bytes(key_array(seed), (int(places.max()) + 1,))
    return np.asarray(coins[places] % 2 == 1)


def turned(
    images: Array,
    rng: np.random.Generator,
    *,
    rotation: float,
    zoom: float,
    shift: float,
    backend: Backend = NUMPY,
) -> Array:
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
    return block_by_block(resampled, images, matrices, steps, backend=backend)


def resampled(
    images: Array,
    matrices: NDArray[np.floating],
    steps: NDArray[np.floating],
    backend: Backend = NUMPY,
) -> Array:
    """Look up every pixel p of the results at q = matrix (p - m) + m + step in the images.

        y(p) = (1 - v) * above + v * below
        above = (1 - u) * x[i, j] + u * x[i, j + 1]
        below = (1 - u) * x[i + 1, j] + u * x[i + 1, j + 1]

    where q = (i + v, j + u), i and j whole, and u and v in [0, 1); m is the middle of the image.

    images: (N, C, H, W), matrices: (N, 2, 2), steps: (N, 2) in pixels, rows before columns
    """
    xp = backend.xp
    N, C, H, W = images.shape
    reach = _reach(H, W, matrices, steps)
    # One row and one column more than the farthest i and j: those of i + 1 and j + 1.
    down = np.pad(np.arange(H), (reach, reach + 1), mode="reflect")
    right = np.pad(np.arange(W), (reach, reach + 1), mode="reflect")
    line, plane = len(right), len(down) * len(right)
    wide = xp.take(images, backend.asarray(down, like=images), axis=2)
    flat = xp.reshape(xp.take(wide, backend.asarray(right, like=images), axis=3), (-1,))

    row, column = _coordinates(images, matrices, steps, backend)
    row += reach
    column += reach
    i, j = xp.floor(row), xp.floor(column)
    v, u = row - i, column - j
    place = xp.astype(xp.astype(i, xp.int32) * line + xp.astype(j, xp.int32), xp.int64)
    place += backend.asarray(np.arange(N).reshape(N, 1, 1) * (C * plane), like=images)
    y = xp.empty_like(images)
    for channel in range(C):
        above = _between(xp, _at(xp, flat, place), _at(xp, flat[1:], place), u)
        below = _between(xp, _at(xp, flat[line:], place), _at(xp, flat[line + 1 :], place), u)
        value = _between(xp, above, below, v)
        y[:, channel, ...] = xp.round(value) if images.dtype == xp.uint8 else value
        place += plane
    return y


def _reach(H: int, W: int, matrices: NDArray[np.floating], steps: NDArray[np.floating]) -> int:
    """By how many whole pixels the coordinates leave the image; farthest out are its corners."""
    last = np.array([H - 1, W - 1])
    corners = np.array([(a, b) for a in (-0.5, 0.5) for b in (-0.5, 0.5)]) * last
    looked_up = corners @ np.swapaxes(matrices, 1, 2) + (steps + last / 2)[:, np.newaxis, :]
    outside = max(float(-looked_up.min()), float((looked_up - last).max()))
    return max(0, math.ceil(outside + ROUNDING))


def _coordinates(
    images: Array, matrices: NDArray[np.floating], steps: NDArray[np.floating], backend: Backend
) -> tuple[Array, Array]:
    """Where every result pixel is looked up: rows and columns (N, H, W), in pixels, float32."""
    H, W = images.shape[2:]
    middle = np.array([(H - 1) / 2, (W - 1) / 2])

    def there(values: NDArray[np.floating]) -> Array:
        return backend.asarray(values.astype(np.float32), like=images)

    down = there((np.arange(H) - middle[0]).reshape(H, 1))
    right = there(np.arange(W) - middle[1])
    a = there(matrices[..., np.newaxis, np.newaxis])
    b = there((steps + middle)[..., np.newaxis, np.newaxis])
    row = (a[:, 0, 0, ...] * down + b[:, 0, ...]) + a[:, 0, 1, ...] * right
    column = (a[:, 1, 0, ...] * down + b[:, 1, ...]) + a[:, 1, 1, ...] * right
    return row, column


def _at(xp: Namespace, flat: Array, place: Array) -> Array:
    """The values at these places of a flat array."""
    return xp.reshape(xp.take(flat, xp.reshape(place, (-1,)), axis=0), place.shape)


def _between(xp: Namespace, low: Array, high: Array, share: Array) -> Array:
    """(1 - share) * low + share * high, in float32."""
    mean = xp.astype(low, xp.float32)
    rise = high - mean
    rise *= share
    mean += rise
    return mean
