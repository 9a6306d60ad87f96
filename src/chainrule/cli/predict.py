"""chainrule predict: what a trained model sees in image files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.text import Text

from chainrule.cli.console import note, out, print_json, table
from chainrule.cli.options import AnyBackend, AsJson, Device, Precision, RunPath
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import counted, percent
from chainrule.data.images import SUFFIXES, is_image
from chainrule.data.listing import files_below
from chainrule.errors import DataError, ImageError
from chainrule.runs import Classifier, Run, Wish

NOTES = 5
"""Converted images named one by one; of more, only the number is told."""


@dataclass(frozen=True)
class Prediction:
    """One image's classes with their probabilities, likeliest first; note: how it was converted."""

    image: Path
    ranking: list[tuple[str, float]]
    note: str | None


def predict(
    path: RunPath,
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE", show_default=False, help="Image files, or folders of them."
        ),
    ],
    top: Annotated[
        int,
        typer.Option(metavar="K", min=1, help="How many classes to tell, the likeliest first."),
    ] = 3,
    backend: AnyBackend = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: AsJson = False,
) -> None:
    """Tell what is in images, with the probability and the runners-up.

    An image of another size than the model's is resized, and where colour is lost, that is said.

    Examples:
      chainrule predict runs/digits-20260301-142500 seven.png
      chainrule predict runs/digits-20260301-142500 scans/ --top 5 --json
    """
    wish = Wish(backend, device, precision)
    classifier = Run.open(path).classifier()
    files = [file for image in images for file in _files(image)]
    predictions, unreadable = _predict(classifier, wish, files)
    if as_json:
        print_json([_as_json(prediction, top) for prediction in predictions])
    elif predictions:
        _show(predictions, top)
    for error in unreadable[1:]:
        note(str(error))
    if unreadable:
        raise unreadable[0]


def _files(path: Path) -> Iterator[Path]:
    """The file itself, or every image in the folder and below that is not hidden."""
    if not path.is_dir():
        yield path
        return
    found = list(filter(is_image, files_below(path)))
    if not found:
        raise DataError(f"{path}: holds no images ({' '.join(sorted(SUFFIXES))})")
    yield from found


def _predict(
    classifier: Classifier, wish: Wish, files: list[Path]
) -> tuple[list[Prediction], list[ImageError]]:
    """What is in the files that can be read, and what is wrong with the others."""
    pixels, read, unreadable = [], [], []
    with waiting(f"looking at {counted(len(files), 'image')}") as progress:
        for number, file in enumerate(files, start=1):
            try:
                image, remark = classifier.preprocessing.read(file)
            except ImageError as error:
                unreadable.append(error)
            else:
                pixels.append(image)
                read.append((file, remark))
            progress(number, len(files))
        if not pixels:
            return [], unreadable
        computing = wish.for_use(classifier, len(pixels))
        evaluator = classifier.evaluator(computing.backend)
        probabilities = evaluator.probabilities(np.stack(pixels))
    predictions = [
        Prediction(file, _ranking(classifier, row), remark)
        for (file, remark), row in zip(read, probabilities, strict=True)
    ]
    return predictions, unreadable


def _ranking(classifier: Classifier, row: NDArray[np.float32]) -> list[tuple[str, float]]:
    order = np.argsort(-row, kind="stable")
    return [(str(classifier.classes[label]), float(row[label])) for label in order]


def _as_json(prediction: Prediction, top: int) -> dict[str, Any]:
    (name, probability), *others = prediction.ranking[:top]
    return {
        "image": str(prediction.image),
        "class": name,
        "probability": probability,
        "runners_up": [{"class": other, "probability": p} for other, p in others],
        "note": prediction.note,
    }


def _show(predictions: list[Prediction], top: int) -> None:
    converted = [prediction.note for prediction in predictions if prediction.note]
    for line in converted[:NOTES]:
        note(line)
    if len(converted) > NOTES:
        note(f"{counted(len(converted) - NOTES, 'more image')} resized or converted")
    lines = table("image", "class", "probability", "runners-up", right=["probability"])
    for prediction in predictions:
        (name, probability), *others = prediction.ranking[:top]
        runners_up = "   ".join(f"{other} {percent(p)}" for other, p in others)
        lines.add_row(str(prediction.image), Text(name, "bold"), percent(probability), runners_up)
    out().print(lines)
