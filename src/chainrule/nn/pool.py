"""Pooling as layers."""

from chainrule import ops
from chainrule.nn.module import Module
from chainrule.ops.pool import pooling_window
from chainrule.ops.windows import Pair
from chainrule.tape import Tensor


class MaxPool2d(Module):
    """The strongest value of each window; see ops.MaxPool2d.

    kernel_size, stride (kernel_size unless given), padding: cells, one number or (height, width)
    """

    def __init__(
        self, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0
    ) -> None:
        self.window = pooling_window(kernel_size, stride, padding, "MaxPool2d")

    def forward(self, x: Tensor) -> Tensor:
        return ops.MaxPool2d(self.window)(x)

    def settings(self) -> str:
        return f"kernel_size={self.window.size}, stride={self.window.stride}"


class AvgPool2d(Module):
    """The mean of each window; see ops.AvgPool2d.

    kernel_size, stride (kernel_size unless given), padding: cells, one number or (height, width)
    """

    def __init__(
        self, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0
    ) -> None:
        self.window = pooling_window(kernel_size, stride, padding, "AvgPool2d")

    def forward(self, x: Tensor) -> Tensor:
        return ops.AvgPool2d(self.window)(x)

    def settings(self) -> str:
        return f"kernel_size={self.window.size}, stride={self.window.stride}"


class GlobalAvgPool2d(Module):
    """The mean of each channel over the whole image: (N, C, H, W) -> (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.mean(x, (2, 3))
