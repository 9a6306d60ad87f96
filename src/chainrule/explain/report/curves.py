"""Line charts of a training: loss and accuracy over the epochs, with what happened marked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainrule.explain.svg import element, picture, text, text_width, title

WIDTH, HEIGHT = 460, 290
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 40, 30
"""Margins around the plot, in pixels; the marks' words stand in the one above."""

MARK = 12
"""Letters of the marks, in pixels."""


@dataclass(frozen=True)
class Line:
    """One line of a chart: (epoch, value) points, and the CSS class that paints it."""

    style: str
    points: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Mark:
    """A vertical line at an epoch, with its words; shaded from there on if wished."""

    style: str
    epoch: int
    words: str
    shaded: bool = False


@dataclass(frozen=True)
class Axis:
    """The vertical axis: its ticks, and where a value stands, from 0 (bottom) to 1 (top)."""

    ticks: Sequence[float]
    place: Callable[[float], float]
    label: Callable[[float], str]


def chart(
    lines: Sequence[Line],
    axis: Axis,
    *,
    marks: Sequence[Mark] = (),
    notes: Sequence[tuple[int, str]],
    alternative: str,
) -> str:
    """The chart as SVG.

    notes: for each epoch, what a pointer over it shows
    alternative: the chart in words
    """
    last = max(epoch for line in lines for epoch, _ in line.points)

    def x(epoch: float) -> float:
        share = 0.5 if last == 1 else (epoch - 1) / (last - 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM)

    return picture(
        WIDTH,
        HEIGHT,
        title(alternative),
        *_grid(axis, y),
        *_epochs(last, x),
        *[_mark(mark, row, x) for row, mark in enumerate(marks)],
        *[_line(line, x, y) for line in lines],
        *_notes(notes, x, last),
        class_="chart",
        role="img",
    )


def linear_axis(lowest: float, highest: float, label: Callable[[float], str]) -> Axis:
    """Four or so round ticks from at most lowest to at least highest."""
    span = max(highest - lowest, 1e-9)
    step = next(
        size
        for size in (factor * 10.0**power for power in range(-9, 9) for factor in (1, 2, 5))
        if span / size <= 5
    )
    first, end = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    ticks = [i * step for i in range(first, max(end, first + 1) + 1)]
    bottom, top = ticks[0], ticks[-1]
    return Axis(ticks, lambda value: (value - bottom) / (top - bottom), label)


def log_axis(lowest: float, highest: float, label: Callable[[float], str]) -> Axis:
    """Ticks at 1, 2, 5 and their tenfolds, or only the tenfolds when the range is long."""
    factors = (1, 2, 5) if highest / lowest < 300 else (1,)
    every = [f * 10.0**power for power in range(-12, 12) for f in factors]
    below = max(tick for tick in every if tick <= lowest)
    above = min(tick for tick in every if tick >= highest)
    ticks = [tick for tick in every if below <= tick <= above]
    bottom, span = math.log(below), math.log(above / below) or 1.0
    return Axis(ticks, lambda value: (math.log(value) - bottom) / span, label)


def _grid(axis: Axis, y: Callable[[float], float]) -> list[str]:
    parts = []
    for tick in axis.ticks:
        at = y(tick)
        parts.append(element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="grid"))
        parts.append(text(axis.label(tick), LEFT - 8, at + 4, class_="tick", text_anchor="end"))
    return parts


def _epochs(last: int, x: Callable[[float], float]) -> list[str]:
    """The numbers below: about eight, at round epochs."""
    step = next(s for f in range(6) for s in (10**f, 2 * 10**f, 5 * 10**f) if last / s <= 9)
    shown = [1, *range(step, last + 1, step)] if step > 1 else range(1, last + 1)
    return [
        text(epoch, x(epoch), HEIGHT - 8, class_="tick", text_anchor="middle") for epoch in shown
    ]


def _mark(mark: Mark, row: int, x: Callable[[float], float]) -> str:
    """The words stand above the plot, one mark per row, on the side that has room."""
    at, baseline = x(mark.epoch), 12.0 + 17 * row
    fits = at + 4 + text_width(mark.words, MARK) < WIDTH
    words = text(
        mark.words, at + 4 if fits else at - 4, baseline, text_anchor="start" if fits else "end"
    )
    line = element("line", x1=at, x2=at, y1=baseline - 10, y2=HEIGHT - BOTTOM)
    shade = element(
        "rect", x=at, y=TOP, width=max(0.0, WIDTH - RIGHT - at), height=HEIGHT - TOP - BOTTOM
    )
    return element("g", shade if mark.shaded else "", line, words, class_=f"mark {mark.style}")


def _line(line: Line, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    places = [(x(epoch), y(value)) for epoch, value in line.points]
    way = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
    dots = [element("circle", cx=left, cy=top, r=2.4) for left, top in places]
    return element(
        "g",
        element("polyline", points=way),
        *(dots if len(dots) <= 40 else dots[-1:]),
        class_=f"line {line.style}",
    )


def _notes(notes: Sequence[tuple[int, str]], x: Callable[[float], float], last: int) -> list[str]:
    """One unseen column per epoch, which shows its numbers under a pointer."""
    wide = (WIDTH - LEFT - RIGHT) / max(1, last - 1)
    return [
        element(
            "rect",
            title(words),
            x=x(epoch) - wide / 2,
            y=TOP,
            width=wide,
            height=HEIGHT - TOP - BOTTOM,
            class_="touch",
        )
        for epoch, words in notes
    ]
