"""chainrule evaluate: how good a trained model is, all in all and class by class."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from chainrule.cli.console import facts, note, out, print_json, table
from chainrule.cli.loading import load_again
from chainrule.cli.options import (
    AnyBackend,
    AsJson,
    DataFolder,
    Device,
    Precision,
    RunPath,
    SkipUnreadable,
)
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import counted, measured_on, percent
from chainrule.data import REGISTRY, Split
from chainrule.data.listing import part_folder
from chainrule.errors import UsageError
from chainrule.runs import Classifier, Computing, Run, Wish, examples_for, wilson
from chainrule.training import Evaluation

NUMBERS = ("images", "right", "accuracy")
MISTAKEN = 2
"""Confusions told for each class, the most frequent."""


def evaluate(
    path: RunPath,
    where: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            show_default="the run's own test images",
            help="A folder of images by class (its test part, where it has one), or a known data "
            "set ([bold]chainrule data[/] lists them).",
        ),
    ] = None,
    data: DataFolder = None,
    skip_unreadable: SkipUnreadable = False,
    backend: AnyBackend = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure a trained model on images it has not learned from.

    A folder's classes are matched with the model's by name.

    Examples:
      chainrule evaluate runs/digits-20260301-142500
      chainrule evaluate runs/digits-20260301-142500 my-digits/ --json
    """
    _refuse_idle_options(where, data, skip_unreadable)
    wish = Wish(backend, device, precision)
    run = Run.open(path)
    classifier = run.classifier()
    if where is None:
        where, examples = run.source.name, load_again(run, data).test
    else:
        if _learned_from(run, where):
            note(f"the model learned from images of {where}: without DATA, others are measured")
        examples = _load(classifier, where, data, skip_unreadable)
    with waiting(f"measuring on {counted(len(examples), 'image')}"):
        computing = wish.for_use(classifier, len(examples))
        measured = classifier.evaluator(computing.backend).evaluate(examples)
    names = [str(name) for name in classifier.classes]
    if as_json:
        header = {"run": str(path), "data": where, "computing": computing.backend.in_words()}
        print_json({**header, **_as_json(measured, names)})
    else:
        _show(measured, names, computing)


def _learned_from(run: Run, where: str) -> bool:
    """Whether images of this folder were learned from, or chose the epoch that is kept."""
    learned, place = Path(run.source.folder or ""), Path(where).resolve()
    if run.source.known or not learned.is_dir():
        return False
    parts = [part_folder(learned, part) for part in ("train", "validation")]
    return place in parts or (place == learned and parts[0] is None)


def _refuse_idle_options(where: str | None, data: Path | None, skip_unreadable: bool) -> None:
    """Options that would do nothing are a slip of the hand."""
    if data is not None and where is not None and where not in REGISTRY:
        raise UsageError(f"--data says where a known data set lies, but {where} is none: leave it")
    if skip_unreadable and (where is None or where in REGISTRY):
        raise UsageError("--skip-unreadable is for a folder of images: give one, or leave it out")


def _load(classifier: Classifier, where: str, data: Path | None, skip_unreadable: bool) -> Split:
    with waiting(f"loading {where}") as progress:
        examples, notes = examples_for(
            classifier, where, folder=data, skip_unreadable=skip_unreadable, progress=progress
        )
    for line in notes:
        note(line)
    return examples


@dataclass(frozen=True)
class ClassRow:
    """How one class fared; mistaken: which classes it was taken for how often, worst first."""

    name: str
    images: int
    right: int
    mistaken: list[tuple[str, int]]

    @property
    def accuracy(self) -> float:
        """The share of its images that was recognised."""
        return self.right / self.images


def _rows(measured: Evaluation, names: list[str]) -> list[ClassRow]:
    """The classes that have images."""
    rows = []
    for label, counts in enumerate(measured.confusion().tolist()):
        others = [(names[n], count) for n, count in enumerate(counts) if count and n != label]
        others.sort(key=lambda other: -other[1])
        if sum(counts):
            rows.append(ClassRow(names[label], sum(counts), counts[label], others))
    return rows


def _as_json(measured: Evaluation, names: list[str]) -> dict[str, Any]:
    rows = _rows(measured, names)
    return {
        "accuracy": measured.accuracy,
        "interval": wilson(measured.right, measured.images),
        "loss": measured.loss,
        "images": measured.images,
        "classes": [
            {
                "class": row.name,
                "images": row.images,
                "right": row.right,
                "accuracy": row.accuracy,
                "taken_for": [{"class": other, "images": count} for other, count in row.mistaken],
            }
            for row in rows
        ],
    }


def _show(measured: Evaluation, names: list[str], computing: Computing) -> None:
    rows = _rows(measured, names)
    console = out()
    console.print(
        facts(
            [
                ("accuracy", Text(percent(measured.accuracy), "bold green")),
                ("", measured_on(measured.right, measured.images)),
                ("loss", f"{measured.loss:.4f}"),
                ("computed by", computing.backend.in_words()),
            ]
        )
    )
    classes = table("class", "images", "right", "accuracy", "mistaken", right=NUMBERS)
    for row in rows:
        mistaken = [f"{count} as {other}" for other, count in row.mistaken[:MISTAKEN]]
        classes.add_row(
            row.name,
            f"{row.images:,}",
            f"{row.right:,}",
            percent(row.accuracy),
            ", ".join(mistaken),
        )
    console.print()
    console.print(Padding.indent(classes, 2))
