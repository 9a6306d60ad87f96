"""Where a run goes that was not told where."""

from pathlib import Path

import typer

from chainrule.runs import reserved


def place_for(command: typer.Context, name: str) -> Path:
    """A folder runs/NAME-DATE-TIME of its own; gone when the command ends with nothing in it."""
    return command.with_resource(reserved(name))
