"""chainrule train --model: a classical model in place of a network, measured on the same images."""

from pathlib import Path
from typing import Any

from rich.text import Text

from chainrule.classical import Baseline, model_named
from chainrule.cli.console import facts, out, print_json, say
from chainrule.cli.loading import load
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import counted, duration, measured_on, percent
from chainrule.runs import RunFolder, Source
from chainrule.runs.baseline import measure_baseline
from chainrule.runs.record import command_line


def train_baseline(
    model: str,
    source: Source,
    *,
    seed: int,
    limit: int | None,
    where: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Learn, measure, write the run folder, and print the results."""
    about = model_named(model).about
    folder = RunFolder.create(where, overwrite=overwrite)
    dataset = load(source)
    say(f"{model}: {about}", "bold")
    with waiting(f"learning {source.name} and answering") as progress:
        measured = measure_baseline(
            folder,
            model,
            source,
            dataset,
            seed=seed,
            command=command_line(),
            limit=limit,
            progress=progress,
        )
    result = {"run": str(folder.path), "data": source.name, "seed": seed, **measured.to_dict()}
    _show(measured, result, as_json=as_json)


def _show(measured: Baseline, result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    out().print(
        facts(
            [
                ("test accuracy", Text(percent(measured.accuracy), "bold green")),
                ("", measured_on(measured.right, measured.images)),
                (
                    "learned from",
                    f"{counted(measured.train_images, 'image')} "
                    f"in {duration(measured.fit_seconds)}",
                ),
                ("answered in", duration(measured.predict_seconds)),
                ("run folder", str(result["run"])),
            ]
        )
    )
