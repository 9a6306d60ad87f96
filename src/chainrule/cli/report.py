"""chainrule report: a run as one page to look at."""

from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.console import out, print_json
from chainrule.cli.options import AsJson, RunPath
from chainrule.cli.outcome import write_report
from chainrule.errors import UsageError
from chainrule.runs import Run


def report(
    path: RunPath,
    page: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", show_default="RUN/report.html", help="The file to write."
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="en|ko", help="The language of the page.")
    ] = "en",
    as_json: AsJson = False,
) -> None:
    """Write a run as one HTML page: curves, confusions, mistakes, filters, layers, settings.

    The page holds all it needs and can be opened or sent without a network.

    Examples:
      chainrule report runs/digits-20260301-142500
      chainrule report runs/digits-20260301-142500 --out digits.html --language ko
    """
    run = Run.open(path)
    page = page or run.folder.report
    _refuse_other_files(page)
    write_report(run, page, language=language)
    if as_json:
        print_json({"report": str(page)})
    else:
        out().print(str(page), soft_wrap=True)


def _refuse_other_files(page: Path) -> None:
    """Only a page is written over: not weights, a photo or a device by a slip of the hand."""
    if page.exists() and not (page.is_file() and page.suffix.lower() in (".html", ".htm")):
        raise UsageError(f"{page} is there and is no page: choose a name that ends in .html")
