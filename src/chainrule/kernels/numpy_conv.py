"""Conv2d for NumPy: im2col one block at a time, small enough to stay in the processor's cache.

The plain rule writes all patches of the batch to memory, KH*KW times the size of x, and reads them
back. Here a block of two megabytes is unfolded, multiplied and forgotten, on every core at once.

Memory is channels-last (N, H, W, C): a patch then consists of KH runs of KW*C neighbours, and the
product's result is the output as it lies in memory.

32 to 32 channels, 3x3 on 30x30, batch 128, 2 cores: 20 ms forward and 37 backward, where the plain
rule takes 112 and 258.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from chainrule.backends import Array, Namespace
from chainrule.kernels.threads import share, total
from chainrule.ops.conv import Conv2d
from chainrule.ops.windows import Window

CACHE = 1 << 21
"""Bytes of patches in a block. Twice or half of it costs up to a tenth."""

Block = tuple[slice, slice]
"""Some images, and some output rows of each."""


class BlockedConv2d(Conv2d):
    """Conv2d without the whole batch's patches in memory.

    Backward at stride 1 needs patches of dy only, and each serves twice:

        dx = im2col(dy) @ flipped w         a correlation with the filters turned by 180 degrees
        dw = im2col(dy).T @ x               w[kh, kw] met x[i + kh, j + kw] and dy[i, j]

    At other strides it is the plain rule's two products and col2im, block by block.

    Keeps     x, w
    """

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        self.x, self.w = x, w
        window = self.window(w)
        images = np.moveaxis(x, 1, -1)
        y = np.empty((len(x), *window.places(*x.shape[2:]), len(w)), np.result_type(x, w))
        for channels, filters in _groups(self):
            weight = _as_matrix(w[filters])
            bias = None if b is None else b[filters]
            _correlate(images[..., channels], weight, bias, window, y[..., filters])
        return np.moveaxis(y, -1, 1)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        window = self.window(self.w)
        mirrored = _mirror(window)
        images, dy = np.moveaxis(self.x, 1, -1), np.moveaxis(dy, 1, -1)
        dx = np.empty(images.shape, dy.dtype) if self.needs[0] else None
        dw = np.empty(self.w.shape, dy.dtype) if self.needs[1] else None
        for channels, filters in _groups(self):
            x, w, d = images[..., channels], self.w[filters], dy[..., filters]
            if dx is not None and dw is not None and mirrored is not None:
                dw[filters] = _both_gradients(x, w, d, mirrored, dx[..., channels])
                continue
            if dw is not None:
                dw[filters] = _weight_gradient(x, w, d, window)
            if dx is not None and mirrored is not None:
                _correlate(d, _turned(w), None, mirrored, dx[..., channels])
            elif dx is not None:
                _scatter(w, d, window, dx[..., channels])
        gradients = (None if dx is None else np.moveaxis(dx, -1, 1), dw)
        return gradients if len(self.needs) == 2 else (*gradients, _bias_gradient(dy))


def _groups(op: Conv2d) -> Iterator[tuple[slice, slice]]:
    """Each group's channels of x and its filters."""
    F, c = op.w.shape[:2]
    f = F // op.groups
    for g in range(op.groups):
        yield slice(g * c, (g + 1) * c), slice(g * f, (g + 1) * f)


def _as_matrix(w: Array) -> Array:
    """(F, C, KH, KW) as (KH*KW*C, F), its rows in the order of a patch."""
    return np.ascontiguousarray(w.transpose(2, 3, 1, 0)).reshape(-1, len(w))


def _mirror(window: Window) -> Window | None:
    """The window through which dx sees dy at stride 1; None at another stride."""
    (top, bottom), (left, right) = window.padding
    height, width = (span - 1 for span in window.span())
    padding = (height - top, height - bottom), (width - left, width - right)
    if window.stride != (1, 1) or min(*padding[0], *padding[1]) < 0:
        return None
    return Window(window.size, padding=padding, dilation=window.dilation)


def _blocks(maps: Array, place_bytes: int) -> list[Block]:
    """Maps (N, Ho, Wo, F) in blocks: whole images while their patches fit, else rows of one."""
    N, Ho, Wo, _ = maps.shape
    fitting = max(1, CACHE // (Wo * place_bytes))  # rows
    images, rows = max(1, fitting // Ho), min(Ho, fitting)
    return [
        (slice(n, min(n + images, N)), slice(row, min(row + rows, Ho)))
        for n in range(0, N, images)
        for row in range(0, Ho, rows)
    ]


def _patches(x: Array, window: Window, block: Block) -> Array:
    """im2col of one block: x (N, H, W, C) -> one row per place, KH*KW*C values each."""
    images, rows = block
    (sh, sw), (dh, dw) = window.stride, window.dilation
    (top, _), (left, right) = window.padding
    _, H, W, C = x.shape
    first = rows.start * sh - top
    last = (rows.stop - 1) * sh - top + window.span()[0]
    low = max(first, 0)
    high = max(low, min(last, H))
    seen = x[images, low:high]
    if seen.shape[1:3] != (last - first, left + W + right) or not seen.flags.c_contiguous:
        image = np.zeros((len(seen), last - first, left + W + right, C), x.dtype)
        image[:, low - first : high - first, left : left + W] = seen
        seen = image
    Wo = (seen.shape[2] - window.span()[1]) // sw + 1
    n, h, w, c = seen.strides
    places = (len(seen), rows.stop - rows.start, Wo)
    every = as_strided(seen, (*places, *window.size, C), (n, h * sh, w * sw, h * dh, w * dw, c))
    return every.reshape(places[0] * places[1] * places[2], -1)


def _correlate(x: Array, w: Array, b: Array | None, window: Window, y: Array) -> None:
    """Every place's patch times w, plus b, into y (N, Ho, Wo, F)."""

    def work(block: Block) -> None:
        out = _rows(y[block])
        np.matmul(_patches(x, window, block), w, out=out)
        if b is not None:
            out += b

    share(work, _blocks(y, len(w) * x.itemsize))


def _rows(maps: Array) -> Array:
    """(N, H, W, C) as one row per place, in the same memory."""
    return np.reshape(maps, (-1, maps.shape[-1]), copy=False)


def _turned(w: Array) -> Array:
    """Filters as dx sees dy through them: upside down, (KH*KW*F, C)."""
    return _as_matrix(w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))


def _both_gradients(x: Array, w: Array, dy: Array, mirrored: Window, dx: Array) -> Array:
    """dx into place, and dw returned, from one im2col of dy."""
    F, C, KH, KW = w.shape
    turned = _turned(w)

    def product(block: Block) -> Array:
        patches = _patches(dy, mirrored, block)
        np.matmul(patches, turned, out=_rows(dx[block]))
        return patches.T @ x[block].reshape(-1, C)

    blocks = _blocks(dx, len(turned) * dy.itemsize)
    dw = total(product, blocks, (len(turned), C), dy.dtype)
    return dw.reshape(KH, KW, F, C)[::-1, ::-1].transpose(2, 3, 0, 1)


def _weight_gradient(x: Array, w: Array, dy: Array, window: Window) -> Array:
    """dw from im2col of x, at any stride."""
    F, C, KH, KW = w.shape

    def product(block: Block) -> Array:
        return _patches(x, window, block).T @ dy[block].reshape(-1, F)

    blocks = _blocks(dy, KH * KW * C * x.itemsize)
    dw = total(product, blocks, (KH * KW * C, F), dy.dtype)
    return dw.reshape(KH, KW, C, F).transpose(3, 2, 0, 1)


def _scatter(w: Array, dy: Array, window: Window, dx: Array) -> None:
    """dx by col2im, image by image, at any stride."""
    _, H, W, C = dx.shape
    N, Ho, Wo, _ = dy.shape
    (top, bottom), (left, right) = window.padding
    matrix = _as_matrix(w).T

    def work(n: int) -> None:
        patches = (dy[n].reshape(Ho * Wo, -1) @ matrix).reshape(Ho, Wo, -1, C)
        image = np.zeros((top + H + bottom, left + W + right, C), dx.dtype)
        for k, (rows, columns) in enumerate(window.cells(Ho, Wo)):
            image[rows, columns] += patches[:, :, k]
        dx[n] = image[top : top + H, left : left + W]

    share(work, range(N))


def _bias_gradient(dy: Array) -> Array:
    """dy (N, Ho, Wo, F) summed over batch and space: as products, the fastest sums of rows."""
    N, Ho, Wo, F = dy.shape
    ones = np.ones(Ho * Wo, dy.dtype)
    return total(lambda n: ones @ dy[n].reshape(-1, F), range(N), (F,), dy.dtype)
