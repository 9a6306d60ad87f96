"""Pooling as layers."""

from chainrule import ops
from chainrule.nn.module import Module
from chainrule.ops.pool import pooling_window
from chainrule.ops.windows import Pair, Window, pair
from chainrule.tape import Tensor


class Pool2d(Module):
    """What MaxPool2d and AvgPool2d share: the window.

    kernel_size, stride (kernel_size unless given), padding: cells, one number or (height, width)
    """

    def __init__(
        self, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0
    ) -> None:
        self.window = pooling_window(kernel_size, stride, padding, type(self).__name__)

    def settings(self) -> str:
        window = self.window
        padding = f", padding={window.padding}" if window.padding != Window.padding else ""
        return f"kernel_size={window.size}, stride={window.stride}{padding}"


class MaxPool2d(Pool2d):
    """The strongest value of each window; see ops.MaxPool2d.

    ceil_mode: round the output's size up, so that rows and columns left over are seen, too
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding)
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        ceil_mode = self.ceil_mode and x.ndim == 4  # else the operation says what is wrong
        window = self.window.covering(*x.shape[2:]) if ceil_mode else self.window
        return ops.MaxPool2d(window)(x)

    def settings(self) -> str:
        return super().settings() + (", ceil_mode=True" if self.ceil_mode else "")


class AvgPool2d(Pool2d):
    """The mean of each window; see ops.AvgPool2d."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.AvgPool2d(self.window)(x)


class GlobalAvgPool2d(Module):
    """The mean of each channel over the whole image. (N, C, H, W) -> (N, C).

    Forward   y[n, c] = mean of x[n, c]
    Source    Lin, Chen and Yan 2013, "Network In Network", arXiv 1312.4400
    """

    def forward(self, x: Tensor) -> Tensor:
        return ops.mean(x, (2, 3))


class GlobalMaxPool2d(Module):
    """The strongest value of each channel; see ops.Max for ties. (N, C, H, W) -> (N, C).

    Forward   y[n, c] = max of x[n, c]
    """

    def forward(self, x: Tensor) -> Tensor:
        return ops.max(x, (2, 3))


class AdaptivePool2d(Module):
    """What the adaptive poolings share: output_size, one number or (height, width)."""

    def __init__(self, output_size: int | Pair) -> None:
        self.output_size = pair(output_size, f"{type(self).__name__}: output_size", 1)

    def settings(self) -> str:
        return f"{self.output_size}"


class AdaptiveAvgPool2d(AdaptivePool2d):
    """The mean of each of Ho x Wo regions, whatever the image's size; see ops.AdaptiveAvgPool2d."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.AdaptiveAvgPool2d(self.output_size)(x)


class AdaptiveMaxPool2d(AdaptivePool2d):
    """The maximum of each of Ho x Wo regions, any image's size; see ops.AdaptiveMaxPool2d."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.AdaptiveMaxPool2d(self.output_size)(x)
