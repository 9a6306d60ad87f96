"""A ladder as a picture: the plainest network at the bottom, each idea a rung higher."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from chainrule.explain.charts import Axes, Figure, FuncFormatter, Line2D, MaxNLocator, looking
from chainrule.explain.ladder.places import Place, minutes
from chainrule.explain.palette import LIGHT
from chainrule.training.atomic import write_atomically

Panels = Mapping[str, Sequence[Place]]

WIDTH, TOP, RUNG, SCALE, FOOT = 12.0, 0.98, 0.68, 0.75, 0.35
"""Inches: the picture's width; the heights of its title, a rung, a scale and the legend."""
HEADING = 0.18
"""Inches from a panel up to its heading."""
LEFT, RIGHT = 0.345, 0.7
"""Where the plot lies, in shares of the width; names stand left of it, numbers right."""
NUMBERS = (0.795, 0.812, 0.988)
"""Where the accuracy ends, the gain begins and the time ends, in shares of the width."""
DOTS = 150
"""Per inch."""

LOOKS = {
    "axes.grid.axis": "x",
    "figure.facecolor": LIGHT.card,
    "font.size": 10,
    "text.color": LIGHT.ink,
    "ytick.labelleft": False,
}

OURS: dict[str, Any] = {"marker": "o", "markersize": 9, "color": LIGHT.right}
DECK: dict[str, Any] = {"marker": "D", "markersize": 8, "color": LIGHT.wrong, "fillstyle": "none"}
PEER: dict[str, Any] = {"marker": "s", "markersize": 13, "color": LIGHT.quiet, "fillstyle": "none"}


def draw(panels: Panels, path: Path, *, title: str) -> None:
    """Write the picture as a PNG file: by heading, places that share a scale; upwards in each.

    Raises    RunError when it could not be written
    """
    places = [place for panel in panels.values() for place in panel]
    with looking(LOOKS):
        height = TOP + sum(RUNG * len(panel) + SCALE for panel in panels.values()) + FOOT
        figure = Figure(figsize=(WIDTH, height))
        _heads(figure, title, gains=any(place.gain for place in places))
        above = TOP
        for heading, panel in panels.items():
            _panel(figure, heading, panel, above)
            above += RUNG * len(panel) + SCALE
        _legend(figure, places)
        told = {"Source": fingerprint(panels)}
        write_atomically(
            path, lambda file: figure.savefig(file, dpi=DOTS, format="png", metadata=told)
        )


def _panel(figure: Figure, heading: str, places: Sequence[Place], above: float) -> None:
    """Some places on a scale of their own, so many inches below the top."""
    inches = RUNG * len(places)
    height = figure.get_figheight()
    bottom = 1 - (above + inches) / height
    axes = figure.add_axes((LEFT, bottom, RIGHT - LEFT, inches / height))
    axes.set_ylim(-0.5, len(places) - 0.5)
    _accuracies(axes, places)
    _stairs(axes, places)
    top = 1 - (above - HEADING) / height
    figure.text(0.012, top, heading, color=LIGHT.right, va="center", size=10, weight="bold")
    for row, place in enumerate(places):
        _rung(axes, row, place)
        _words(figure, bottom + (row + 0.5) * RUNG / height, place)


def fingerprint(panels: Panels) -> str:
    """What a picture keeps of the figures it shows, by which an outdated one is known."""
    return sha256(repr(panels).encode()).hexdigest()


def _accuracies(axes: Axes, places: Sequence[Place]) -> None:
    """The scale: as wide as what is shown, and a little wider."""
    shown = [v for p in places for v in (p.figures.low, p.figures.high, *p.figures.accuracies)]
    shown += [place.deck for place in places if place.deck is not None]
    shown += [place.peer.figures.mean for place in places if place.peer]
    low, high = min(shown), max(shown)
    room = max(0.05 * (high - low), 0.002)
    axes.set_xlim(max(0, low - room), min(1, high + room))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def _stairs(axes: Axes, places: Sequence[Place]) -> None:
    """From each mean up to the next rung, and along it."""
    if not any(place.gain for place in places):
        return
    means = [place.figures.mean for place in places]
    axes.step(means, range(len(means)), where="post", color=LIGHT.right, alpha=0.35, zorder=2)


def _rung(axes: Axes, row: int, place: Place) -> None:
    figures = place.figures
    if place.deck is not None:
        axes.plot(place.deck, row, zorder=5, markeredgewidth=1.6, **DECK)
    if place.peer is not None:
        axes.plot(place.peer.figures.mean, row, zorder=4, markeredgewidth=1.6, **PEER)
    axes.plot((figures.low, figures.high), (row, row), color=LIGHT.right, linewidth=2.5, zorder=3)
    axes.plot(figures.mean, row, zorder=4, markeredgewidth=0, **OURS)
    if len(figures.accuracies) > 1:
        axes.plot(
            figures.accuracies,
            [row - 0.2] * len(figures.accuracies),
            "|",
            color=LIGHT.right,
            alpha=0.7,
        )


def _words(figure: Figure, y: float, place: Place) -> None:
    """The name left of a rung; accuracy, gain and time right of it, the peer's below."""
    accuracy, gain, time = NUMBERS
    line = 0.1 / figure.get_figheight()
    above, below = y + line, y - line
    quiet: dict[str, Any] = {"color": LIGHT.quiet, "va": "center", "size": 8}
    figure.text(0.012, above, place.name, weight="bold", va="center")
    figure.text(0.012, below, place.note, **quiet)
    own = above if place.peer else y
    reached = f"{100 * place.figures.mean:.2f} %"
    figure.text(accuracy, own, reached, weight="bold", ha="right", va="center")
    figure.text(time, own, minutes(place.figures.seconds), ha="right", va="center")
    if place.peer:
        peer = place.peer.figures
        words = f"{place.peer.framework} {100 * peer.mean:.2f} %"
        figure.text(accuracy, below, words, ha="right", **quiet)
        figure.text(time, below, minutes(peer.seconds), ha="right", **quiet)
    colour = {True: LIGHT.right, False: LIGHT.wrong, None: LIGHT.quiet}[place.helps]
    figure.text(gain, own, place.gain.replace(" points", ""), color=colour, va="center", size=9)


def _heads(figure: Figure, title: str, *, gains: bool) -> None:
    accuracy, gain, time = NUMBERS
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.32 / height, title, size=12.5, weight="bold", va="center")
    y = 1 - (TOP - HEADING) / height
    heads = [(accuracy, "accuracy", "right"), (time, "training", "right")]
    for x, word, side in heads + ([(gain, "gain in points", "left")] if gains else []):
        figure.text(x, y, word, color=LIGHT.quiet, ha=side, va="center", size=9)


def _legend(figure: Figure, places: Sequence[Place]) -> None:
    handles = [
        Line2D([], [], linewidth=2.5, markeredgewidth=0, label="mean, 95 % interval", **OURS)
    ]
    if any(len(place.figures.accuracies) > 1 for place in places):
        handles.append(
            Line2D([], [], linestyle="", marker="|", color=LIGHT.right, label="each seed")
        )
    if any(place.deck is not None for place in places):
        handles.append(Line2D([], [], linestyle="", markeredgewidth=1.6, label="lecture", **DECK))
    peers = sorted({place.peer.framework for place in places if place.peer})
    if peers:
        label = f"the same in {' or '.join(peers)}"
        handles.append(Line2D([], [], linestyle="", markeredgewidth=1.6, label=label, **PEER))
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=len(handles),
        frameon=False,
        labelcolor=LIGHT.quiet,
        fontsize=9,
    )
