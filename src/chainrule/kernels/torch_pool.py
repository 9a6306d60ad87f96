"""MaxPool2d and AvgPool2d for torch: its library's, or what its compiler makes the best code of.

The plain rules copy every window out before they reduce it.
"""

import torch
from torch.nn.functional import pad

from chainrule.backends import Array, Namespace
from chainrule.kernels.torch_cells import compiles_to_slices, strongest, to_winners
from chainrule.ops.pool import AvgPool2d, MaxPool2d, check_images
from chainrule.ops.windows import Window

NONE = ((0, 0), (0, 0))


class LibraryMaxPool2d(MaxPool2d):
    """MaxPool2d by the library, where too the first maximum wins; or cell by cell, see torch_cells.

    Keeps     which pixel won each window, and x with its padding unless it goes cell by cell
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        check_images(x)
        self.size = x.shape[2:]
        self.by_cells = compiles_to_slices(x, self.window)
        if self.by_cells:
            y, self.winner = strongest(x, self.window)
            return y.permute(0, 3, 1, 2)
        self.x = _padded(x, self.window, -float("inf"))
        y, self.winner = torch.ops.aten.max_pool2d_with_indices(self.x, *_options(self.window))
        return y

    def backward(self, xp: Namespace, dy: Array) -> Array:
        if self.by_cells:
            return to_winners(dy.permute(0, 2, 3, 1), self.winner, self.window, self.size)
        dx = torch.ops.aten.max_pool2d_with_indices_backward(
            dy, self.x, *_options(self.window), False, self.winner
        )
        return _without_padding(dx, self.window)


class LibraryAvgPool2d(AvgPool2d):
    """AvgPool2d by the library; the plain rule where the window has gaps, which it cannot do.

    Keeps     x with its padding, of which only the shape counts
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        if self.window.dilation != (1, 1):
            return AvgPool2d.forward(self, xp, x)
        check_images(x)
        self.x = _padded(x, self.window, 0.0)
        return torch.ops.aten.avg_pool2d(self.x, self.window.size, self.window.stride)

    def backward(self, xp: Namespace, dy: Array) -> Array:
        if self.window.dilation != (1, 1):
            return AvgPool2d.backward(self, xp, dy)
        size, stride = self.window.size, self.window.stride
        dx = torch.ops.aten.avg_pool2d_backward(dy, self.x, size, stride, (0, 0), False, True, None)
        return _without_padding(dx, self.window)


def _options(window: Window) -> tuple[tuple[int, int], ...]:
    """Size, stride, no padding (it is done, each side on its own), dilation."""
    return window.size, window.stride, (0, 0), window.dilation


def _padded(x: Array, window: Window, fill: float) -> Array:
    window.places(*x.shape[2:])  # refuses a window larger than the image
    (top, bottom), (left, right) = window.padding
    return pad(x, (left, right, top, bottom), value=fill) if window.padding != NONE else x


def _without_padding(dx: Array, window: Window) -> Array:
    (top, bottom), (left, right) = window.padding
    H, W = dx.shape[2:]
    return dx[:, :, top : H - bottom, left : W - right]
