"""Max pooling cell by cell, for torch's compiler.

Compiled for a processor, the library's backward adds to where each winner was, value by value.
Windows side by side need no adding: their first cells are one slice of x, their second cells the
next, and each slice is compared with y as a whole, in the processor's widest registers.

With the ReLU before it, forward and backward, float32, one core that other programs wanted too:
34 ms against 9 for (128, 32, 30, 30), 16 against 4.4 for (128, 64, 16, 16). Uncompiled it would
take twice as long as the library does.
"""

import math

import torch
from torch.nn.functional import pad

from chainrule.backends import Array
from chainrule.ops.windows import Window

MOST_CELLS = 9
"""Cells of a window up to which code for each of them is compiled."""


def compiles_to_slices(x: Array, window: Window) -> bool:
    """Whether x is being compiled for a processor, and small windows lie side by side."""
    side_by_side = Window(window.size, stride=window.size)
    return (
        torch.compiler.is_compiling()
        and x.device.type == "cpu"
        and window == side_by_side
        and math.prod(window.size) <= MOST_CELLS
    )


def cells_of(x: Array, window: Window) -> list[Array]:
    """The values of all windows at each of their cells, in reading order: (N, Ho, Wo, C) each.

    Channels last: so the innermost loop runs over neighbours in memory.
    """
    images = x.permute(0, 2, 3, 1)
    return [
        images[:, rows, columns] for rows, columns in window.cells(*window.places(*x.shape[2:]))
    ]


def shares(dy: Array, y: Array, cells: list[Array]) -> list[Array]:
    """What of dy each cell gets: all of it, where it is the first to hold the maximum."""
    given, free = [], torch.ones_like(dy)
    for cell in cells:
        won = (cell == y).to(dy.dtype) * free
        free = free - won
        given.append(dy * won)
    return given


def join_cells(cells: list[Array], window: Window, H: int, W: int) -> Array:
    """(N, C, H, W) from what cells_of gave; 0 where no window lay.

    Put together as the memory lies, row by row, which compiles to plain copies.
    """
    KH, KW = window.size
    N, Ho, Wo, C = cells[0].shape
    rows = [torch.cat(cells[row * KW : (row + 1) * KW], dim=3).flatten(2) for row in range(KH)]
    seen = torch.cat(rows, dim=2).reshape(N, Ho * KH, Wo * KW, C)
    return pad(seen, (0, 0, 0, W - Wo * KW, 0, H - Ho * KH)).permute(0, 3, 1, 2)
