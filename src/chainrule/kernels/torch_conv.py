"""Conv2d for torch: its library's convolutions, forward and to both gradients."""

import torch
from torch.nn.functional import pad

from chainrule.backends import Array, Namespace
from chainrule.ops.conv import Conv2d

CHANNELS_LAST = torch.channels_last


class LibraryConv2d(Conv2d):
    """Conv2d by the library, in channels-last memory, which its products take without a copy.

    The library pads both sides alike: what one side has more is put around x first.

    Keeps     x as it was padded, w
    """

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        self.window(w).places(*x.shape[2:])
        (top, bottom), (left, right) = self.padding
        around = height, width = min(top, bottom), min(left, right)
        self.extra = (left - width, right - width, top - height, bottom - height)
        if any(self.extra):
            x = pad(x, self.extra)
        self.x = x.contiguous(memory_format=CHANNELS_LAST)
        self.w = w.contiguous(memory_format=CHANNELS_LAST)
        self.options = (self.stride, around, self.dilation, False, (0, 0), self.groups)
        return torch.convolution(self.x, self.w, b, *self.options)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        dx, dw, db = torch.ops.aten.convolution_backward(
            dy.contiguous(memory_format=CHANNELS_LAST),
            self.x,
            self.w,
            [self.w.shape[0]],
            *self.options,
            (self.needs[0], True, len(self.needs) == 3),
        )
        if dx is not None and any(self.extra):
            left, right, top, bottom = self.extra
            H, W = dx.shape[2:]
            dx = dx[:, :, top : H - bottom, left : W - right]
        return (dx, dw, db)[: len(self.needs)]
