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
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from chainrule.data.listing import RECORD
from chainrule.errors import RunError
from chainrule.training.atomic import write_text_atomically

FORMAT = 1
"""The version of a run folder's layout; a change that older code cannot read raises it."""
UNFINISHED = ".chainrule-unfinished-"
"""Begins the name of what is not complete, in a folder; left by a killed program, it is nothing."""


class RunFolder:
    """The paths in a run folder, and its record.

    files: those of a run; whatever else lies there is the user's
    overwrite: whether filling may replace an older run at this place
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self.path = path
        self.overwrite = overwrite
        self.record = path / RECORD
        self.model = path / "model.json"
        self.history = path / "history.jsonl"
        self.best = path / "best.safetensors"
        self.last = path / "last.safetensors"
        self.start = path / "start.safetensors"
        self.evaluation = path / "evaluation.safetensors"
        self.report = path / "report.html"
        self.files = (
            *(self.record, self.model, self.history, self.best, self.last),
            *(self.start, self.evaluation, self.report),
        )

    @classmethod
    def create(cls, path: Path, *, overwrite: bool = False) -> "RunFolder":
        """A place for a new run, tried and left as it was: filling makes it, when all else is fine.

        Raises    RunError when something is there that may not be replaced, or the place cannot be
                  written to
        """
        run = cls(path, overwrite=overwrite)
        run._refuse_if_taken()
        refuse_unwritable(path)
        return run

    @contextmanager
    def filling(self) -> Iterator["RunFolder"]:
        """A folder for a new run's first files; at the end they are here, an older run is not.

            with folder.filling() as new:
                new.write_record(record)

        When anything fails inside, the older run is as it was; where none was, nothing is left.

        Raises    RunError when something else is there, or the folder cannot be written to
        """
        taken = self._refuse_if_taken()
        try:
            with _scratch(self.path) as scratch:
                new, old = RunFolder(scratch / "new"), scratch / "old"
                with _refusals_in_words(self.path):
                    new.path.mkdir()
                    old.mkdir()
                yield new
                with _refusals_in_words(self.path):
                    taken = self._refuse_if_taken()  # by somebody in the meantime
                    self._swap(new.path, old)
            for left in self.path.glob(f"{UNFINISHED}*"):
                shutil.rmtree(left, ignore_errors=True)
        except RunError as error:
            if taken:
                raise RunError(f"{error}; the run in {self.path} is as it was") from error
            raise

    def _swap(self, new: Path, old: Path) -> None:
        """The run here goes to old, and what lies in new comes here; all of it, or nothing.

        Moves inside one folder need no room on the disk, and work where the folder itself cannot be
        moved: the current one, a link, another disk's.
        """
        moves = [(one, old / one.name) for one in self.files if os.path.lexists(one)]
        moves += [(one, self.path / one.name) for one in new.iterdir()]
        try:
            for origin, goal in moves:
                origin.rename(goal)
        except BaseException:
            for origin, goal in reversed(moves):
                if not os.path.lexists(origin):  # it was moved
                    goal.rename(origin)
            raise

    def _refuse_if_taken(self) -> bool:
        """Whether there is an older run to replace."""
        with _refusals_in_words(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise RunError(f"{self.path} is a file: choose a folder with --out")
            if not self.path.exists() or all(map(_is_unfinished, self.path.iterdir())):
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


def refuse_unwritable(folder: Path) -> None:
    """Try whether something can be written to a folder, there or not there, and leave no trace.

    Raises    RunError when it cannot
    """
    with _scratch(folder):
        pass


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder inside, gone at the end, as are folders made for it in which nothing else came."""
    with _gone_if_empty(folder):
        with _refusals_in_words(folder):
            if not folder.exists():
                folder.mkdir(parents=True, exist_ok=True)
            inside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
        try:
            yield inside
        finally:
            shutil.rmtree(inside, ignore_errors=True)


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(UNFINISHED)


@contextmanager
def _gone_if_empty(folder: Path) -> Iterator[None]:
    """At the end, a folder and those above it, as far as they were not there, go if left empty."""
    with _refusals_in_words(folder):
        made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        yield
    finally:
        for one in made:
            with suppress(OSError):  # it holds something, or was never made
                one.rmdir()


@contextmanager
def _refusals_in_words(folder: Path) -> Iterator[None]:
    """What the system refuses there, as a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{folder} cannot be written to ({error.strerror}): choose another folder with --out"
        ) from error


@contextmanager
def reserved(name: str) -> Iterator[Path]:
    """A new folder runs/NAME-DATE-TIME here, which goes again if nothing has come into it.

    The name is counted up where two programs start in one second: the folder is there at once, so
    that no other takes the same.

    Raises    RunError where it cannot be made
    """
    first = Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    names = chain([first.name], (f"{first.name}-{number}" for number in count(2)))
    with _gone_if_empty(first.parent):
        with _refusals_in_words(first):
            first.parent.mkdir(exist_ok=True)
            path = next(path for path in map(first.with_name, names) if _made(path))
        try:
            yield path
        finally:
            with suppress(OSError):  # a run is in it
                path.rmdir()


def _made(path: Path) -> bool:
    """Whether this made the folder; one that is there already is somebody else's."""
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write values as readable JSON, whole or not at all."""
    write_text_atomically(path, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises    RunError when the file is missing, cannot be read, or holds something else
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path} is missing: the run folder is not complete") from None
    except OSError as error:
        raise RunError(
            f"{path} cannot be read ({error.strerror}): see that it is a file and who may read it"
        ) from error
    except ValueError as error:
        raise RunError(f"{path} is damaged ({error}): take another copy of the run") from None
    if not isinstance(values, dict):
        raise RunError(f"{path} is damaged: it does not hold a JSON object")
    return values
