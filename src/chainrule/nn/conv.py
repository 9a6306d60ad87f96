"""Convolutional layers: filters that slide over sequences and images."""

from typing import ClassVar

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.nn.module import Module, Parameter, positive
from chainrule.ops.conv import resolve_padding
from chainrule.ops.conv_transpose import check_output_padding
from chainrule.ops.windows import Pair, pair
from chainrule.tape import Tensor


class Convolution(Module):
    """What convolutional layers share: channels in groups, and what is said about the layer."""

    in_channels: int
    out_channels: int
    groups: int
    kernel_size: int | Pair
    weight: Parameter
    bias: Parameter | None
    usual: ClassVar[dict[str, object]]
    """The hyperparameters that settings() mentions where they differ from these."""

    def set_channels(self, in_channels: int, out_channels: int, groups: int) -> None:
        """Keep the channel counts; raise UsageError unless the groups divide them."""
        who = type(self).__name__
        positive(who, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise UsageError(
                f"{who}: {in_channels} channels in and {out_channels} out do not both divide "
                f"into {groups} groups"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.groups = groups

    def set_weights(self, weights: init.Initialiser, shape: tuple[int, ...], *, bias: bool) -> None:
        """Draw the filters, and put a bias of 0 on each channel that comes out."""
        self.weight = init.parameter(weights, shape)
        self.bias = init.parameter(init.zeros, (self.out_channels,)) if bias else None

    def formula(self) -> str:
        window = "*".join(map(str, self.weight.shape[2:]))
        inputs = f"{window}*{self.in_channels // self.groups}"
        inputs = f"({inputs} + 1)" if self.bias is not None else inputs
        return f"{inputs} * {self.out_channels}"

    def settings(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        chosen = {name: getattr(self, name) for name in self.usual}
        parts += [f"{name}={value}" for name, value in chosen.items() if value != self.usual[name]]
        parts += ["bias=False"] if self.bias is None else []
        return ", ".join(parts)


class Conv1d(Convolution):
    """Filters that slide along sequences. (N, C, L) -> (N, F, Lo); see ops.Conv2d.

    weight: (F, C/groups, K); bias: (F,) unless bias=False
    kernel_size, stride, dilation: cells; padding: cells, or "same" or "valid"

    Raises    UsageError for sizes below 1, or groups that do not divide both channel counts
    """

    usual: ClassVar[dict[str, object]] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int | str = 0,
        dilation: int = 1,
        groups: int = 1,
        *,
        bias: bool = True,
        weights: init.Initialiser = init.glorot_uniform,
    ) -> None:
        self.set_channels(in_channels, out_channels, groups)
        positive("Conv1d", kernel_size=kernel_size, stride=stride, dilation=dilation)
        flat = padding if isinstance(padding, str) else (0, padding)
        resolve_padding(flat, (1, kernel_size), (1, stride), (1, dilation), "Conv1d")
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.set_weights(weights, (out_channels, in_channels // groups, kernel_size), bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return ops.conv1d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


class Conv2d(Convolution):
    """Filters that slide over images. (N, C, H, W) -> (N, F, Ho, Wo); see ops.Conv2d.

    weight: (F, C/groups, KH, KW); bias: (F,) unless bias=False
    kernel_size, stride, dilation: cells, one number or (height, width)
    padding: cells, one number or (height, width), or "same" or "valid"
    groups: 1 for filters that see every channel; in_channels for depthwise convolution

    Raises    UsageError for sizes below 1, or groups that do not divide both channel counts
    """

    usual: ClassVar[dict[str, object]] = {
        "stride": (1, 1),
        "padding": ((0, 0), (0, 0)),
        "dilation": (1, 1),
        "groups": 1,
    }

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
        self.set_channels(in_channels, out_channels, groups)
        size = pair(kernel_size, "Conv2d: kernel_size", 1)
        self.kernel_size = size
        self.stride = pair(stride, "Conv2d: stride", 1)
        self.dilation = pair(dilation, "Conv2d: dilation", 1)
        self.padding = resolve_padding(padding, size, self.stride, self.dilation, "Conv2d")
        self.set_weights(weights, (out_channels, in_channels // groups, *size), bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        op = ops.Conv2d(self.stride, self.padding, self.dilation, self.groups)
        return op(x, self.weight) if self.bias is None else op(x, self.weight, self.bias)


class ConvTranspose2d(Convolution):
    """Filters that stamp images larger. (N, C, H, W) -> (N, F, Ho, Wo); see ops.ConvTranspose2d.

    weight: (C, F/groups, KH, KW); bias: (F,) unless bias=False
    kernel_size, stride, padding, output_padding, dilation: cells, one number or (height, width)
    padding: taken away from each side; output_padding: put on below and right, to choose among
    the sizes that a Conv2d with this stride makes equal

    Raises    UsageError for sizes below 1, groups that do not divide both channel counts, or an
              output_padding that is not below stride or dilation
    """

    usual: ClassVar[dict[str, object]] = {
        "stride": (1, 1),
        "padding": (0, 0),
        "output_padding": (0, 0),
        "dilation": (1, 1),
        "groups": 1,
    }

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        groups: int = 1,
        *,
        bias: bool = True,
        dilation: int | Pair = 1,
        weights: init.Initialiser = init.glorot_uniform,
    ) -> None:
        who = "ConvTranspose2d"
        self.set_channels(in_channels, out_channels, groups)
        size = pair(kernel_size, f"{who}: kernel_size", 1)
        self.kernel_size = size
        self.stride = pair(stride, f"{who}: stride", 1)
        self.padding = pair(padding, f"{who}: padding", 0)
        self.output_padding = pair(output_padding, f"{who}: output_padding", 0)
        self.dilation = pair(dilation, f"{who}: dilation", 1)
        check_output_padding(who, self.output_padding, self.stride, self.dilation)
        self.set_weights(weights, (in_channels, out_channels // groups, *size), bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        op = ops.ConvTranspose2d(
            self.stride, self.padding, self.output_padding, self.dilation, self.groups
        )
        return op(x, self.weight) if self.bias is None else op(x, self.weight, self.bias)
