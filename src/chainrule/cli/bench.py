"""chainrule bench: how fast a recipe trains here, and where the time of a step goes."""

from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from chainrule.cli import options
from chainrule.cli.console import facts, out, print_json, table
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import counted
from chainrule.runs import Wish
from chainrule.runs.bench import Measurement, Part, material_for
from chainrule.runs.bench import bench as measured
from chainrule.zoo import recipe_named


def bench(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            show_default=False,
            help="A recipe ([bold]chainrule recipes[/] lists them).",
        ),
    ],
    data: options.DataFolder = None,
    batch_size: options.BatchSize = None,
    backend: options.AnyBackend = "auto",
    device: options.Device = "auto",
    precision: options.Precision = "auto",
    compiling: options.Compiling = None,
    seconds: Annotated[
        float,
        typer.Option(
            metavar="S", help="How long to measure, after warming up and compiling: about."
        ),
    ] = 8.0,
    as_json: options.AsJson = False,
) -> None:
    """Measure how fast a recipe trains on this machine: nothing is kept of the training.

    Its own images are used where they are, else random ones of their shape. Warming up and
    compiling do not count, and are told apart. With --no-compile, torch's steps are broken down by
    operation, as NumPy's always are.

    Examples:
      chainrule bench cifar10-74
      chainrule bench cifar10-74 --backend torch --batch-size 128 --seconds 20
      chainrule bench mnist-mlp --backend numpy --json
    """
    recipe = recipe_named(name)
    if batch_size is not None:
        recipe = replace(recipe, settings=replace(recipe.settings, batch_size=batch_size))
    wish = Wish(backend, device, precision, compiling)
    with waiting(f"measuring {name}") as progress:
        material = material_for(recipe, data)
        computing = wish.for_training(recipe.settings, material.train, material.classes)
        result = measured(recipe, material, computing, seconds=seconds, progress=progress)
    if as_json:
        print_json(result.to_dict())
    else:
        _show(result)


def _show(result: Measurement) -> None:
    console = out()
    console.print(Text(f"{result.recipe}, batches of {result.batch_size:,}", "bold"))
    console.print(facts(_rows(result)))
    console.print()
    console.print(_table(result.breakdown))
    if result.graphs:
        console.print(
            Text("A compiled step is one piece; --no-compile shows it by operation.", "dim")
        )


def _rows(result: Measurement) -> list[tuple[str, str | Text]]:
    lower, upper = result.step_ms_quartiles
    where = "the CPU" if result.device == "cpu" else result.device
    library = f"{result.backend} {result.versions[result.backend]}"
    reason = f" ({result.reason})" if result.reason else ""
    memory = result.peak_memory_mb
    of = "of the process" if result.device == "cpu" else f"on {where}"
    return [
        ("speed", Text(f"{result.images_per_second:,.0f} images per second", "bold green")),
        (
            "a step",
            f"{_ms(result.step_ms_median)} ms, half of them {_ms(lower)} to {_ms(upper)}; "
            f"median of {counted(result.steps, 'step')}",
        ),
        ("memory", "unknown" if memory is None else f"{memory:,.0f} MB {of} at most"),
        (
            "waiting",
            f"{result.start_seconds:.1f} s to import, {result.warm_up_seconds:.1f} s to warm up, "
            f"{result.compile_seconds:.1f} s to compile",
        ),
        ("computing", f"{library} on {where} in {result.precision}{reason}"),
        *([("steps", result.how)] if result.backend != "numpy" else []),
        ("data", result.data),
        ("machine", f"{result.processor}, {counted(result.cores, 'core')}"),
    ]


def _table(parts: tuple[Part, ...]) -> Table:
    """Where the time of a step goes, the most costly operation first."""
    whole = sum(part.ms for part in parts)
    digits = 3 if whole < 10 else 2 if whole < 100 else 1
    by_operation = any(part.forward_ms is not None for part in parts)
    directions = ["forward", "backward"] if by_operation else []
    grid = table("part of a step", "ms", "share", *directions, right=["ms", "share", *directions])
    for part in parts:
        cells = [part.name, f"{part.ms:,.{digits}f}", f"{part.ms / whole:.1%}"]
        if part.forward_ms is not None and part.backward_ms is not None:
            cells += [f"{ms:,.{digits}f}" for ms in (part.forward_ms, part.backward_ms)]
        grid.add_row(*cells)
    return grid


def _ms(value: float) -> str:
    """Three digits, as far as they mean anything."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
