"""Work that takes its time before or after a training, shown while it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.text import Text

from chainrule.cli.console import err
from chainrule.data import Progress as Report

LONG = 2.0
"""Seconds after which somebody would like to know what is going on."""


@contextmanager
def waiting(what: str) -> Iterator[Report]:
    """Show what is being done; inside, progress(done, total) may say how far it is.

    On a terminal a bar that goes away at the end; elsewhere one line, once it takes long.
    """
    console = err()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeLeft(elapsed_when_finished=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task(what, total=None)
    line = Timer(LONG, console.print, [Text(f"{what} ...")])

    def report(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    if not console.is_terminal:
        line.start()
    try:
        with bar:
            yield report
    finally:
        line.cancel()
