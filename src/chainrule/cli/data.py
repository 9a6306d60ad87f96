"""chainrule data: the known data sets, where they lie, and whether they are what they should be."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from chainrule.cli.console import out, print_json, say, table
from chainrule.cli.options import AsJson, DataFolder
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import file_size
from chainrule.data import REGISTRY, FileStatus, available, check, data_folder, load
from chainrule.runs.examples import in_words

STATES = {
    "ok": ("ok", "green"),
    "unproved": ("there, but no checksum of it is known", "yellow"),
    "differs": ("not the official file", "red"),
    "damaged": ("damaged", "bold red"),
    "missing": ("missing", "red"),
}
GOOD = ("ok", "unproved")

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", show_default=False, help=f"One of {', '.join(REGISTRY)}."),
]

app = typer.Typer(rich_markup_mode="rich", invoke_without_command=True)


@app.callback()
def data(context: typer.Context) -> None:
    """List, download and check the known data sets.

    Training downloads what it needs by itself.

    Examples:
      chainrule data
      chainrule data get mnist
      chainrule data check mnist
    """
    if context.invoked_subcommand is None:
        list_sets()


@app.command("list")
def list_sets(folder: DataFolder = None, as_json: AsJson = False) -> None:
    """List the known data sets, and which of them are there.

    Files are found under their official names, gzipped or not.

    Example:
      chainrule data list --data ~/datasets
    """
    lines = available(folder)
    if as_json:
        print_json(
            [
                {**asdict(line), "folder": str(line.folder) if line.folder else None}
                for line in lines
            ]
        )
        return
    sets = table("data set", "what", "where")
    for line in lines:
        if line.folder:
            where = Text(str(line.folder), "green")
        elif line.present:
            where = Text("always there", "green")
        else:
            where = Text(f"not yet: {file_size(line.download_size)} to download", "yellow")
        sets.add_row(line.name, line.title, where)
    out().print(sets)
    say(f"data folder: {data_folder(folder)}", "dim")


@app.command()
def get(name: Name, folder: DataFolder = None, as_json: AsJson = False) -> None:
    """Download a data set, unless it is there, and read it once.

    What is there of a broken download is kept, and used when it is tried again.

    Example:
      chainrule data get fashion-mnist
    """
    with waiting(f"fetching {name}") as progress:
        dataset = load(name, folder, progress=progress)
    facts: dict[str, Any] = {
        "name": name,
        "source": dataset.source,
        "train": len(dataset.train),
        "test": len(dataset.test),
        "image_shape": dataset.image_shape,
        "classes": dataset.classes,
        "notes": dataset.notes,
    }
    if as_json:
        print_json(facts)
        return
    out().print(
        f"{name}: {len(dataset.train):,} images to learn from and {len(dataset.test):,} for the "
        f"test, {in_words(dataset.image_shape)}, from {dataset.source}"
    )
    for line in dataset.notes:
        say(line, "yellow")


@app.command("check")
def check_set(name: Name, folder: DataFolder = None, as_json: AsJson = False) -> None:
    """Compare the files of a data set with the official checksums.

    Ends with exit code 1 when a file is missing or another than the official one.

    Example:
      chainrule data check mnist
    """
    with waiting(f"checking {name}"):
        files = check(name, folder)
    if as_json:
        print_json([{**asdict(file), "path": str(file.path)} for file in files])
    else:
        _show_files(name, files)
    if any(file.state not in GOOD for file in files):
        raise typer.Exit(1)


def _show_files(name: str, files: list[FileStatus]) -> None:
    if not files:
        out().print(f"{name}: always there, without files of its own; there is nothing to check")
        return
    lines = table("file", "state", "where")
    for file in files:
        state, style = STATES[file.state]
        lines.add_row(file.name, Text(state, style), str(file.path.parent))
        if file.detail:
            lines.add_row("", Text(file.detail, "dim"))
    out().print(lines)
