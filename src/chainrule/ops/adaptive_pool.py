"""Adaptive pooling: the output's size is given, the windows follow from it."""

from collections.abc import Iterator
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError
from chainrule.ops.pool import check_images
from chainrule.ops.windows import Pair, pair
from chainrule.tape import Function, Tensor

Region = tuple[slice, slice]


class AdaptivePool2d(Function):
    """What adaptive poolings share: the image divided into Ho x Wo regions as equal as can be."""

    def __init__(self, output_size: Pair) -> None:
        self.output_size = output_size

    def check(self, x: Array) -> None:
        """Raise ShapeError unless x is a batch of images that have pixels."""
        check_images(x)
        if 0 in x.shape[2:]:
            raise ShapeError(f"x has shape {tuple(x.shape)}: its images have no pixels")

    def regions(self, H: int, W: int) -> Iterator[tuple[Region, Region]]:
        """Each region's rows and columns in x, and its one cell in y, in reading order.

        Region i of n reaches from floor(i * H / n) to ceil((i + 1) * H / n): where n does not
        divide H, neighbours overlap.
        """
        Ho, Wo = self.output_size
        for i in range(Ho):
            for j in range(Wo):
                rows = slice(i * H // Ho, -(-(i + 1) * H // Ho))
                columns = slice(j * W // Wo, -(-(j + 1) * W // Wo))
                yield (rows, columns), (slice(i, i + 1), slice(j, j + 1))


class AdaptiveAvgPool2d(AdaptivePool2d):
    """Divide the image into as many regions as the output has cells, and take each one's mean.

    Forward   y = sum over the region of x / area
    Backward  dx = dy / area in every cell of the region; overlapping regions add up
    Shapes    x: (N, C, H, W) -> y: (N, C, Ho, Wo)
    Keeps     the shape of x
    Raises    ShapeError when x is no batch of images
    Source    the regions of PyTorch's AdaptiveAvgPool2d
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.check(x)
        self.x_shape = x.shape
        N, C, H, W = x.shape
        means = [xp.mean(x[:, :, *region], axis=(2, 3)) for region, _ in self.regions(H, W)]
        return xp.reshape(xp.stack(means, axis=2), (N, C, *self.output_size))

    def backward(self, xp: Namespace, dy: Array) -> Array:
        dx = xp.zeros(self.x_shape, dtype=dy.dtype, device=dy.device)
        for (rows, columns), cell in self.regions(*self.x_shape[2:]):
            area = (rows.stop - rows.start) * (columns.stop - columns.start)
            dx[:, :, rows, columns] += dy[:, :, *cell] / area
        return dx


class AdaptiveMaxPool2d(AdaptivePool2d):
    """Divide the image into as many regions as the output has cells, and keep each one's maximum.

    Forward   y = max over the region of x
    Backward  dx = dy at the region's first maximum in reading order, else 0; overlapping regions
              add up
    Shapes    x: (N, C, H, W) -> y: (N, C, Ho, Wo)
    Keeps     which cell of each region won
    Raises    ShapeError when x is no batch of images
    Source    the regions of PyTorch's AdaptiveMaxPool2d
    """

    def forward(self, xp: Namespace, x: Array) -> Array:
        self.check(x)
        self.x_shape = x.shape
        N, C, H, W = x.shape
        maxima, self.winners = [], []
        for (rows, columns), _ in self.regions(H, W):
            area = (rows.stop - rows.start) * (columns.stop - columns.start)
            seen = xp.reshape(x[:, :, rows, columns], (N, C, area))
            self.winners.append(xp.argmax(seen, axis=2))
            maxima.append(xp.max(seen, axis=2))
        return xp.reshape(xp.stack(maxima, axis=2), (N, C, *self.output_size))

    def backward(self, xp: Namespace, dy: Array) -> Array:
        N, C, H, W = self.x_shape
        dx = xp.zeros(self.x_shape, dtype=dy.dtype, device=dy.device)
        for ((rows, columns), cell), winner in zip(self.regions(H, W), self.winners, strict=True):
            h, w = rows.stop - rows.start, columns.stop - columns.start
            place = xp.reshape(xp.arange(h * w, device=dy.device), (1, 1, h, w))
            won = xp.equal(place, xp.reshape(winner, (N, C, 1, 1)))
            dx[:, :, rows, columns] += xp.astype(won, dy.dtype) * dy[:, :, *cell]
        return dx


def adaptive_avg_pool2d(x: Any, output_size: int | Pair) -> Tensor:
    """The mean of each of Ho x Wo regions; see AdaptiveAvgPool2d."""
    return AdaptiveAvgPool2d(pair(output_size, "adaptive_avg_pool2d: output_size", 1))(x)


def adaptive_max_pool2d(x: Any, output_size: int | Pair) -> Tensor:
    """The largest value of each of Ho x Wo regions; see AdaptiveMaxPool2d."""
    return AdaptiveMaxPool2d(pair(output_size, "adaptive_max_pool2d: output_size", 1))(x)
