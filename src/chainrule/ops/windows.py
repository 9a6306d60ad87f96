"""Sliding windows over images: what convolution and pooling have in common.

A window of KH x KW cells, whose cells lie `dilation` apart, moves over an image in steps of
`stride`. unfold lists what each window sees; fold sends values back to where they were seen and
adds up what meets in one cell, which is exactly unfold's backward rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]


@dataclass(frozen=True)
class Window:
    """A window's size and how it moves, height before width.

    size      (KH, KW) cells
    stride    (down, right) cells between two positions
    padding   ((top, bottom), (left, right)) cells put around the image
    dilation  (down, right) cells from one cell of the window to the next
    """

    size: Pair
    stride: Pair = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)

    def span(self) -> Pair:
        """How many image cells the window reaches over, height and width."""
        (KH, KW), (dh, dw) = self.size, self.dilation
        return dh * (KH - 1) + 1, dw * (KW - 1) + 1

    def places(self, H: int, W: int) -> Pair:
        """(Ho, Wo), how many positions the window takes: (size + padding - span) // stride + 1.

        Raises    ShapeError when the window is larger than the padded image
        """
        (top, bottom), (left, right) = self.padding
        height, width = top + H + bottom, left + W + right
        if self.span()[0] > height or self.span()[1] > width:
            KH, KW = self.size
            raise ShapeError(
                f"a {KH}x{KW} window spans {self.span()[0]}x{self.span()[1]} cells, more than the "
                f"{height}x{width} cells of the padded image: pad more, or use a smaller window"
            )
        return (
            (height - self.span()[0]) // self.stride[0] + 1,
            (width - self.span()[1]) // self.stride[1] + 1,
        )

    def covering(self, H: int, W: int) -> "Window":
        """The same window with more padding below and right, so that it reaches every pixel.

        That is pooling whose output's size is rounded up, not down. No window starts outside the
        image and the padding before it, for it would see no pixel.
        """
        (top, bottom), (left, right) = self.padding
        sides = (H, W), (top, left), (bottom, right), self.span(), self.stride
        below, beside = map(_missing, *sides)
        return replace(self, padding=((top, bottom + below), (left, right + beside)))

    def cells(self, Ho: int, Wo: int) -> Iterator[tuple[slice, slice]]:
        """For each of the KH*KW cells, the rows and columns it visits as the window moves."""
        (sh, sw), (dh, dw) = self.stride, self.dilation
        for i in range(self.size[0]):
            for j in range(self.size[1]):
                yield (
                    slice(i * dh, i * dh + sh * (Ho - 1) + 1, sh),
                    slice(j * dw, j * dw + sw * (Wo - 1) + 1, sw),
                )


def _missing(size: int, before: int, after: int, span: int, step: int) -> int:
    """How many cells the last of the windows that are needed reaches over the padded image."""
    length = before + size + after
    last = -((span - length) // step) * step
    if last >= before + size:
        last -= step
    return max(0, last + span - length)


def pair(value: int | Pair, who: str, least: int) -> Pair:
    """A hyperparameter for height and width, given as one number for both or as two.

    Raises    UsageError when it is neither, or below the least value that makes sense
    """
    both = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(both) != 2 or not all(isinstance(one, Integral) and one >= least for one in both):
        raise UsageError(
            f"{who} is {value!r}, but one whole number or two (height, width), "
            f"each {least} or more, are needed"
        )
    return int(both[0]), int(both[1])


def padded(xp: Namespace, x: Array, padding: Padding, fill: float = 0.0) -> Array:
    """x: (N, C, H, W) with `fill` around each image."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    N, C, H, W = x.shape
    y = xp.full((N, C, top + H + bottom, left + W + right), fill, dtype=x.dtype, device=x.device)
    y[:, :, top : top + H, left : left + W] = x
    return y


def unfold(xp: Namespace, x: Array, window: Window, fill: float = 0.0) -> Array:
    """What every window sees: (N, C, H, W) -> (N, C, KH*KW, Ho, Wo)."""
    Ho, Wo = window.places(*x.shape[2:])
    x = padded(xp, x, window.padding, fill)
    return xp.stack([x[:, :, rows, columns] for rows, columns in window.cells(Ho, Wo)], axis=2)


def fold(xp: Namespace, seen: Array, window: Window, H: int, W: int) -> Array:
    """Add each value back where it was seen: (N, C, KH*KW, Ho, Wo) -> (N, C, H, W)."""
    N, C, _, Ho, Wo = seen.shape
    (top, bottom), (left, right) = window.padding
    around = (N, C, top + H + bottom, left + W + right)
    x = xp.zeros(around, dtype=seen.dtype, device=seen.device)
    for k, (rows, columns) in enumerate(window.cells(Ho, Wo)):
        x[:, :, rows, columns] += seen[:, :, k, :, :]
    return x[:, :, top : top + H, left : left + W]
