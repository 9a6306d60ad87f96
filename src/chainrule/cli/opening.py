"""What train says before it starts: what was found, what was chosen, what will be done."""

import math

import numpy as np
from rich.padding import Padding

from chainrule.cli.console import err, facts, say, table
from chainrule.cli.wording import counted, listed
from chainrule.data import Dataset
from chainrule.runs import Run
from chainrule.runs.examples import in_words
from chainrule.zoo import Settings

CLASSES_SHOWN = 20


def show_images(dataset: Dataset, reasons: list[str]) -> None:
    """A folder's classes with their numbers of images, and what was chosen because of them."""
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
    say("what was chosen for it", "bold")
    err().print(facts([("-", reason) for reason in reasons]))
    say()


def show_plan(run: Run) -> None:
    """What a run is going to do."""
    record, settings = run.record, run.settings
    counts = record["data"]
    wanted, classes = run.model_facts()
    say(f"{record['recipe']}: {record['about']}", "bold")
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
                ("training", _training(settings, counts["train"])),
                ("", f"{_optimizer(settings)}, seed {record['seed']}"),
                ("augmentation", _augmentation(settings)),
                ("run folder", str(run.folder.path)),
            ]
        )
    )
    say()


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
        changes.append("mirror images")
    return " and ".join(changes) or "none"
