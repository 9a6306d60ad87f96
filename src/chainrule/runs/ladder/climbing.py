"""What is to be trained for a ladder, and the data to train it on."""

from dataclasses import replace
from pathlib import Path

from chainrule.data import Dataset, split
from chainrule.runs.computing import Wish
from chainrule.runs.ladder.rungs import Ladder, Quick
from chainrule.runs.repeating import Job
from chainrule.runs.source import Source

PART_SEED = 0
"""The quick form's images are always the same."""


def jobs(
    ladder: Ladder,
    folder: Path,
    source: Source,
    *,
    seeds: int,
    wish: Wish,
    command: str,
    quick: bool = False,
) -> list[Job]:
    """Every training of a ladder, the first seed's first: an answer comes early, and is refined.

    The same seed holds out the same images on every rung and shows the others in the same order.
    """
    return [
        Job(folder / f"{recipe.name}-seed{seed}", recipe, source, seed, wish, command)
        for seed in range(seeds)
        for recipe in ladder.recipes(quick=quick)
    ]


def part_of(dataset: Dataset, quick: Quick) -> Dataset:
    """A few of the images, of every class its share."""
    _, train = split(dataset.train, quick.train, seed=PART_SEED)
    _, test = split(dataset.test, quick.test, seed=PART_SEED)
    note = (
        f"quick: {quick.train:,} of {len(dataset.train):,} training images and "
        f"{quick.test:,} of {len(dataset.test):,} test images"
    )
    return replace(dataset, train=train, test=test, notes=(*dataset.notes, note))
