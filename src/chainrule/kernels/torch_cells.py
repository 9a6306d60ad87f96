"""Max pooling cell by cell, for torch's compiler.

Compiled for a processor, the library's backward adds to where each winner was, value by value.
Windows side by side need no adding. Forward, their first cells are one slice of x, their second
cells the next, and the larger of two slices is one instruction for many windows. Which cell won is
kept in a byte, so that x and y need not be. Backward, each pixel asks whether it is that cell.

Backward, float32, one core that other programs wanted too, with bytes, and with x and y kept and
compared slice by slice: 4.1 ms against 20 for (128, 64, 32, 32), 65 against 115 for
(500, 64, 31, 31), where a row and a column lie in no window. Uncompiled, the library is faster.
"""

import math
from collections.abc import Sequence

import torch
from torch.nn.functional import pad

from chainrule.backends import Array
from chainrule.kernels.torch_compiled import compiled_for_processor, computed
from chainrule.ops.windows import Window

MOST_CELLS = 9
"""Cells of a window up to which code for each of them is compiled."""


def compiles_to_slices(x: Array, window: Window) -> bool:
    """Whether x is being compiled for a processor, and small windows lie side by side."""
    side_by_side = Window(window.size, stride=window.size)
    return (
        compiled_for_processor(x)
        and window == side_by_side
        and math.prod(window.size) <= MOST_CELLS
    )


def strongest(x: Array, window: Window) -> tuple[Array, Array]:
    """The maximum of each window, and the number of the first cell that holds it, in a byte.

    Shapes    x: (N, C, H, W) -> both: (N, Ho, Wo, C); channels last, so that the innermost loop
              runs over neighbours in memory
    """
    images = x.permute(0, 2, 3, 1)
    places = window.cells(*window.places(*x.shape[2:]))
    y, *others = [images[:, rows, columns] for rows, columns in places]
    winner = torch.zeros_like(y)  # as floats: the compiler is slow where they meet with bytes
    for number, cell in enumerate(others, start=1):
        winner = torch.where(cell > y, float(number), winner)
        y = torch.maximum(y, cell)
    return y, computed(winner.to(torch.uint8))


def to_winners(dy: Array, winner: Array, window: Window, size: Sequence[int]) -> Array:
    """dx (N, C, H, W), of this H and W: dy for the pixels that won, 0 for all others.

    Each window is a block of KH * KW pixels. The blocks are computed as they are, and only then
    seen as rows of pixels: the compiler would divide for each pixel otherwise.
    """
    (KH, KW), (H, W) = window.size, size
    N, Ho, Wo, C = dy.shape
    if not dy.is_contiguous():  # from a layer of another order, such as Flatten: turned once
        dy = computed(dy)
    number = torch.arange(KH * KW, dtype=dy.dtype).reshape(KH, 1, KW, 1)
    wins = winner.to(dy.dtype)[:, :, None, :, None] == number  # (N, Ho, KH, Wo, KW, C)
    blocks = computed(torch.where(wins, dy[:, :, None, :, None], 0.0))
    seen = blocks.reshape(N, Ho * KH, Wo * KW, C)
    return pad(seen, (0, 0, 0, W - Wo * KW, 0, H - Ho * KH)).permute(0, 3, 1, 2)
