"""Line charts of a training: loss and accuracy over the epochs, with what happened marked."""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from chainrule.explain.charts import (
    Axes,
    Figure,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
    looking,
)
from chainrule.explain.palette import LIGHT
from chainrule.explain.svg import title

WIDTH, HEIGHT = 460, 290
LEFT, RIGHT, TOP, BOTTOM = 54, 2, 42, 30
"""Margins around the plot, in pixels; the marks' words stand in the one above."""

MANY = 300
"""The highest value over the lowest from which on the tenfolds alone are ticks enough."""

LOOKS = {
    "axes.grid.axis": "y",
    "figure.facecolor": "none",
    "font.size": 12,
    "lines.linewidth": 2.25,
    "lines.markersize": 4.5,
    "lines.solid_capstyle": "round",
    "lines.dash_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "chainrule",
    "xtick.major.pad": 7,
    "ytick.labelcolor": LIGHT.quiet,
    "ytick.major.pad": 7,
}

COLOURS = {
    "training": LIGHT.quiet,
    "validation": LIGHT.right,
    "best": LIGHT.right,
    "overfits": LIGHT.wrong,
}
"""Of the light page; in the finished SVG each becomes the page's variable of that name."""


@dataclass(frozen=True)
class Line:
    """One line of a chart: "training" or "validation", and its (epoch, value) points."""

    style: str
    points: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Mark:
    """A vertical line at an epoch ("best" or "overfits"), with its words.

    shaded: from there on to the end
    """

    style: str
    epoch: int
    words: str
    shaded: bool = False


@dataclass(frozen=True)
class Axis:
    """The vertical axis: how its numbers are written, and the values that it reaches at least."""

    label: Callable[[float], str]
    low: float
    high: float
    logarithmic: bool = False


def chart(
    name: str,
    lines: Sequence[Line],
    axis: Axis,
    *,
    marks: Sequence[Mark] = (),
    notes: Sequence[tuple[int, str]],
    alternative: str,
) -> str:
    """The chart as SVG.

    name: one word, unlike that of any other chart on the page
    notes: for each epoch, what a pointer over it shows
    alternative: the chart in words
    """
    last = max(epoch for line in lines for epoch, _ in line.points)
    with looking(LOOKS), warnings.catch_warnings():
        # matplotlib's font lacks Hangul, but only measures: the reader's browser has the letters.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))  # 72: one pixel per point
        axes = figure.add_subplot()
        figure.subplots_adjust(LEFT / WIDTH, BOTTOM / HEIGHT, 1 - RIGHT / WIDTH, 1 - TOP / HEIGHT)
        for line in lines:
            _line(axes, line)
        _epochs(axes, last)
        _values(axes, axis)
        for row, mark in enumerate(marks):
            _mark(axes, mark, row, last)
        for epoch, _ in notes:
            axes.axvspan(
                epoch - 0.5, epoch + 0.5, color=LIGHT.ink, linewidth=0, zorder=9, gid=_column(epoch)
            )
        for artist in axes.findobj():
            artist.set_clip_on(False)  # nothing sticks out, and dots on the edge stay whole
        return _inlined(_svg(figure), name, notes, alternative)


def _line(axes: Axes, line: Line) -> None:
    """Training in dots; validation in a line, with a dot at each epoch while these stay apart."""
    epochs, values = zip(*line.points, strict=True)
    dotted = line.style == "training"
    axes.plot(
        epochs,
        values,
        color=COLOURS[line.style],
        zorder=3,
        linestyle=(0, (0.05, 2)) if dotted else "solid",
        marker="o",
        markeredgewidth=0,
        markevery=[-1] if dotted or len(epochs) > 40 else 1,
    )


def _epochs(axes: Axes, last: int) -> None:
    """Each epoch has a column of its own; about eight are numbered, the first always."""
    axes.set_xlim(0.5, last + 0.5)
    rounds = MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]).tick_values(1, last)
    axes.set_xticks([1, *[epoch for epoch in rounds if 1 < epoch <= last]])


def _values(axes: Axes, axis: Axis) -> None:
    """About five round numbers, from at most the lowest value to at least the highest."""
    if axis.logarithmic:
        axes.set_yscale("log")
        factors = (1, 2, 5) if axis.high / axis.low < MANY else (1,)
        wide = LogLocator(subs=factors).tick_values(axis.low / 10, axis.high * 10)
        below = max(tick for tick in wide if tick <= axis.low)
        above = min(tick for tick in wide if tick >= axis.high)
        ticks = [tick for tick in wide if below <= tick <= above]
    else:
        ticks = list(MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(axis.low, axis.high))
    axes.set_yticks(ticks)
    axes.set_ylim(ticks[0], ticks[-1])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: axis.label(value)))


def _mark(axes: Axes, mark: Mark, row: int, last: int) -> None:
    """The words stand above the plot, one mark per row, on the side that has room."""
    colour, right = COLOURS[mark.style], mark.epoch > (last + 1) / 2
    axes.axvline(mark.epoch, color=colour, linewidth=1, linestyle=(0, (3, 3)))
    if mark.shaded:
        axes.axvspan(mark.epoch, last + 0.5, color=colour, alpha=0.08, linewidth=0)
    axes.annotate(
        mark.words,
        (mark.epoch, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 8 + 17 * row),
        textcoords="offset points",
        horizontalalignment="right" if right else "left",
        color=colour,
    )


def _svg(figure: Figure) -> str:
    """What matplotlib writes, without date and maker: the same run gives the same page."""
    written = io.StringIO()
    unsaid = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(written, format="svg", metadata=unsaid)
    return written.getvalue()


def _inlined(svg: str, name: str, notes: Sequence[tuple[int, str]], alternative: str) -> str:
    """The SVG as a part of the page: in its letters and colours, with ids no other chart has."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.S)  # it would hold for the whole page
    svg = re.sub(r"font-(family|size): [^;]*; ", "", svg)
    svg = re.sub(r'( id="| xlink:href="#)', rf"\1{name}-", svg)
    for variable, colour in asdict(LIGHT).items():
        svg = svg.replace(colour, f"var(--{variable})")
    for epoch, words in notes:
        svg = svg.replace(f'<g id="{name}-{_column(epoch)}">', f'<g class="touch">{title(words)}')
    opening, inside = svg.split(">", 1)
    return f'{opening} class="chart" role="img">{title(alternative)}{inside}'


def _column(epoch: int) -> str:
    """The id of what shows an epoch's note."""
    return f"epoch-{epoch}"
