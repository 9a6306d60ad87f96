"""Work that takes its time before or after a training, shown while it goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

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
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeLeft(elapsed_when_finished=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task(what, total=None)
    began, said = time.perf_counter(), console.is_terminal

    def report(done: int, total: int) -> None:
        nonlocal said
        if not said and time.perf_counter() - began > LONG:
            console.print(Text(f"{what} ..."))
            said = True
        bar.update(task, completed=done, total=total)

    with bar:
        yield report
