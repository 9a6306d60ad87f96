"""The verbs put together, and what happens when one of them fails."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from chainrule.cli import data
from chainrule.cli.bench import bench
from chainrule.cli.catalogue import catalogue
from chainrule.cli.console import fail, say
from chainrule.cli.evaluate import evaluate
from chainrule.cli.ladder import ladder
from chainrule.cli.outcome import INTERRUPTED
from chainrule.cli.predict import predict
from chainrule.cli.recipes import recipes
from chainrule.cli.report import report
from chainrule.cli.resume import resume
from chainrule.cli.summary import summary
from chainrule.cli.train import train
from chainrule.cli.transfer import transfer
from chainrule.cli.verify import verify
from chainrule.errors import ChainruleError
from chainrule.version import __version__


class Verbs(TyperGroup):
    """Turn what chainrule or the system refuses into one sentence.

    Anything unforeseen keeps its traceback.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ChainruleError as error:
            fail(str(error))
            raise typer.Exit(1) from None
        except BrokenPipeError:
            raise  # who read the output has gone: typer ends in silence
        except OSError as error:
            fail(_refused_by_system(error))
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            say("interrupted", "yellow")
            raise typer.Exit(INTERRUPTED) from None


def _refused_by_system(error: OSError) -> str:
    """Which file it is about, where that is known, and what the system says."""
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is None:
        return f"the system refuses what was asked of it ({reason})"
    return (
        f"{error.filename} cannot be used ({reason}): see that it is there and who may use it, "
        "or name another"
    )


app = typer.Typer(
    cls=Verbs,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
PANELS = {
    "Train": (train, resume),
    "Use what was trained": (evaluate, predict, report),
    "Prove it": (bench, ladder, transfer, verify),
    "Look around": (recipes, summary, catalogue),
}
for panel, verbs in PANELS.items():
    for verb in verbs:
        app.command(rich_help_panel=panel)(verb)
app.add_typer(data.app, name="data", rich_help_panel="Look around")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chainrule {__version__}")
        raise typer.Exit


@app.callback()
def chainrule(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Train image classifiers, and see how every number came about.

    Every verb has a page of its own: chainrule train --help.

    Start with:
      chainrule train digits
      chainrule predict RUN IMAGE
    """


def main() -> None:
    """The entry point of the command chainrule."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown escaped instead of ending the program.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app()
