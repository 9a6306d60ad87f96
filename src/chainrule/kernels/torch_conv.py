"""Conv2d for torch: its library's convolutions, forward and to both gradients."""

import torch
from torch.nn.functional import pad

from chainrule.backends import Array, Namespace
from chainrule.kernels import torch_winograd as winograd
from chainrule.kernels.torch_weights import by_product, product_pays
from chainrule.ops.conv import Conv2d
from chainrule.ops.windows import Pair, Window
from chainrule.tape import dtype_name

CHANNELS_LAST = torch.channels_last


class LibraryConv2d(Conv2d):
    """Conv2d by the library, in channels-last memory, which its products take without a copy.

    The library pads both sides alike: what one side has more is put around x first. Two ways are
    taken in place of it where they are faster: on small maps, dw may be the plain rule's matrix
    product (torch_weights.py); between many channels, 3x3 filters go by tiles (torch_winograd.py).

    Keeps     x as it was padded, w
    """

    around: Pair

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        window = self.window(w)
        window.places(*x.shape[2:])
        self.by_tiles = winograd.saves_time(x, w, window, self.groups)
        if self.by_tiles:
            self.x, self.w = x, w
            y = winograd.convolved(x, w, self.padding)
            return y if b is None else y + b[:, None, None]
        (top, bottom), (left, right) = self.padding
        self.around = height, width = min(top, bottom), min(left, right)
        self.extra = (left - width, right - width, top - height, bottom - height)
        if any(self.extra):
            x = pad(x, self.extra)
        self.x = channels_last(x)
        self.w = w.contiguous(memory_format=CHANNELS_LAST)
        self.options = (self.stride, self.around, self.dilation, False, (0, 0), self.groups)
        return torch.convolution(self.x, self.w, b, *self.options)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        needs_x, needs_w, needs_b = (*self.needs, False)[:3]
        if self.by_tiles:
            gradients = (
                winograd.gradient_of_x(dy, self.w, self.padding) if needs_x else None,
                winograd.gradient_of_w(self.x, dy, self.padding) if needs_w else None,
                dy.sum((0, 2, 3)) if needs_b else None,
            )
            return gradients[: len(self.needs)]
        dy = dy.contiguous(memory_format=CHANNELS_LAST)
        product = needs_w and _prefers_product(self, dy)
        dx, dw, db = torch.ops.aten.convolution_backward(
            dy,
            self.x,
            self.w,
            [self.w.shape[0]],
            *self.options,
            (needs_x, needs_w and not product, needs_b),
        )
        if product:
            (height, width), size = self.around, tuple(self.w.shape[2:])
            sides = (height, height), (width, width)
            dw = by_product(self.x, dy, Window(size, self.stride, sides, self.dilation))
        if dx is not None and any(self.extra):
            left, right, top, bottom = self.extra
            H, W = dx.shape[2:]
            dx = dx[:, :, top : H - bottom, left : W - right]
        return (dx, dw, db)[: len(self.needs)]


def channels_last(x: Array) -> Array:
    """x (N, C, H, W) with the channels of a pixel side by side in memory.

    One channel lies so anyhow; only its stride says whether the library is to go on like that.
    """
    x = x.contiguous(memory_format=CHANNELS_LAST)
    N, C, H, W = x.shape
    return x.as_strided((N, C, H, W), (H * W, 1, W, 1)) if C == 1 else x


def _prefers_product(conv: LibraryConv2d, dy: Array) -> bool:
    """Whether dw is there sooner as a matrix product."""
    if conv.groups > 1 or dy.device.type != "cpu":
        return False
    pays: bool = product_pays(
        tuple(conv.x.shape),
        tuple(dy.shape),
        tuple(conv.w.shape[2:]),
        conv.stride,
        conv.around,
        conv.dilation,
        dtype_name(dy),
    )
    return pays
