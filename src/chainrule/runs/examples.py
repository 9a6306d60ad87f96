"""Labelled images for a model that is already there: its class names number the labels."""

from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

import numpy as np

from chainrule.data import REGISTRY, Progress, Split, load, load_folder, load_labelled
from chainrule.data.listing import part_folder
from chainrule.errors import DataError, UsageError
from chainrule.runs.classifier import Classifier

SHOWN = 12
"""Class names listed in an error."""


def examples_for(
    classifier: Classifier,
    where: str,
    *,
    folder: Path | None = None,
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> tuple[Split, tuple[str, ...]]:
    """Images to measure a model on, labelled as it numbers its classes, and what to know of them.

    where   a known data set, whose test part counts; or a folder of images by class, all of which
            count, or those of its test, where it has parts
    folder  where the files of a known data set lie

    Raises    UsageError when there is no such data; DataError for a class or images the model
              does not know
    """
    wanted = classifier.preprocessing
    shape = (wanted.channels, wanted.height, wanted.width)
    if where in REGISTRY:
        dataset = load(where, folder, progress=progress)
        if dataset.image_shape != shape:
            raise DataError(
                f"{where} has images of {in_words(dataset.image_shape)}, "
                f"but this model was trained on {in_words(shape)}"
            )
        return _relabelled(dataset.test, dataset.classes, where, classifier), dataset.notes
    root = Path(where)
    if not root.exists():
        raise UsageError(
            f"{where} is neither a folder nor a known data set: those are {', '.join(REGISTRY)}"
        )
    tests = part_folder(root, "test")
    if tests is None and part_folder(root, "train"):
        dataset = load_folder(
            root,
            size=shape[1:],
            channels=shape[0],
            skip_unreadable=skip_unreadable,
            progress=progress,
        )
        return _relabelled(dataset.test, dataset.classes, where, classifier), dataset.notes
    examples, classes, notes = load_labelled(
        tests or root, shape, skip_unreadable=skip_unreadable, progress=progress
    )
    return _relabelled(examples, classes, where, classifier), notes


def _relabelled(split: Split, classes: Sequence[str], where: str, classifier: Classifier) -> Split:
    # Korean names come composed from one system and decomposed from another.
    numbers = {normalize("NFC", str(name)): n for n, name in enumerate(classifier.classes)}
    for name in classes:
        if normalize("NFC", name) not in numbers:
            names = [str(known) for known in classifier.classes]
            more = ", ..." if len(names) > SHOWN else ""
            raise DataError(
                f"{where} has the class {name!r}, which this model does not know: "
                f"it knows {', '.join(names[:SHOWN])}{more}"
            )
    mapping = np.array([numbers[normalize("NFC", name)] for name in classes], np.int64)
    return Split(split.images, mapping[split.labels], split.names)


def in_words(shape: tuple[int, int, int]) -> str:
    """(1, 28, 28) as "28x28 grey"."""
    channels, height, width = shape
    return f"{width}x{height} {'grey' if channels == 1 else 'colour'}"
