"""A run folder: everything a training leaves, under names that say what it is.

run.json                what was done: recipe, settings, seed, data, versions, results
model.json              what the weights belong to: network, preprocessing, classes
history.jsonl           epoch by epoch
best.safetensors        the weights to use
last.safetensors        all that resuming needs
start.safetensors       the weights before learning, where another training gave them
evaluation.safetensors  test labels, probabilities, and the images of the surest mistakes
report.html             the whole as one page
"""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chainrule.errors import RunError
from chainrule.training.atomic import write_text_atomically

FORMAT = 1
"""The version of a run folder's layout; a change that older code cannot read raises it."""


class RunFolder:
    """The paths in a run folder, and its record.

    overwrite: whether make may replace an older run at this place
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self.path = path
        self.overwrite = overwrite
        self.record = path / "run.json"
        self.model = path / "model.json"
        self.history = path / "history.jsonl"
        self.best = path / "best.safetensors"
        self.last = path / "last.safetensors"
        self.start = path / "start.safetensors"
        self.evaluation = path / "evaluation.safetensors"
        self.report = path / "report.html"

    @classmethod
    def create(cls, path: Path, *, overwrite: bool = False) -> "RunFolder":
        """A place for a new run, looked at but not touched: make makes it, when all else is fine.

        Raises    RunError when something is there that may not be replaced
        """
        run = cls(path, overwrite=overwrite)
        run._refuse_if_taken()
        return run

    def make(self) -> None:
        """Make the folder, empty; an older run in it is removed if that is allowed.

        Raises    RunError when something else is there, or the folder cannot be made
        """
        try:
            if self._refuse_if_taken():
                shutil.rmtree(self.path)
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{self.path} cannot be made a run folder ({error.strerror})") from error

    def _refuse_if_taken(self) -> bool:
        """Whether there is an older run to replace."""
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is a file: choose a folder with --out")
        if not self.path.exists() or not any(self.path.iterdir()):
            return False
        if not self.overwrite:
            raise RunError(
                f"{self.path} is not empty: choose another folder with --out, or replace the "
                "run in it with --overwrite"
            )
        if not self.record.is_file():
            raise RunError(
                f"{self.path} holds something that is not a run, and is left alone: "
                "choose another folder with --out"
            )
        return True

    @classmethod
    def open(cls, path: Path | str) -> "RunFolder":
        """An existing run folder.

        Raises    RunError when there is none, or it is of another version
        """
        run = cls(Path(path))
        if not run.record.is_file():
            raise RunError(f"{path} is not a run folder: it has no {run.record.name}")
        version = run.read_record().get("format")
        if version != FORMAT:
            raise RunError(
                f"{path} is a run of format {version}, but this chainrule reads format {FORMAT}: "
                "use the version that wrote it, which its run.json names"
            )
        return run

    def read_record(self) -> dict[str, Any]:
        """What run.json says."""
        return read_json(self.record)

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Replace run.json."""
        write_json(self.record, {"format": FORMAT, **record})


def default_path(name: str) -> Path:
    """runs/NAME-DATE-TIME in the current folder, counted up where two start in one second."""
    first = Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    path, number = first, 1
    while path.exists():
        number += 1
        path = first.with_name(f"{first.name}-{number}")
    return path


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write values as readable JSON, whole or not at all."""
    write_text_atomically(path, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises    RunError when the file is missing or holds something else
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path} is missing: the run folder is not complete") from None
    except ValueError as error:
        raise RunError(f"{path} is damaged ({error}): take another copy of the run") from None
    if not isinstance(values, dict):
        raise RunError(f"{path} is damaged: it does not hold a JSON object")
    return values
