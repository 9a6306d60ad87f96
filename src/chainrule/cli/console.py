"""Results go to standard output, everything else to standard error; rich stays in this room."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

UNBOUNDED = 200
"""Columns where there is no terminal whose edge could be reached."""


def out() -> Console:
    """Where results go."""
    return _console(to_stderr=False)


def err() -> Console:
    """Where progress, notes and errors go."""
    return _console(to_stderr=True)


def _console(*, to_stderr: bool) -> Console:
    # Names of files and classes may hold [brackets] and :colons:, which are no instructions.
    console = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width, console.soft_wrap = UNBOUNDED, True
    return console


def say(line: str = "", style: str = "") -> None:
    """One line for the person who watches."""
    err().print(Text(line, style))


def suggest(command: str) -> None:
    """A command to copy; never broken into lines."""
    err().print(Text(f"    {command}"), soft_wrap=True)


def note(line: str) -> None:
    """Something the user should know, though nothing is wrong."""
    err().print(Text("note: ", "yellow") + Text(line))


def fail(line: str) -> None:
    """What went wrong, in one sentence."""
    err().print(Text("error: ", "bold red") + Text(line))


def print_json(values: Any) -> None:
    """The result for a script; non-ASCII letters as they are where the output can hold them."""
    as_they_are = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(values, indent=2, ensure_ascii=not as_they_are)
    out().print(Text(text), soft_wrap=True)


def table(*columns: str, right: Iterable[str] = ()) -> Table:
    """An empty table in the house's look; the columns named in right hold numbers."""
    empty = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in columns:
        empty.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return empty


def facts(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Names and values, one pair per line."""
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(f"  {name}", value if isinstance(value, Text) else Text(value))
    return grid
