"""Samples of convolution and pooling, rich in shapes: a kernel for a backend is proved on them."""

from chainrule.ops import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    MaxPool2d,
    Window,
)
from chainrule.ops.conv import same_padding
from chainrule.testing.sample import Sample, given, normal, spread, tied


def around(cells: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The same padding on every side."""
    return (cells, cells), (cells, cells)


CONVOLUTIONS = (
    Sample(
        "3x3, padding 1",
        lambda: Conv2d(padding=around(1)),
        (normal(2, 3, 5, 5), normal(4, 3, 3, 3), normal(4)),
    ),
    Sample("no padding, no bias", Conv2d, (normal(2, 2, 6, 5), normal(3, 2, 3, 2))),
    Sample("1x1", Conv2d, (normal(3, 4, 3, 4), normal(5, 4, 1, 1), normal(5))),
    Sample(
        "1x1, stride 2", lambda: Conv2d(stride=(2, 2)), (normal(2, 4, 5, 6), normal(3, 4, 1, 1))
    ),
    Sample("the window is the image", Conv2d, (normal(2, 3, 4, 5), normal(2, 3, 4, 5), normal(2))),
    Sample("one example, one channel", Conv2d, (normal(1, 1, 4, 4), normal(1, 1, 3, 3), normal(1))),
    Sample(
        "stride 2",
        lambda: Conv2d(stride=(2, 2), padding=around(1)),
        (normal(2, 3, 7, 8), normal(4, 3, 3, 3), normal(4)),
    ),
    Sample(
        "stride over the kernel",
        lambda: Conv2d(stride=(3, 4)),
        (normal(2, 2, 8, 9), normal(3, 2, 2, 2), normal(3)),
    ),
    Sample(
        "strides that differ",
        lambda: Conv2d(stride=(1, 3), padding=((0, 0), (2, 2))),
        (normal(2, 2, 5, 7), normal(3, 2, 2, 4)),
    ),
    Sample(
        "even kernel, same",
        lambda: Conv2d(padding=same_padding((4, 2))),
        (normal(2, 2, 5, 6), normal(3, 2, 4, 2), normal(3)),
    ),
    Sample(
        "padding on two sides",
        lambda: Conv2d(padding=((2, 0), (0, 1))),
        (normal(2, 2, 4, 5), normal(3, 2, 3, 3), normal(3)),
    ),
    Sample(
        "padding over the kernel",
        lambda: Conv2d(padding=around(3)),
        (normal(1, 2, 3, 3), normal(2, 2, 2, 2), normal(2)),
    ),
    Sample(
        "dilation",
        lambda: Conv2d(dilation=(2, 3)),
        (normal(2, 2, 7, 8), normal(3, 2, 3, 2), normal(3)),
    ),
    Sample(
        "dilation, stride, same",
        lambda: Conv2d((2, 1), same_padding((3, 3), (2, 2)), (2, 2)),
        (normal(2, 2, 6, 5), normal(3, 2, 3, 3)),
    ),
    Sample(
        "2 groups",
        lambda: Conv2d(padding=around(1), groups=2),
        (normal(2, 4, 4, 5), normal(6, 2, 3, 3), normal(6)),
    ),
    Sample(
        "depthwise",
        lambda: Conv2d(padding=around(1), groups=4),
        (normal(2, 4, 5, 4), normal(4, 1, 3, 3), normal(4)),
    ),
    Sample(
        "depthwise, two filters each, stride 2",
        lambda: Conv2d((2, 2), groups=3),
        (normal(2, 3, 6, 5), normal(6, 1, 3, 3)),
    ),
    Sample(
        "images that are data",
        lambda: Conv2d(padding=around(1)),
        (given(normal(3, 1, 6, 6)), normal(4, 1, 3, 3), normal(4)),
    ),
    Sample(
        "an odd batch, 16 channels, 12x12",
        lambda: Conv2d(padding=around(1)),
        (normal(9, 16, 12, 12), normal(16, 16, 3, 3), normal(16)),
    ),
    Sample(
        "an odd batch, 5x5, stride 2",
        lambda: Conv2d((2, 2), around(2)),
        (normal(7, 8, 11, 13), normal(12, 8, 5, 5), normal(12)),
    ),
    Sample(
        "a prime batch, 2 groups, dilation",
        lambda: Conv2d((1, 1), around(2), (2, 2), 2),
        (normal(13, 8, 9, 9), normal(8, 4, 3, 3), normal(8)),
    ),
)

TRANSPOSED = (
    Sample("3x3", ConvTranspose2d, (normal(2, 3, 4, 5), normal(3, 4, 3, 3), normal(4))),
    Sample("no bias", ConvTranspose2d, (normal(2, 2, 3, 3), normal(2, 3, 2, 4))),
    Sample("1x1", ConvTranspose2d, (normal(2, 3, 3, 4), normal(3, 2, 1, 1), normal(2))),
    Sample("one pixel", ConvTranspose2d, (normal(1, 1, 1, 1), normal(1, 1, 3, 3), normal(1))),
    Sample(
        "twice as large",
        lambda: ConvTranspose2d((2, 2), (1, 1), (1, 1)),
        (normal(2, 3, 4, 5), normal(3, 4, 3, 3), normal(4)),
    ),
    Sample(
        "stride over the kernel",
        lambda: ConvTranspose2d((3, 4), output_padding=(2, 0)),
        (normal(2, 2, 3, 2), normal(2, 3, 2, 2), normal(3)),
    ),
    Sample(
        "unequal sides",
        lambda: ConvTranspose2d((1, 2), (0, 1), (0, 1)),
        (normal(2, 2, 3, 4), normal(2, 3, 3, 2)),
    ),
    Sample(
        "dilation, output padding over the stride",
        lambda: ConvTranspose2d((1, 2), (1, 0), (1, 2), (2, 3)),
        (normal(2, 2, 4, 3), normal(2, 3, 3, 2), normal(3)),
    ),
    Sample(
        "2 groups",
        lambda: ConvTranspose2d((2, 2), groups=2),
        (normal(2, 4, 3, 4), normal(4, 3, 3, 3), normal(6)),
    ),
    Sample(
        "depthwise",
        lambda: ConvTranspose2d(padding=(1, 1), groups=4),
        (normal(2, 4, 5, 4), normal(4, 1, 3, 3), normal(4)),
    ),
    Sample(
        "images that are data",
        lambda: ConvTranspose2d((2, 2)),
        (given(normal(3, 2, 4, 4)), normal(2, 3, 2, 2), normal(3)),
    ),
)

TWO = Window((2, 2), stride=(2, 2))
OVERLAP = Window((3, 3), stride=(2, 2), padding=around(1))
APART = Window((2, 2), stride=(3, 4))
UNEQUAL = Window((2, 3), stride=(1, 2), padding=((1, 0), (0, 2)))
COVERING = Window((3, 3), stride=(2, 2)).covering(8, 6)
DILATED = Window((2, 2), stride=(1, 2), dilation=(2, 3))
ALL_OF_IT = Window((4, 5))

MAXIMA = (
    Sample("2x2", lambda: MaxPool2d(TWO), (spread(2, 3, 4, 6),)),
    Sample("2x2, rows and columns left over", lambda: MaxPool2d(TWO), (spread(2, 3, 5, 7),)),
    Sample("1x1", lambda: MaxPool2d(Window((1, 1))), (spread(2, 2, 3, 3),)),
    Sample("overlap, padding", lambda: MaxPool2d(OVERLAP), (spread(2, 3, 7, 6),)),
    Sample("stride over the kernel", lambda: MaxPool2d(APART), (spread(2, 2, 8, 9),)),
    Sample("unequal sides", lambda: MaxPool2d(UNEQUAL), (spread(1, 2, 5, 6),)),
    Sample("no pixel left over", lambda: MaxPool2d(COVERING), (spread(2, 3, 8, 6),)),
    Sample("dilation", lambda: MaxPool2d(DILATED), (spread(2, 2, 6, 7),)),
    Sample("the window is the image", lambda: MaxPool2d(ALL_OF_IT), (spread(2, 3, 4, 5),)),
    Sample("ties", lambda: MaxPool2d(TWO), (tied(3, 4, 6, 6),), smooth=False),
    Sample("ties that overlap", lambda: MaxPool2d(OVERLAP), (tied(3, 4, 7, 6),), smooth=False),
    Sample("an odd batch, 16 channels, 12x12", lambda: MaxPool2d(TWO), (spread(9, 16, 12, 12),)),
    Sample("an odd batch, overlap", lambda: MaxPool2d(OVERLAP), (spread(7, 8, 11, 13),)),
    Sample("an odd batch, ties", lambda: MaxPool2d(TWO), (tied(9, 16, 13, 12),), smooth=False),
)

MEANS = (
    Sample("2x2", lambda: AvgPool2d(TWO), (normal(2, 3, 4, 6),)),
    Sample("2x2, rows and columns left over", lambda: AvgPool2d(TWO), (normal(2, 3, 5, 7),)),
    Sample("overlap, padding", lambda: AvgPool2d(OVERLAP), (normal(2, 3, 7, 6),)),
    Sample("stride over the kernel", lambda: AvgPool2d(APART), (normal(2, 2, 8, 9),)),
    Sample("unequal sides", lambda: AvgPool2d(UNEQUAL), (normal(1, 2, 5, 6),)),
    Sample("dilation", lambda: AvgPool2d(DILATED), (normal(2, 2, 6, 7),)),
    Sample("the window is the image", lambda: AvgPool2d(ALL_OF_IT), (normal(2, 3, 4, 5),)),
    Sample("an odd batch, 16 channels, 12x12", lambda: AvgPool2d(TWO), (normal(9, 16, 12, 12),)),
    Sample("an odd batch, overlap", lambda: AvgPool2d(OVERLAP), (normal(7, 8, 11, 13),)),
)

ADAPTIVE = (
    Sample("sizes that divide", lambda: AdaptiveAvgPool2d((2, 3)), (normal(2, 3, 4, 6),)),
    Sample("sizes that do not", lambda: AdaptiveAvgPool2d((3, 2)), (normal(2, 3, 7, 5),)),
    Sample("the whole image", lambda: AdaptiveAvgPool2d((1, 1)), (normal(2, 3, 4, 5),)),
    Sample("larger than the image", lambda: AdaptiveAvgPool2d((5, 3)), (normal(2, 2, 3, 3),)),
    Sample("sizes that divide", lambda: AdaptiveMaxPool2d((2, 3)), (spread(2, 3, 4, 6),)),
    Sample("sizes that do not", lambda: AdaptiveMaxPool2d((3, 2)), (spread(2, 3, 7, 5),)),
    Sample("the whole image", lambda: AdaptiveMaxPool2d((1, 1)), (spread(2, 3, 4, 5),)),
    Sample("larger than the image", lambda: AdaptiveMaxPool2d((5, 3)), (spread(2, 2, 3, 3),)),
    Sample("ties", lambda: AdaptiveMaxPool2d((3, 2)), (tied(3, 4, 7, 5),), smooth=False),
)

SAMPLES = CONVOLUTIONS + TRANSPOSED + MAXIMA + MEANS + ADAPTIVE
