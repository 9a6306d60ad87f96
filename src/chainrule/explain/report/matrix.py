"""The confusion matrix as a picture that stays readable from 2 to some 50 classes."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chainrule.explain.palette import ink_classes
from chainrule.explain.report.words import Words
from chainrule.explain.svg import element, picture, shortened, text, text_width, title

LABEL = 12.5
LONGEST = 150.0
"""Letters of the class names, and the room the longest of them gets, in pixels."""

SMALLEST = 17.0
"""The narrowest a cell gets on a small screen before the matrix scrolls, in pixels."""

AXIS = 26.0
"""Room for the words that say what rows and columns are."""


def matrix(counts: NDArray[np.int64], classes: Sequence[str], words: Words) -> str:
    """The matrix as SVG: counts (K, K), row the true class, column the predicted one."""
    K = len(classes)
    cell = float(min(72, max(20, 460 // K, min(26, 700 // K))))
    size = min(LABEL, cell - 5)
    names = [shortened(name, size, LONGEST) for name in classes]
    room = max(text_width(name, size) for name in names) + 10
    upright = room - 10 > cell - 4
    left, top = AXIS + room, AXIS + (room if upright else 22)
    side = K * cell
    parts = [_ground(left, top, side, cell, K)]
    parts += _axis_words(words, left, top, side)
    for i, (name, whole) in enumerate(zip(names, classes, strict=True)):
        parts += _labels(name, whole, left, top, (i + 0.5) * cell, size, upright=upright)
    totals = counts.sum(axis=1)
    for i, j in np.argwhere(counts):
        place = (left + j * cell, top + i * cell)
        note = words(
            "confusion.cell",
            true=classes[i],
            predicted=classes[j],
            count=f"{counts[i, j]:,}",
            total=f"{totals[i]:,}",
            share=words.percent(counts[i, j] / totals[i], 1),
        )
        hue = "right" if i == j else "wrong"
        parts.append(_cell(int(counts[i, j]), counts[i, j] / totals[i], hue, place, cell, note))
    right = int(np.trace(counts))
    alternative = words("confusion.alt", classes=K, right=f"{right:,}", images=f"{counts.sum():,}")
    smallest = round(left + K * min(cell, SMALLEST) + 2)
    return picture(
        left + side + 2,
        top + side + 2,
        title(alternative),
        *parts,
        class_="matrix",
        role="img",
        style=f"min-width:{smallest}px",
    )


def most_confused(counts: NDArray[np.int64], most: int = 8) -> list[tuple[int, int, int, int]]:
    """(true class, predicted class, images, images of the true class), most frequent first."""
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [divmod(int(place), len(counts)) for place in order]
    return [(i, j, int(wrong[i, j]), int(counts[i].sum())) for i, j in pairs if wrong[i, j]]


def strength(share: float) -> float:
    """The opacity that shows a share: its square root, so that a rare mistake can be seen."""
    return math.sqrt(share)


def _ground(left: float, top: float, side: float, cell: float, K: int) -> str:
    """A light grid, so that an empty cell can be followed to its names."""
    lines = [
        f"M{left:.0f} {top + i * cell:.0f}h{side:.0f}M{left + i * cell:.0f} {top:.0f}v{side:.0f}"
        for i in range(K + 1)
    ]
    return element("path", d="".join(lines), class_="grid")


def _axis_words(words: Words, left: float, top: float, side: float) -> list[str]:
    middle = top + side / 2
    return [
        text(words("confusion.predicted"), left, 14, class_="axis"),
        text(
            words("confusion.true"),
            14,
            middle,
            class_="axis",
            text_anchor="middle",
            transform=f"rotate(-90 14 {middle:.1f})",
        ),
    ]


def _labels(
    name: str, whole: str, left: float, top: float, middle: float, size: float, *, upright: bool
) -> list[str]:
    note = title(whole) if whole != name else ""
    row = text(name, left - 7, top + middle + size * 0.36, text_anchor="end", font_size=size)
    if upright:
        x, y = left + middle + size * 0.36, top - 7
        column = text(name, x, y, font_size=size, transform=f"rotate(-90 {x:.1f} {y:.1f})")
    else:
        column = text(name, left + middle, top - 7, text_anchor="middle", font_size=size)
    return [element("g", note, row, column, class_="name")]


def _cell(
    count: int, share: float, hue: str, place: tuple[float, float], cell: float, note: str
) -> str:
    x, y = place
    ground = element(
        "rect",
        x=x + 0.5,
        y=y + 0.5,
        width=cell - 1,
        height=cell - 1,
        class_=hue,
        fill_opacity=strength(share),
    )
    size = min(14.0, cell * 0.5)
    label = f"{count}"
    number = text(
        label,
        x + cell / 2,
        y + cell / 2 + size * 0.36,
        text_anchor="middle",
        font_size=size,
        class_=ink_classes(hue, strength(share)),
    )
    return element("g", title(note), ground, number if text_width(label, size) < cell else "")
