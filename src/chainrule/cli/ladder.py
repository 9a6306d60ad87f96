"""chainrule ladder: what each idea gains, measured one after the other."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from chainrule.cli import options
from chainrule.cli.console import err, facts, out, print_json, say, table
from chainrule.cli.loading import load
from chainrule.cli.trainings import do, require_free
from chainrule.cli.wording import counted, duration
from chainrule.runs import Run, Source
from chainrule.runs.computing import Wish
from chainrule.runs.folder import refuse_unwritable, write_json
from chainrule.runs.ladder import LADDERS, Ladder, Outcome, Step, jobs, ladder_named, measure
from chainrule.runs.ladder import part_of as quick_part_of
from chainrule.runs.record import command_line

SEEDS = 3


def ladder(
    name: Annotated[
        str,
        typer.Argument(metavar="LADDER", show_default=False, help=f"{' or '.join(LADDERS)}."),
    ],
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=f"{SEEDS}, or 1 with --quick",
            help="Train every rung with so many seeds: the same for all, so that gains are paired.",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A few images and epochs: how it works, in a minute or two."),
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
            show_default="runs/ladder-LADDER",
            help="The folder of its trainings; what is finished there is kept.",
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Climb a ladder of recipes: train each, and say what its one new idea gains.

    Gains come with a 95 % interval, from pairs of trainings that share a seed.

    With one seed only, it is from the test images that one of the two got right and not the other.

    Ctrl-C stops and saves; the same command goes on from there.

    Examples:
      chainrule ladder mnist-mlp
      chainrule ladder cifar10 --quick
      chainrule ladder cifar10 --backend torch --seeds 3
    """
    chosen = ladder_named(name)
    folder = where or Path("runs") / f"ladder-{name}{'-quick' if quick else ''}"
    source = Source(chosen.recipes()[0].data, str(data) if data else None, known=True)
    plan = jobs(
        chosen,
        folder,
        source,
        seeds=seeds or (1 if quick else SEEDS),
        wish=Wish(backend, device, precision),
        command=command_line(),
        quick=quick,
    )
    refuse_unwritable(folder)
    require_free(plan)
    dataset = load(source)
    if quick:
        dataset = quick_part_of(dataset, chosen.quick)
    _show_plan(chosen, len(plan), dataset.notes[-1] if quick else "", folder)

    def keep(runs: list[Run]) -> None:
        if len(runs) % len(chosen.rungs) == 0:  # all rungs have as many seeds
            _keep(measure(chosen, runs, quick=quick), folder)

    outcome = measure(chosen, do(plan, dataset, after=keep), quick=quick)
    if as_json:
        print_json({**outcome.to_dict(), "folder": str(folder)})
    else:
        _show(outcome, folder)


def _show_plan(chosen: Ladder, trainings: int, note: str, folder: Path) -> None:
    say(f"{chosen.name}: {chosen.about}", "bold")
    rows = [("trainings", f"{trainings}, {trainings // len(chosen.rungs)} of each rung")]
    rows += [("images", note)] if note else []
    err().print(facts([*rows, ("folder", str(folder))]))
    say()


def _keep(outcome: Outcome, folder: Path) -> None:
    """Write what is known so far; what draws it is heavy, and loaded only here."""
    from chainrule.explain.ladder import draw, places_of

    write_json(folder / "ladder.json", outcome.to_dict())
    draw({outcome.data: places_of(outcome)}, folder / "ladder.png", title=_title(outcome))


def _title(outcome: Outcome) -> str:
    seeds = len(outcome.steps[0].figures.seeds)
    return f"{outcome.about} ({counted(seeds, 'seed')})"


def _show(outcome: Outcome, folder: Path) -> None:
    lines = table(
        "rung", "accuracy", "95 %", "parameters", "time", right=["accuracy", "parameters", "time"]
    )
    gains = Table.grid(padding=(0, 3, 0, 0))
    for number, step in enumerate(outcome.steps, start=1):
        figures = step.figures
        name = Text(f"{number} {step.rung.recipe}", "bold cyan")
        lines.add_row(
            name,
            Text(f"{100 * figures.mean:.2f} %", "bold green"),
            f"{100 * figures.low:.2f} to {100 * figures.high:.2f}",
            f"{step.parameters:,}",
            duration(figures.seconds),
        )
        gains.add_row(name, _words(step))
    out().print(lines)
    out().print(Text("\nwhat is new, and what it gains over the rung before", "dim"))
    out().print(gains)
    say()
    say(f"  intervals of gains: {_rests_on(outcome)}", "dim")
    say(f"  picture: {folder / 'ladder.png'}", "dim")


def _words(step: Step) -> Text:
    words = Text(step.rung.new)
    if step.gain is not None:
        style = "dim" if not step.gain.shown else "green" if step.gain.value > 0 else "red"
        words.append("\n").append(step.verdict, style)
    return words


def _rests_on(outcome: Outcome) -> str:
    gains: list[Any] = [step.gain for step in outcome.steps if step.gain]
    return str(gains[0].by)
