"""Convolution with 3x3 filters from a quarter of the products.

A tile of 4x4 outputs sees 6x6 pixels, and costs 16 * 9 = 144 products for each pair of an input and
an output channel. Winograd's rule needs 36: transform the pixels and the filter, multiply value by
value, transform back.

    y  = A [(G w G') * (B x B')] A'
    dw = G' [(A' dy A) * (B x B')] G                the same sums, read backwards
    dx = the same convolution of dy, its filters turned half around

Over all channels and tiles, the value by value is 36 matrix products. And B x B' is one more: of
kron(B, B), 36x36, with all tiles, whose 36 pixels are the rows.

The matrices are exact; float32 rounds to about 1e-5 of the largest value. Transforming costs about
the same for each channel, and what it saves are products of pairs of channels: so this pays between
many. Float32, two cores with AVX-512, the library and this, ms for y, dx and dw: 512 to 512
channels on 4x4 maps, batch 50, 21, 21, 24 and 10, 10, 10; 256 to 256 on 8x8 14, 14, 16 and 9, 9, 9;
but y of 64 to 64 on 16x16, batch 128, 7.5 and 11, and of one image, 512 to 512 on 8x8, 2 and 7.

Source    Winograd 1980, "Arithmetic Complexity of Computations"; Lavin and Gray 2016,
          arXiv 1509.09308, where the matrices stand
"""

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import pad

from chainrule.backends import Array
from chainrule.ops.windows import Padding, Window

Matrix = tuple[tuple[float, ...], ...]
Shape = tuple[int, ...]

TILE = 4
"""Rows and columns of outputs that are computed at once."""

SEEN = 6
"""Rows and columns of pixels that a tile's outputs look at."""

WORTH = 125
"""Products to be saved for each value that is transformed; about here, both take the same time."""

AT_A_TIME = 1 << 24
"""Values that images are transformed to before the next images are: 64 MB of float32."""

PIXELS: Matrix = (  # B
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)

FILTER: Matrix = (  # G
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)

OUTPUTS: Matrix = (  # A
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


def saves_time(x: Array, w: Array, window: Window, groups: int) -> bool:
    """Whether there are enough products to save, on a processor that has to make them all."""
    if x.device.type != "cpu" or x.dtype not in (torch.float32, torch.float64):
        return False
    if window != Window((3, 3), padding=window.padding) or groups > 1:
        return False
    saved, transformed = savings(tuple(x.shape), tuple(w.shape), window)
    return saved >= WORTH * transformed > 0


def savings(x: Shape, w: Shape, window: Window) -> tuple[int, int]:
    """The products saved, and the values transformed for it: pixels, outputs and filters.

    Tiles that hang over a map's edge save less; for few tiles, the filters cost too much.
    """
    F, C = w[:2]
    Ho, Wo = window.places(*x[2:])
    there = SEEN * SEEN * x[0] * tiles(Ho) * tiles(Wo)
    return (9 * x[0] * Ho * Wo - there) * C * F, there * (C + F) + SEEN * SEEN * C * F


def convolved(x: Array, w: Array, padding: Padding) -> Array:
    """y (N, F, Ho, Wo), without a bias."""
    return _convolved(x, w, [*padding[0], *padding[1]])


def gradient_of_x(dy: Array, w: Array, padding: Padding) -> Array:
    """dx (N, C, H, W)."""
    (top, bottom), (left, right) = padding
    turned = w.flip(2, 3).transpose(0, 1)
    return convolved(dy, turned, ((2 - top, 2 - bottom), (2 - left, 2 - right)))


def gradient_of_w(x: Array, dy: Array, padding: Padding) -> Array:
    """dw (F, C, 3, 3)."""
    return _gradient_of_w(x, dy, [*padding[0], *padding[1]])


def _as_one_operation(rule: Callable[..., Array]) -> Callable[..., Array]:
    """The rule as one operation, into which torch's compiler does not look.

    It would compute the layer before, inside the cutting into tiles: two and a quarter times.
    """
    operation = torch.library.custom_op(f"chainrule::winograd{rule.__name__}", mutates_args=())(
        rule
    )
    operation.register_fake(rule)
    return operation


@_as_one_operation
def _convolved(x: torch.Tensor, w: torch.Tensor, sides: Sequence[int]) -> torch.Tensor:
    top, bottom, left, right = sides
    F, (Ho, Wo) = len(w), (x.shape[2] + top + bottom - 2, x.shape[3] + left + right - 2)
    filters = _matrices(FILTER, w.permute(2, 3, 1, 0))
    y = x.new_empty((len(x), Ho, Wo, F))
    for some in _parts(len(x), tiles(Ho) * tiles(Wo) * (x.shape[1] + F)):
        products = torch.bmm(_pixels(x[some], sides), filters)
        there = products.view(SEEN, SEEN, -1, tiles(Ho), tiles(Wo), F)
        back = both_ways(OUTPUTS, there).permute(2, 3, 0, 4, 1, 5)  # (N, rows, 4, columns, 4, F)
        y[some] = back.flatten(3, 4).flatten(1, 2)[:, :Ho, :Wo]
    return y.permute(0, 3, 1, 2)


@_as_one_operation
def _gradient_of_w(x: torch.Tensor, dy: torch.Tensor, sides: Sequence[int]) -> torch.Tensor:
    C, F, (H, W) = x.shape[1], dy.shape[1], dy.shape[2:]
    over = (0, 0, 0, TILE * tiles(W) - W, 0, TILE * tiles(H) - H)
    products = x.new_zeros((SEEN * SEEN, C, F))
    for some in _parts(len(x), tiles(H) * tiles(W) * (C + F)):
        whole = pad(dy[some].permute(0, 2, 3, 1), over)
        answers = _matrices(transposed(OUTPUTS), cells(whole, TILE))
        products.baddbmm_(_pixels(x[some], sides).transpose(1, 2), answers)
    grid = products.view(SEEN, SEEN, C, F)
    return both_ways(transposed(FILTER), grid).permute(3, 2, 0, 1)


def _parts(images: int, values: int) -> list[slice]:
    """The images cut into parts, each of as many values, times 36, as are transformed at a time."""
    most = max(1, AT_A_TIME // (SEEN * SEEN * values))
    return [slice(first, first + most) for first in range(0, images, most)]


def both_ways(matrix: Matrix, grid: torch.Tensor) -> torch.Tensor:
    """matrix @ grid @ matrix', where a grid (k, k, ...) holds arrays in place of numbers."""
    rows, k = len(matrix), len(grid)
    once = grid.new_tensor(matrix)
    product = torch.kron(once, once) @ grid.reshape(k * k, -1)
    return product.view(rows, rows, *grid.shape[2:])


def cells(images: torch.Tensor, size: int) -> torch.Tensor:
    """(N, H, W, C) cut into squares TILE apart: (size, size, N, rows, columns, C)."""
    return images.unfold(1, size, TILE).unfold(2, size, TILE).permute(4, 5, 0, 1, 2, 3)


def tiles(outputs: int) -> int:
    """How many tiles side by side hold so many outputs."""
    return -(-outputs // TILE)


def transposed(matrix: Matrix) -> Matrix:
    """Its columns as rows."""
    return tuple(zip(*matrix, strict=True))


def _pixels(x: torch.Tensor, sides: Sequence[int]) -> torch.Tensor:
    """B x B' of what every tile sees: (36, tiles, C)."""
    top, bottom, left, right = sides
    H, W = x.shape[2:]
    height, width = TILE * tiles(top + H + bottom - 2) + 2, TILE * tiles(left + W + right - 2) + 2
    around = (0, 0, left, width - W - left, top, height - H - top)
    return _matrices(PIXELS, cells(pad(x.permute(0, 2, 3, 1), around), SEEN))


def _matrices(matrix: Matrix, grid: torch.Tensor) -> torch.Tensor:
    """both_ways, as one matrix (places, channels) for each of the 36."""
    return both_ways(matrix, grid).flatten(0, 1).flatten(1, -2)
