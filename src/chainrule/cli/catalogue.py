"""chainrule catalogue: everything there is, with its formula and its source."""

from dataclasses import asdict
from itertools import groupby
from textwrap import wrap
from typing import Annotated

import typer
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
            help="Only what has all these words: [bold]conv[/], [bold]losses huber[/].",
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page of the documentation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every operation, layer, loss, optimizer and classical model with its formula.

    All of it is read from the docstrings: Python's help() of a name shows the whole page.

    Examples:
      chainrule catalogue
      chainrule catalogue losses huber
    """
    found = [entry for entry in entries() if _has(entry, words or [])]
    if not found:
        raise UsageError(f"nothing in the catalogue has {' and '.join(words or [])} in it")
    if as_json:
        print_json([asdict(entry) for entry in found])
    elif markdown:
        out().print(Text(as_markdown(found)), soft_wrap=True, end="")
    else:
        for family, members in groupby(found, key=lambda entry: entry.family):
            out().print(Text(f"\n{family}", "bold"))
            for entry in members:
                out().print(_page(entry, out().width), soft_wrap=True)


def _has(entry: Entry, words: list[str]) -> bool:
    line = " ".join((entry.family, entry.name, entry.also, entry.about, entry.formula)).lower()
    return all(word.lower() in line for word in words)


def _page(entry: Entry, width: int) -> Text:
    """An entry under its name, every long line going on a little further in."""
    name = ", ".join(filter(None, (entry.name, entry.also)))
    lines = [(entry.about, ""), *((line, "green") for line in entry.formula.splitlines())]
    lines += [(entry.source, "dim")]
    page = Text.assemble((f"  {name}", "cyan"))
    for line, style in lines:
        for part in wrap(line, width - 6, subsequent_indent="  ", break_on_hyphens=False):
            page.append(f"\n      {part}", style)
    return page
