"""The convolutional layer."""

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.nn.module import Module, positive
from chainrule.ops.conv import resolve_padding
from chainrule.ops.windows import Pair, pair
from chainrule.tape import Tensor


class Conv2d(Module):
    """Filters that slide over images. (N, C, H, W) -> (N, F, Ho, Wo).

    weight: (F, C/groups, KH, KW); bias: (F,) unless bias=False
    kernel_size, stride, dilation: cells, one number or (height, width)
    padding: cells, one number or (height, width), or "same" or "valid"

    Raises    UsageError for sizes below 1, or groups that do not divide both channel counts
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair | str = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        *,
        bias: bool = True,
        weights: init.Initialiser = init.glorot_uniform,
    ) -> None:
        positive("Conv2d", in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise UsageError(
                f"Conv2d: {in_channels} channels in and {out_channels} out do not both divide "
                f"into {groups} groups"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "Conv2d: kernel_size", 1)
        self.stride = pair(stride, "Conv2d: stride", 1)
        self.dilation = pair(dilation, "Conv2d: dilation", 1)
        self.padding = resolve_padding(
            padding, self.kernel_size, self.stride, self.dilation, "Conv2d"
        )
        self.groups = groups
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = init.parameter(weights, shape)
        self.bias = init.parameter(init.zeros, (out_channels,)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        op = ops.Conv2d(self.stride, self.padding, self.dilation, self.groups)
        return op(x, self.weight) if self.bias is None else op(x, self.weight, self.bias)

    def formula(self) -> str:
        KH, KW = self.kernel_size
        inputs = f"{KH}*{KW}*{self.in_channels // self.groups}"
        inputs = f"({inputs} + 1)" if self.bias is not None else inputs
        return f"{inputs} * {self.out_channels}"

    def settings(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts += [f"stride={self.stride}"] if self.stride != (1, 1) else []
        parts += [f"padding={self.padding}"] if self.padding != ((0, 0), (0, 0)) else []
        parts += [f"dilation={self.dilation}"] if self.dilation != (1, 1) else []
        parts += [f"groups={self.groups}"] if self.groups > 1 else []
        parts += [] if self.bias else ["bias=False"]
        return ", ".join(parts)
