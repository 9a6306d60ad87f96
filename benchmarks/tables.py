"""What was measured, as tables for the terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from leads import NAMED, RIVALS, Lead, Row
from races import RACES, Race

HEADS = {"eager": "PyTorch eager", "tuned": "PyTorch tuned", "keras": "Keras 3", "jax": "JAX"}


def race_table(race: Race, rows: Sequence[Row]) -> Table:
    """Everybody in one race, or why they are not in it."""
    table = Table(box=box.SIMPLE, title=f"{race.title}, batch {race.batch_size}, {race.rule.name}")
    table.add_column("by", no_wrap=True)
    for title in ("images/s", "ms", "half within", "MB", "imports", "ready after"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        title = NAMED[row["contender"]].title
        if row["absent"] is not None:
            table.add_row(title, row["absent"], style="dim")
            continue
        low, high = map(_three_digits, row["quartiles_ms"])
        table.add_row(
            title,
            f"{row['per_second']:,.0f}",
            _three_digits(row["step_ms"]),
            f"{low}-{high}",
            f"{row['peak_mb']:.0f}",
            f"{row['imports_mb']:.0f}",
            f"{row['start_seconds']:.0f} s",
        )
    return table


def lead_table(found: Sequence[Lead]) -> Table:
    """How many times as fast as each rival, and how many times we want to be."""
    table = Table(
        box=box.SIMPLE,
        title="Times as fast as the rival (quartiles by round; what is wanted)",
        caption="PyTorch tuned: with or without torch.compile, whichever is faster. Keras 3: on "
        "torch or JAX, whichever is faster.",
    )
    table.add_column("network", no_wrap=True)
    table.add_column("ours", no_wrap=True)
    for head in HEADS.values():
        table.add_column(head, no_wrap=True)
    for race, ours, cells in grouped(found):
        shown = [_lead_cell(cells.get(against)) for against in RIVALS]
        table.add_row(race.name, NAMED[ours].title, *shown)
    return table


def _lead_cell(lead: Lead | None) -> str:
    if lead is None:
        return "-"
    low, high = lead.quartiles
    text = f"{lead.ratio:.2f} ({low:.2f}-{high:.2f})"
    if lead.floor is None:
        return text
    colour = "green" if lead.holds else "red"
    return f"[{colour}]{text} of {lead.floor:g}[/]"


def startup_table(milliseconds: dict[str, float]) -> Table:
    """How long one waits."""
    table = Table(box=box.SIMPLE, title="From start to end of a process")
    table.add_column("command")
    table.add_column("ms", justify="right")
    for name, value in milliseconds.items():
        table.add_row(name, f"{value:.0f}")
    return table


def grouped(found: Sequence[Lead]) -> list[tuple[Race, str, dict[str, Lead]]]:
    """The leads by race and contender of ours, in the order in which they came."""
    cells: dict[tuple[str, str], dict[str, Lead]] = {}
    for lead in found:
        cells.setdefault((lead.race, lead.ours), {})[lead.against] = lead
    return [(RACES[race], ours, found) for (race, ours), found in cells.items()]


def _three_digits(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
