"""What train says before it starts: what was found, what was chosen, what will be done."""

import math
from collections.abc import Sequence

import numpy as np
from rich.padding import Padding

from chainrule.cli.console import err, facts, say, table
from chainrule.cli.starting import start_rows
from chainrule.cli.wording import counted, listed
from chainrule.data import Dataset
from chainrule.runs import Run
from chainrule.runs.examples import in_words
from chainrule.zoo import Settings

CLASSES_SHOWN = 20


def show_images(dataset: Dataset) -> None:
    """A folder's classes with their numbers of images."""
    parts = dataset.parts()
    counts = {
        part: np.bincount(split.labels, minlength=len(dataset.classes))
        for part, split in parts.items()
    }
    classes = table("class", *parts, right=parts)
    for label, name in enumerate(dataset.classes[:CLASSES_SHOWN]):
        classes.add_row(name, *(f"{counts[part][label]:,}" for part in parts))
    if len(dataset.classes) > CLASSES_SHOWN:
        classes.add_row(f"and {len(dataset.classes) - CLASSES_SHOWN} more")
    say(f"{dataset.source}: what was found", "bold")
    err().print(Padding.indent(classes, 2))
    say()


def show_reasons(title: str, reasons: Sequence[str]) -> None:
    """What was chosen and why, one line each; nothing where nothing was."""
    if reasons:
        say(title, "bold")
        err().print(facts([("-", reason) for reason in reasons]))
        say()


def show_plan(run: Run) -> None:
    """What a run is going to do."""
    record, settings = run.record, run.settings
    counts = record["data"]
    wanted, classes = run.model_facts()
    say(f"{record['recipe']}: {run.about}", "bold")
    err().print(
        facts(
            [
                (
                    "images",
                    f"{counts['train']:,} to learn from, {counts['validation']:,} for validation, "
                    f"{counts['test']:,} for the test",
                ),
                (
                    "",
                    f"{in_words((wanted.channels, wanted.height, wanted.width))}, "
                    f"{counted(len(classes), 'class', 'classes')}: {listed(list(classes))}",
                ),
                (
                    "network",
                    f"{settings.network}, {counted(record['parameters'], 'parameter')}",
                ),
                *start_rows(run),
                ("training", _training(settings, counts["train"])),
                ("", f"{_optimizer(settings)}, seed {record['seed']}"),
                ("augmentation", _augmentation(settings)),
                ("computing", _computing(run)),
                ("run folder", str(run.folder.path)),
            ]
        )
    )
    say()


def _computing(run: Run) -> str:
    reason = run.record.get("reason")
    return f"{run.computed_by} ({reason})" if reason else run.computed_by


def _training(settings: Settings, images: int) -> str:
    steps = math.ceil(images / settings.batch_size)
    patience = f", patience {settings.patience}" if settings.patience else ""
    return (
        f"{counted(settings.epochs, 'epoch')} of {counted(steps, 'batch', 'batches')} "
        f"of {settings.batch_size}{patience}"
    )


def _optimizer(settings: Settings) -> str:
    schedule = "" if settings.schedule == "constant" else f" ({settings.schedule})"
    return f"{settings.optimizer}, learning rate {settings.lr:g}{schedule}"


def _augmentation(settings: Settings) -> str:
    changes = []
    if settings.shift:
        changes.append(f"shifts up to {counted(settings.shift, 'pixel')}")
    if settings.flip:
        changes.append("mirror images" + (" in turn" if settings.flip == "alternating" else ""))
    if settings.rotation:
        changes.append(f"turns up to {settings.rotation:g} degrees")
    if settings.zoom:
        changes.append(f"zoom by {1 - settings.zoom:g} to {1 + settings.zoom:g}")
    if settings.colour:
        changes.append(f"colours by {1 - settings.colour:g} to {1 + settings.colour:g}")
    if settings.cutout:
        changes.append(f"cutout of {counted(settings.cutout, 'pixel')}")
    if settings.mixup:
        changes.append(f"mixup {settings.mixup:g}")
    return ", ".join(changes) or "none"
