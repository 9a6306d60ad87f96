"""chainrule transfer: what it is worth to have learned something else before."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from chainrule.cli import options
from chainrule.cli.console import err, facts, out, print_json, say, table
from chainrule.cli.epochs import bar_on
from chainrule.cli.loading import load
from chainrule.cli.outcome import INTERRUPTED
from chainrule.cli.wording import counted, duration
from chainrule.runs import Source
from chainrule.runs.computing import Computing, Wish
from chainrule.runs.experiments import (
    EXPERIMENTS,
    Curve,
    Experiment,
    Record,
    Told,
    carry_out,
    curves,
    experiment_named,
)
from chainrule.runs.folder import refuse_unwritable
from chainrule.runs.ladder.gains import points
from chainrule.runs.record import command_line

SEEDS = 3


def transfer(
    name: Annotated[
        str,
        typer.Argument(metavar="EXPERIMENT", show_default=False, help=f"{', '.join(EXPERIMENTS)}."),
    ],
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=f"{SEEDS}, or 1 with --quick",
            help="Repeat everything with so many seeds: the same for all ways, so that gains are "
            "paired.",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer images and steps: how it works, in minutes.")
    ] = False,
    data: options.DataFolder = None,
    backend: options.AnyBackend = "auto",
    device: options.Device = "auto",
    precision: options.Precision = "float32",
    where: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            rich_help_panel=options.OUTPUT,
            show_default="runs/transfer-EXPERIMENT",
            help="Its folder; what is finished there is not done again.",
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare ways to begin, from few labelled images to many.

    cifar10: five classes first, then a few images of the other five.
    fashion: digits first, then a few images of clothes.
    autoencoder: digits without labels first, then a few with them.

    Gains come with a 95 % interval, over pairs of trainings that share a seed.

    Ctrl-C stops; the same command goes on from there.

    Examples:
      chainrule transfer cifar10 --quick
      chainrule transfer cifar10 --seeds 1
      chainrule transfer autoencoder --seeds 5
    """
    experiment = experiment_named(name)
    experiment = experiment.quick() if quick else experiment
    folder = where or Path("runs") / f"transfer-{name}{'-quick' if quick else ''}"
    refuse_unwritable(folder)
    root = str(data) if data else None
    before = load(Source(experiment.before, root, known=True))
    after = before
    if experiment.after != experiment.before:
        after = load(Source(experiment.after, root, known=True))
    count = seeds or (1 if quick else SEEDS)
    _show_plan(experiment, count, folder)
    computing = Wish(backend, device, precision).for_long()
    record = _do(experiment, before, after, folder, count, computing=computing, quick=quick)
    found = curves(record)
    _draw(record, found, folder / "transfer.png")
    if as_json:
        print_json({"folder": str(folder), "curves": [asdict(curve) for curve in found]})
    else:
        _show(found)
        say(f"  picture: {folder / 'transfer.png'}", "dim")


def _show_plan(experiment: Experiment, seeds: int, folder: Path) -> None:
    say(f"{experiment.name}: {experiment.about}", "bold")
    rows = [("", experiment.classes)]
    rows += [(way.name, way.about) for way in experiment.ways]
    trainings = seeds * len(experiment.ways) * len(experiment.shots)
    shots = ", ".join(map(str, experiment.shots))
    err().print(
        facts(
            [
                *rows,
                ("images per class", shots),
                ("trainings", f"{trainings}, after {counted(seeds, 'pre-training')}"),
                ("folder", str(folder)),
            ]
        )
    )
    say()


def _do(
    experiment: Experiment,
    before: Any,
    after: Any,
    folder: Path,
    seeds: int,
    *,
    computing: Computing,
    quick: bool,
) -> Record:
    console = err()
    bar = bar_on(console, "  {task.description}", width=16)
    task = bar.add_task("", total=None, state="")
    began = time.perf_counter()

    def show(told: Told) -> None:
        if told.step is None and told.measured is None:
            bar.reset(task, description=told.doing, total=None, state="")
            console.print(Text(f"  {told.doing}", "dim"))
        if told.step is not None:
            state = f"loss {told.step.loss:.4f}; training {told.number} of {told.total}"
            bar.update(
                task,
                description=told.doing,
                completed=told.step.done,
                total=told.step.steps,
                state=state,
            )
        if told.measured is not None:
            one = told.measured
            console.print(
                Text.assemble(
                    f"  {one.way:<24} {one.shots:>4} images per class   seed {one.seed:<4}",
                    (f"{100 * one.accuracy:>8.2f} %", "green"),
                    (f"{duration(time.perf_counter() - began):>14}", "dim"),
                )
            )

    try:
        with bar:
            return carry_out(
                experiment,
                before,
                after,
                folder,
                seeds=range(seeds),
                computing=computing,
                command=command_line(),
                quick=quick,
                watch=show,
            )
    except KeyboardInterrupt:
        say("interrupted: what was measured is kept; the same command goes on from there", "yellow")
        raise typer.Exit(INTERRUPTED) from None


def _draw(record: Record, found: list[Curve], path: Path) -> None:
    """The picture; what draws it is heavy, and loaded only here."""
    from chainrule.explain.transfer import draw

    draw(record, found, path)


def _show(found: list[Curve]) -> None:
    lines = table("images per class", "way", "accuracy", "95 %", "gain", right=["images per class"])
    for place, first in enumerate(found[0].points):
        for number, curve in enumerate(found):
            point = curve.points[place]
            gain = point.gain
            words = points(gain) if gain else ""
            style = "" if gain is None or not gain.shown else "green" if gain.value > 0 else "red"
            lines.add_row(
                "" if number else f"{first.shots:,}",
                curve.way,
                Text(f"{100 * point.mean:.2f} %", "bold"),
                f"{100 * point.low:.2f} to {100 * point.high:.2f}",
                Text(words, style),
            )
    say()
    out().print(lines)
    say()
    if any(point.gain for curve in found for point in curve.points):
        over = " and ".join(dict.fromkeys(curve.over for curve in found if curve.over))
        say(f"  gains: over {over}, from pairs of seeds; in colour where beyond doubt", "dim")
