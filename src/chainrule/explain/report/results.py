"""What became of the test images: confusions, classes, mistakes."""

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from chainrule.explain.report.facts import Facts, Test
from chainrule.explain.report.matrix import matrix, most_confused
from chainrule.explain.report.pictures import image_uri
from chainrule.explain.report.words import Words

COARSE = 64
"""Pixels along a side up to which a picture is shown pixel by pixel."""


@dataclass(frozen=True)
class Confusion:
    """svg: the matrix; pairs: the most frequent confusions, as (which, how often)."""

    svg: str
    pairs: list[tuple[str, str]]


@dataclass(frozen=True)
class ClassRow:
    """One class; a share that has nothing to be a share of is None."""

    name: str
    recall: float | None
    precision: float | None
    images: int


@dataclass(frozen=True)
class Mistake:
    """One wrong prediction: its picture, and what was made of it.

    coarse: so few pixels that each should be seen
    """

    picture: str
    coarse: bool
    alternative: str
    taken: str
    probability: str
    truth: str
    file: str


@dataclass(frozen=True)
class Results:
    """The sections about the test images; wrong: how many there are in all."""

    confusion: Confusion
    classes: list[ClassRow]
    mistakes: list[Mistake]
    wrong: int


def results(facts: Facts, words: Words) -> Results | None:
    """The sections; None before the test."""
    if facts.test is None:
        return None
    measured, classes = facts.test.measured, facts.classes
    return Results(
        confusion=_confusion(facts.test, classes, words),
        classes=class_rows(measured.confusion(), classes),
        mistakes=_mistakes(facts.test, classes, words),
        wrong=int((measured.predicted != measured.labels).sum()),
    )


def _confusion(test: Test, classes: list[str], words: Words) -> Confusion:
    counts = test.measured.confusion()
    pairs = []
    for i, j, count, total in most_confused(counts):
        which = words("confusion.taken_for", true=classes[i], predicted=classes[j])
        share = words.percent(count / total, 1)
        often = words("confusion.most_cell", count=f"{count:,}", total=f"{total:,}", share=share)
        pairs.append((which, often))
    return Confusion(matrix(counts, classes, words), pairs)


def class_rows(counts: np.ndarray, classes: list[str]) -> list[ClassRow]:
    """Recall and precision of each class from a confusion matrix, the weakest recall first."""
    rows = []
    for k, name in enumerate(classes):
        right, images, taken = int(counts[k, k]), int(counts[k].sum()), int(counts[:, k].sum())
        recall = right / images if images else None
        precision = right / taken if taken else None
        rows.append(ClassRow(name, recall, precision, images))
    return sorted(rows, key=lambda row: 2.0 if row.recall is None else row.recall)


def _mistakes(test: Test, classes: list[str], words: Words) -> list[Mistake]:
    measured = test.measured
    shown = []
    for i, place in enumerate(test.mistakes):
        true, predicted = int(measured.labels[place]), int(measured.predicted[place])
        probability = words.percent(float(measured.probabilities[place, predicted]), 1)
        names = {"true": classes[true], "predicted": classes[predicted]}
        shown.append(
            Mistake(
                picture=image_uri(test.images[i]),
                coarse=max(test.images.shape[2:]) <= COARSE,
                alternative=words("mistakes.alt", probability=probability, **names),
                taken=classes[predicted],
                probability=probability,
                truth=words("mistakes.truth", true=classes[true]),
                file=PurePath(test.names[i]).name if test.names else "",
            )
        )
    return shown
