"""Loading images with something to look at, and saying what is to be known about them."""

from pathlib import Path

from chainrule.cli.console import note
from chainrule.cli.waiting import waiting
from chainrule.data import Dataset
from chainrule.runs import Run, Source


def load(source: Source) -> Dataset:
    """The images of a source."""
    with waiting(f"loading {source.name}") as progress:
        dataset = source.load(progress)
    return _noted(dataset)


def load_again(run: Run, folder: Path | None) -> Dataset:
    """The images a run was begun with."""
    with waiting(f"loading {run.source.name}") as progress:
        dataset = run.load(folder, progress)
    return _noted(dataset)


def _noted(dataset: Dataset) -> Dataset:
    for line in dataset.notes:
        note(line)
    return dataset
