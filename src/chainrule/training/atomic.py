"""Files that are either there whole or not there: a crash, or a full disk, leaves the old one."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chainrule.errors import RunError


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let write fill a neighbouring file, then put that in the place of path in one move.

    The folder is made if it is not there.

    Raises    RunError when it could not be written; what stood at path is untouched
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(unfinished)
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        before = "what was saved there before is intact" if path.exists() else "nothing was saved"
        raise RunError(
            f"{path} could not be written ({error.strerror or error}): {before}; make room, "
            "or choose another folder with --out"
        ) from error
    finally:
        with suppress(OSError):  # moved away, or never there
            unfinished.unlink()


def write_text_atomically(path: Path, text: str) -> None:
    """The same for a text."""
    write_atomically(path, lambda unfinished: _write(unfinished, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
