"""One training at a time in a run folder."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chainrule.errors import RunError
from chainrule.runs.folder import RunFolder, read_json


@contextmanager
def alone_in(folder: RunFolder) -> Iterator[None]:
    """Inside, no other process trains in this folder.

    The system keeps the lock, on a file that stays what it is from the beginning, and takes it from
    a process that was killed. Windows has none of this kind: there, nothing is locked.

    Raises    RunError when another process is at it, or the file is missing
    """
    read_json(folder.model)
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with folder.model.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"{folder.path}: another process is training in this folder; wait for it, or stop "
                "it first"
            ) from None
        yield
