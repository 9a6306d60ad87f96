"""Pooling: one value in place of each window."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.windows import Pair, Window, fold, pair, unfold
from chainrule.tape import Function, Tensor


class MaxPool2d(Function):
    """Keep the strongest value of each window.

    Forward   y = max over the window of x          padding counts as minus infinity
    Backward  dx = dy at the window's first maximum in reading order, else 0; overlapping windows
              add up
    Shapes    x: (N, C, H, W) -> y: (N, C, Ho, Wo), Ho = (H + padding - span) // stride + 1
    Keeps     which cell of each window won
    Raises    ShapeError when x is no batch of images, or the window larger than the image
    Source    Ranzato et al. 2007; the first maximum wins a tie, as in PyTorch
    """

    def __init__(self, window: Window) -> None:
        self.window = window

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_images(x)
        self.x_shape = x.shape
        seen = unfold(xp, x, self.window, fill=-float("inf"))
        self.winner = xp.argmax(seen, axis=2)
        return xp.max(seen, axis=2)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        KH, KW = self.window.size
        cell = xp.reshape(xp.arange(KH * KW, device=dy.device), (1, 1, KH * KW, 1, 1))
        won = xp.astype(cell == xp.expand_dims(self.winner, axis=2), dy.dtype)
        return fold(xp, won * xp.expand_dims(dy, axis=2), self.window, *self.x_shape[2:])


class AvgPool2d(Function):
    """Replace each window by its mean.

    Forward   y = sum over the window of x / (KH*KW)         padding counts as 0
    Backward  dx = dy / (KH*KW) in every cell of the window; overlapping windows add up
    Shapes    x: (N, C, H, W) -> y: (N, C, Ho, Wo), Ho = (H + padding - span) // stride + 1
    Keeps     the shape of x
    Raises    ShapeError when x is no batch of images, or the window larger than the image
    Source    LeCun et al. 1989; zeros of the padding are counted, as in PyTorch
    """

    def __init__(self, window: Window) -> None:
        self.window = window

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_images(x)
        self.x_shape = x.shape
        return xp.mean(unfold(xp, x, self.window), axis=2)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        KH, KW = self.window.size
        N, C, Ho, Wo = dy.shape
        share = xp.expand_dims(dy / (KH * KW), axis=2)
        share = xp.broadcast_to(share, (N, C, KH * KW, Ho, Wo))
        return fold(xp, share, self.window, *self.x_shape[2:])


def check_images(x: Array) -> None:
    """Raise ShapeError unless x is a batch of images."""
    if x.ndim != 4:
        raise ShapeError(f"x has shape {tuple(x.shape)}, but images (N, C, H, W) are needed")


def pooling_window(
    kernel_size: int | Pair, stride: int | Pair | None, padding: int | Pair, who: str
) -> Window:
    """The window a pooling moves by default: side by side, without overlap.

    Raises    UsageError for sizes below 1, or padding over half the window (a window of only zeros)
    """
    size = pair(kernel_size, f"{who}: kernel_size", 1)
    steps = size if stride is None else pair(stride, f"{who}: stride", 1)
    height, width = pair(padding, f"{who}: padding", 0)
    if 2 * height > size[0] or 2 * width > size[1]:
        raise UsageError(
            f"{who}: padding {(height, width)} is more than half of kernel_size {size}: "
            "some windows would see no image"
        )
    return Window(size, steps, ((height, height), (width, width)))


def max_pool2d(
    x: Any, kernel_size: int | Pair, *, stride: int | Pair | None = None, padding: int | Pair = 0
) -> Tensor:
    """The strongest value of each window; see MaxPool2d. stride: kernel_size unless given."""
    return MaxPool2d(pooling_window(kernel_size, stride, padding, "max_pool2d"))(x)


def avg_pool2d(
    x: Any, kernel_size: int | Pair, *, stride: int | Pair | None = None, padding: int | Pair = 0
) -> Tensor:
    """The mean of each window; see AvgPool2d. stride: kernel_size unless given."""
    return AvgPool2d(pooling_window(kernel_size, stride, padding, "avg_pool2d"))(x)
