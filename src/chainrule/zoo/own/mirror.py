"""Whether mirror images would teach the truth: letters, digits and arrows have none of their own.

A network that has learned without mirrors is shown images it has not learned from, and then their
mirror images. Where it knows both alike, mirrors are more images of the same classes for nothing.
Where the mirror images of one class pass for another, or for none, they would be wrong examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.sentence import Sentence

KEPT = 0.9
"""Share of the accuracy that mirror images keep where mirrors may be learned from."""
MOVED = 0.3
"""Share of a class that moves to another when mirrored, where mirrors would teach errors."""
SURE = 2.5
"""Standard errors by which such a move must differ from chance. Not more: without mirrors a little
is lost, but with wrong ones a whole class."""
KNOWN = 0.25
"""Accuracy below which a network knows too little: it may not tell left from right as yet."""
BETTER = 1.5
"""Times what guessing the commonest class always would be right, which is to know nothing."""


@dataclass(frozen=True)
class Mirror:
    """Whether to mirror training images, left and right, and why."""

    use: bool
    reason: Sentence


def judge_mirror(
    labels: NDArray[np.int64],
    straight: NDArray[np.int64],
    mirrored: NDArray[np.int64],
    classes: Sequence[object],
) -> Mirror:
    """Decide by what a network took images for, and what it took their mirror images for.

    labels, straight, mirrored: (N,) the true classes and both answers, as class numbers
    """
    right, kept = (float((answers == labels).mean()) for answers in (straight, mirrored))
    guess = np.bincount(labels).max() / len(labels)
    if right < max(KNOWN, min(BETTER * guess, (1 + guess) / 2)):
        unsure = "no mirror images: {right:.0%} right in a rehearsal is too little to tell by"
        return Mirror(False, Sentence(unsure, right=right))
    if move := _clearest_move(labels, straight, mirrored, len(classes)):
        start, end, share = move
        taken = Sentence(
            "no mirror images: that of {start} looks like {end} "
            "({share:.0%} of them in a rehearsal)",
            start=str(classes[start]),
            end=str(classes[end]),
            share=share,
        )
        return Mirror(False, taken)
    found = Sentence(
        "{right:.0%} of images right in a rehearsal, and {kept:.0%} of their mirror images",
        right=right,
        kept=kept,
    )
    if kept < KEPT * right:
        other = "no mirror images: they are not of the same kind, {found}"
        return Mirror(False, Sentence(other, found=found))
    return Mirror(True, Sentence("mirror images: {found}", found=found))


def _clearest_move(
    labels: NDArray[np.int64],
    straight: NDArray[np.int64],
    mirrored: NDArray[np.int64],
    classes: int,
) -> tuple[int, int, float] | None:
    """(from, to, share): the largest part of a class that goes to another only when mirrored.

    None where all are small or may be chance. An image counts when just one of its sides is taken
    for the other class: were the sides alike, each would be as often the one, as in McNemar's test.
    Two classes that change places, as left and right arrows do, count together as well: each may
    be too small to tell.
    """
    changed = straight != mirrored
    gained = _pairs(labels[changed], mirrored[changed], classes)
    lost = _pairs(labels[changed], straight[changed], classes)
    sizes = np.bincount(labels, minlength=classes)[:, np.newaxis]
    clearest: tuple[int, int, float] | None = None
    for to, fro, size in (
        (gained, lost, sizes),
        (gained + gained.T, lost + lost.T, sizes + sizes.T),
    ):
        share = (to - fro) / np.maximum(size, 1)
        share[(share < MOVED) | (to - fro < SURE * np.sqrt(to + fro))] = 0
        start, end = np.unravel_index(share.argmax(), share.shape)
        if share[start, end] > (clearest[2] if clearest else 0):
            clearest = int(start), int(end), float(share[start, end])
    return clearest


def _pairs(
    labels: NDArray[np.int64], answers: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """(K, K) how many images of each class were taken for each other one."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, answers), 1)
    np.fill_diagonal(counts, 0)
    return counts
