"""Convolution as the textbooks unroll it: im2col, one matrix product, and the way back.

Deep learning says convolution and computes cross-correlation (the filter is not flipped); so do we.
"""

import math
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.linear import check_bias
from chainrule.ops.windows import Padding, Pair, Window, fold, pair, unfold
from chainrule.tape import Function, Tensor, as_tensor


def im2col(xp: Namespace, x: Array, window: Window) -> Array:
    """Every window's content as one row: (N, C, H, W) -> (N*Ho*Wo, C*KH*KW)."""
    seen = unfold(xp, x, window)
    N, C, K, Ho, Wo = seen.shape
    return xp.reshape(xp.permute_dims(seen, (0, 3, 4, 1, 2)), (N * Ho * Wo, C * K))


def col2im(xp: Namespace, rows: Array, window: Window, shape: tuple[int, ...]) -> Array:
    """Every row's values added back to the cells they came from: im2col's backward rule."""
    N, C, H, W = shape
    Ho, Wo = window.places(H, W)
    seen = xp.reshape(rows, (N, Ho, Wo, C, window.size[0] * window.size[1]))
    return fold(xp, xp.permute_dims(seen, (0, 3, 4, 1, 2)), window, H, W)


def rows_by_group(xp: Namespace, x: Array, G: int) -> Array:
    """Every pixel's channels as one row, group by group: (N, C, H, W) -> (G, N*H*W, C/G)."""
    N, C, H, W = x.shape
    rows = xp.reshape(xp.permute_dims(x, (0, 2, 3, 1)), (N * H * W, G, C // G))
    return xp.permute_dims(rows, (1, 0, 2))


class Conv2d(Function):
    """Slide F filters over an image; each output is one filter's weighted sum of one window.

    Forward   cols = im2col(x)                      one row per window
              y    = cols @ w.T + b                 w with one row per filter; then rows to images
    Backward  db = sum of dy over batch and space
              dw = dy.T @ cols                      dy with one row per window
              dx = col2im(dy @ w)
              With groups, channels fall into G equal parts, each with its own filters: the same
              three products, G times.
    Shapes    x: (N, C, H, W), w: (F, C/G, KH, KW), b: (F,) or absent -> y: (N, F, Ho, Wo)
              Ho = (H + padding - (dilation * (KH - 1) + 1)) // stride + 1
    Keeps     cols (KH*KW times as large as x), w
    Raises    ShapeError when the channels do not fit the weight, the window not the image, or b
              is not (F,); UsageError for less than one group
    Source    LeCun et al. 1989; as a matrix product: Chellapilla, Puri and Simard 2006
    """

    def __init__(
        self,
        stride: Pair = (1, 1),
        padding: Padding = ((0, 0), (0, 0)),
        dilation: Pair = (1, 1),
        groups: int = 1,
    ) -> None:
        if groups < 1:
            raise UsageError(f"conv2d: groups is {groups}, but 1 or more are needed")
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups

    def window(self, w: Array) -> Window:
        """The window that filters of this shape look through."""
        return Window(tuple(w.shape[2:]), self.stride, self.padding, self.dilation)

    def check(self, x: Array, w: Array, b: Array | None = None) -> None:
        """Raise ShapeError unless x is a batch of images with the channels that w needs."""
        check_filters(w)
        check_bias(w, b)
        needed = w.shape[1] * self.groups
        if x.ndim != 4:
            raise ShapeError(
                f"x has shape {tuple(x.shape)}, but images (N, {needed}, H, W) are needed"
            )
        if x.shape[1] != needed:
            split = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ShapeError(
                f"x has {x.shape[1]} channels, but weight {tuple(w.shape)} needs {needed}{split}"
            )
        if w.shape[0] % self.groups:
            raise ShapeError(
                f"weight {tuple(w.shape)} has {w.shape[0]} filters, "
                f"which do not divide into {self.groups} groups"
            )

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        F, c, KH, KW = w.shape
        G, window = self.groups, self.window(w)
        self.x_shape, self.w = x.shape, w
        self.places = window.places(*x.shape[2:])

        cols = im2col(xp, x, window)
        self.cols = xp.permute_dims(xp.reshape(cols, (-1, G, c * KH * KW)), (1, 0, 2))
        self.filters = xp.reshape(w, (G, F // G, c * KH * KW))
        y = self.cols @ xp.matrix_transpose(self.filters)  # (G, N*Ho*Wo, F/G)
        y = xp.reshape(xp.permute_dims(y, (1, 0, 2)), (x.shape[0], *self.places, F))
        if b is not None:
            y = y + b
        return xp.permute_dims(y, (0, 3, 1, 2))

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        rows = rows_by_group(xp, dy, self.groups)  # (G, N*Ho*Wo, F/G)
        dx = dw = None
        if self.needs[1]:
            dw = xp.reshape(xp.matrix_transpose(rows) @ self.cols, self.w.shape)
        if self.needs[0]:
            dcols = xp.permute_dims(rows @ self.filters, (1, 0, 2))
            dcols = xp.reshape(dcols, (dcols.shape[0], math.prod(dcols.shape[1:])))
            dx = col2im(xp, dcols, self.window(self.w), self.x_shape)
        if len(self.needs) == 2:
            return dx, dw
        return dx, dw, xp.sum(dy, axis=(0, 2, 3))


def check_filters(w: Array, needed: str = "(F, C/G, KH, KW)") -> None:
    """Raise ShapeError unless w is a stack of filters."""
    if w.ndim != 4:
        raise ShapeError(f"weight has shape {tuple(w.shape)}, but filters {needed} are needed")


def same_padding(size: Pair, dilation: Pair = (1, 1)) -> Padding:
    """The zeros that keep an image's size at stride 1; the odd one out goes below and right."""
    (KH, KW), (dh, dw) = size, dilation
    height, width = dh * (KH - 1), dw * (KW - 1)
    return (height // 2, height - height // 2), (width // 2, width - width // 2)


def resolve_padding(
    padding: int | Pair | str, size: Pair, stride: Pair, dilation: Pair, who: str = "conv2d"
) -> Padding:
    """((top, bottom), (left, right)) from what a user writes: a number, two, "same" or "valid".

    Raises    UsageError when it is none of these, or "same" with a stride other than 1
    """
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise UsageError(
                f'{who}: padding="same" keeps the size only at stride 1, but stride is {stride}: '
                "give the padding as a number"
            )
        return same_padding(size, dilation)
    if isinstance(padding, str):
        raise UsageError(f'{who}: padding is {padding!r}, but "same", "valid" or cells are needed')
    height, width = pair(padding, f"{who}: padding", 0)
    return (height, height), (width, width)


def conv2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Filters over images; see Conv2d. padding: cells, (height, width), "same" or "valid"."""
    w = as_tensor(w)
    check_filters(w.data)
    steps, apart = pair(stride, "conv2d: stride", 1), pair(dilation, "conv2d: dilation", 1)
    around = resolve_padding(padding, w.shape[2:], steps, apart)
    op = Conv2d(steps, around, apart, groups)
    return op(x, w) if b is None else op(x, w, b)


def conv1d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Tensor:
    """Filters over sequences: Conv2d on images of height 1. padding: cells, "same" or "valid".

    x: (N, C, L), w: (F, C/G, K), b: (F,) or None -> (N, F, Lo)

    Raises    ShapeError when x is no batch of sequences or w no stack of filters; else as Conv2d
    """
    x, w = as_tensor(x), as_tensor(w)
    if x.ndim != 3 or w.ndim != 3:
        raise ShapeError(
            f"x has shape {x.shape} and weight {w.shape}, but sequences (N, C, L) and filters "
            "(F, C/G, K) are needed",
            "conv1d",
        )
    N, C, L = x.shape
    F, c, K = w.shape
    y = conv2d(
        x.reshape(N, C, 1, L),
        w.reshape(F, c, 1, K),
        b,
        stride=(1, stride),
        padding=padding if isinstance(padding, str) else (0, padding),
        dilation=(1, dilation),
        groups=groups,
    )
    return y.reshape(N, F, y.shape[-1])
