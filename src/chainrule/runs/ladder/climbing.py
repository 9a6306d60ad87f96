"""What is to be trained for a ladder, and the data to train it on."""

from dataclasses import replace
from pathlib import Path

from chainrule.data import Dataset, split
from chainrule.runs.computing import Wish
from chainrule.runs.ladder.rungs import Ladder, Quick
from chainrule.runs.repeating import Job
from chainrule.runs.source import Source
from chainrule.sentence import Sentence

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
    few = (
        "quick: {train:,} of {all_train:,} training images and {test:,} of {all_test:,} test images"
    )
    note = Sentence(
        few,
        train=quick.train,
        all_train=len(dataset.train),
        test=quick.test,
        all_test=len(dataset.test),
    )
    return replace(dataset, train=train, test=test, notes=(*dataset.notes, note))
