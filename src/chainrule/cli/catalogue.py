"""chainrule catalogue: everything there is, with its formula and its source."""

from dataclasses import asdict
from itertools import groupby
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from chainrule.cli.console import out, print_json
from chainrule.cli.options import AsJson
from chainrule.errors import UsageError
from chainrule.explain.catalogue import Entry, as_markdown, entries


def catalogue(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORD]...",
            show_default=False,
            help="Only what has all these words in its line: [bold]conv[/], [bold]losses huber[/].",
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page of the documentation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every operation, layer, loss, optimizer and classical model with its formula.

    The lines are read from the docstrings: Python's help() of a name shows the whole page.

    Examples:
      chainrule catalogue
      chainrule catalogue adam
    """
    found = [entry for entry in entries() if _has(entry, words or [])]
    if not found:
        raise UsageError(f"nothing in the catalogue has {' and '.join(words or [])} in its line")
    if as_json:
        print_json([asdict(entry) for entry in found])
    elif markdown:
        out().print(Text(as_markdown(found), end=""), soft_wrap=True)
    else:
        for family, group in groupby(found, key=lambda entry: entry.family):
            out().print(Text(f"\n{family}", "bold"))
            out().print(_table(list(group)))


def _has(entry: Entry, words: list[str]) -> bool:
    line = " ".join((entry.family, entry.name, entry.about, entry.formula)).lower()
    return all(word.lower() in line for word in words)


def _table(members: list[Entry]) -> Table:
    grid = Table.grid(padding=(0, 3, 0, 2))
    grid.add_column(no_wrap=True, style="cyan")
    grid.add_column(overflow="fold")
    for entry in members:
        formula = f"\n{entry.formula}" if entry.formula else ""
        source = f"\n{entry.source}" if entry.source else ""
        grid.add_row(entry.name, Text.assemble(entry.about, (formula, "green"), (source, "dim")))
    return grid
