"""Ways to begin, as curves of the accuracy over the number of labelled images, and as a table."""

from collections.abc import Sequence
from pathlib import Path

from chainrule.explain.charts import (
    Axes,
    Figure,
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
    looking,
)
from chainrule.explain.ladder.picture import LOOKS
from chainrule.explain.palette import LIGHT
from chainrule.runs.claims.statistics import Gain
from chainrule.runs.experiments import Curve, Record
from chainrule.training.atomic import write_atomically

WIDTH, HEAD, CURVES, GAINS, FOOT = 10.0, 1.05, 3.5, 1.75, 1.05
"""Inches: the picture's width, and what lies above another in it."""
DOTS = 150
"""Per inch."""
LEFT, BREADTH = 0.085, 0.67
"""Where the plots lie, in shares of the width; words stand right of them."""
APART = 0.065
"""Between two names on the right, as a share of the plot's height."""

LINES = (
    ("#767676", "o"),
    ("#0072b2", "s"),
    ("#d55e00", "^"),
    ("#009e73", "D"),
)
"""Colours that those who see no red or no green tell apart, after Okabe and Ito; and shapes."""


def draw(record: Record, curves: Sequence[Curve], path: Path) -> None:
    """Write the picture as a PNG file: accuracies, and below them the gains where seeds make pairs.

    Raises    RunError when it could not be written
    """
    looks = list(zip(curves, LINES, strict=False))
    paired = len(curves[0].points[0].accuracies) > 1
    height = HEAD + CURVES + FOOT + (GAINS if paired else 0)
    with looking({**LOOKS, "axes.grid.axis": "y"}):
        figure = Figure(figsize=(WIDTH, height))
        bottom = height - HEAD - CURVES
        axes = figure.add_axes((LEFT, bottom / height, BREADTH, CURVES / height))
        for curve, look in looks:
            _line(axes, curve, *look)
        _shots(axes, curves)
        _percents(axes)
        _names(axes, curves)
        if paired:
            axes.tick_params(labelbottom=False)
            room = GAINS - 0.3
            axes = figure.add_axes((LEFT, FOOT / height, BREADTH, room / height), sharex=axes)
            for curve, look in looks:
                if curve.over:
                    _gains(axes, curve, *look)
            axes.axhline(0, color=LINES[0][0], linewidth=1.5)
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            axes.yaxis.set_major_formatter(FuncFormatter(_signed))
            axes.tick_params(axis="y", labelleft=True, labelcolor=LIGHT.quiet)
            over = list(dict.fromkeys(curve.over for curve in curves if curve.over))
            base = f"over {over[0]}" if len(over) == 1 else "by learning before"
            words = f"points gained\n{base},\nwith 95 % interval"
            axes.text(1.025, 0.5, words, transform=axes.transAxes, color=LIGHT.quiet, va="center")
        axes.set_xlabel("labelled images per class", color=LIGHT.quiet)
        axes.tick_params(labelbottom=True)
        _words(figure, record, len(curves[0].points[0].accuracies))
        write_atomically(path, lambda file: figure.savefig(file, dpi=DOTS, format="png"))


def markdown(curves: Sequence[Curve]) -> str:
    """The means as a Markdown table, with gains over the ways compared with; bold beyond doubt."""
    shots = [point.shots for point in curves[0].points]
    lines = [
        f"| images per class | {' | '.join(map(str, shots))} |",
        "| --- |" + " --- |" * len(shots),
    ]
    for curve in curves:
        cells = [
            f"{100 * p.mean:.1f} %" + (f", {_gain(p.gain)}" if p.gain else "") for p in curve.points
        ]
        lines.append(f"| {curve.way} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _gain(gain: Gain) -> str:
    words = f"{100 * gain.value:+.1f}"
    return f"**{words}**" if gain.shown else words


def _line(axes: Axes, curve: Curve, colour: str, marker: str) -> None:
    """The means; of several seeds each one as a short line, of one the interval as a band."""
    shots = [point.shots for point in curve.points]
    means = [point.mean for point in curve.points]
    axes.plot(shots, means, color=colour, marker=marker, markersize=6.5, linewidth=2, zorder=3)
    if len(curve.points[0].accuracies) == 1:
        low, high = ([getattr(p, end) for p in curve.points] for end in ("low", "high"))
        axes.fill_between(shots, low, high, color=colour, alpha=0.14, linewidth=0)
        return
    for point in curve.points:
        places = [point.shots] * len(point.accuracies)
        axes.plot(places, point.accuracies, "_", color=colour, alpha=0.7, markersize=9)


def _gains(axes: Axes, curve: Curve, colour: str, marker: str) -> None:
    """The gains with their intervals, as a band."""
    found = [(point.shots, point.gain) for point in curve.points if point.gain]
    shots = [place for place, _ in found]
    low, high = ([getattr(gain, end) for _, gain in found] for end in ("low", "high"))
    axes.fill_between(shots, low, high, color=colour, alpha=0.16, linewidth=0)
    means = [gain.value for _, gain in found]
    axes.plot(shots, means, color=colour, marker=marker, markersize=5, linewidth=1.5)


def _signed(points: float, _: int | None) -> str:
    return f"{100 * points:+g}" if abs(points) > 1e-9 else "0"


def _shots(axes: Axes, curves: Sequence[Curve]) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([point.shots for point in curves[0].points]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _percents(axes: Axes) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.tick_params(axis="y", labelleft=True, labelcolor=LIGHT.quiet)
    low, high = axes.get_ylim()
    axes.set_ylim(max(0, low), min(1, high))


def _names(axes: Axes, curves: Sequence[Curve]) -> None:
    """Each line's name at its end, moved apart where the ends lie close."""
    low, high = axes.get_ylim()
    ends = [(curve.points[-1].mean - low) / (high - low) for curve in curves]
    rising = sorted(range(len(curves)), key=lambda number: ends[number])
    lowest = 0.0
    for place, number in enumerate(rising):
        above = len(rising) - 1 - place
        height = max(lowest, min(ends[number], 1 - APART * above))  # those above need room, too
        lowest = height + APART
        curve = curves[number]
        axes.annotate(
            f"{curve.way}  {100 * curve.points[-1].mean:.1f} %",
            (1.025, height),
            xycoords="axes fraction",
            color=LINES[number][0],
            weight="bold",
            va="center",
            annotation_clip=False,
        )


def _words(figure: Figure, record: Record, seeds: int) -> None:
    """The title above, and below what the numbers rest on."""
    given, height = record.facts, figure.get_figheight()
    figure.text(0.015, 1 - 0.32 / height, given["about"], size=13, weight="bold", va="center")
    figure.text(
        0.015, 1 - 0.62 / height, given["classes"], color=LIGHT.quiet, va="center", size=9.5
    )
    data = " and ".join(dict.fromkeys(part["words"] for part in given["data"].values()))
    rests = (
        f"mean of {seeds} seeds, each a short line; gains over pairs of the same seed"
        if seeds > 1
        else "one seed; shaded: the interval that the test images leave"
    )
    quick = "; the quick form, on few steps" if given["quick"] else ""
    words = f"accuracy on {given['data']['after']['test']:,} test images; {rests}; {data}{quick}"
    figure.text(0.015, 0.2 / height, words, color=LIGHT.quiet, va="center", size=8.5)
