"""What was measured, as tables: for the terminal, and for the README."""

from collections.abc import Sequence
from typing import Any

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
    for race, ours, cells in _grouped(found):
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


def markdown(record: dict[str, Any], found: Sequence[Lead]) -> str:
    """The README's table: each of ours, and how many times as fast as each kind of rival."""
    rows = {(row["race"], row["contender"]): row for row in record["races"]}
    heads = ["network", "chainrule", "images/s", *HEADS.values(), "memory"]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for race, ours, cells in _grouped(found):
        own = rows[race.name, ours]
        shown = [_markdown_cell(cells.get(against), rows) for against in RIVALS]
        network = f"{race.title}, batch {race.batch_size}"
        how = NAMED[ours].title.removeprefix("chainrule on ")
        speed = f"**{own['per_second']:,.0f}**"
        lines.append(_line([network, how, speed, *shown, f"{own['peak_mb']:.0f} MB"]))
    machine = record["machine"]
    absent = {row["contender"]: row["absent"] for row in record["races"] if row["absent"]}
    left_out = "; ".join(f"{NAMED[name].title}: {why}" for name, why in absent.items())
    versions = ", ".join(
        f"{name} {version}" for name, version in record["versions"].items() if version
    )
    lines += [
        "",
        "Images per second of one training step (forward, loss, backward, optimizer), and in each "
        "rival's column how many times as fast ours is, with the rival's own images per second. "
        "PyTorch tuned: channels-last, a fused optimizer, the same memory settings, with or "
        "without torch.compile, whichever is faster. Keras 3: on torch or JAX, whichever is "
        f"faster. Medians of {record['rounds']} alternating rounds on {machine['processor']}, "
        f"{machine['cores']} cores, load {machine['load_before']:.1f} before; {versions}; "
        f"{record['date'][:10]}; `{record['command']}`"
        + "".join(
            f"; {' and '.join(update['races'])} again, {update['date'][:10]}: `{update['command']}`"
            for update in record.get("updates", ())
        )
        + "."
        + (f" Not measured: {left_out}." if left_out else ""),
    ]
    return "\n".join(lines)


def _markdown_cell(lead: Lead | None, rows: dict[tuple[str, str], Row]) -> str:
    if lead is None:
        return "-"
    rival = rows[lead.race, lead.rival]["per_second"]
    wanted = f", wanted: {lead.floor:g}" if lead.holds is False else ""
    return f"{lead.ratio:.2f} times ({rival:,.0f}{wanted})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _grouped(found: Sequence[Lead]) -> list[tuple[Race, str, dict[str, Lead]]]:
    """The leads by race and contender of ours, in the order in which they came."""
    cells: dict[tuple[str, str], dict[str, Lead]] = {}
    for lead in found:
        cells.setdefault((lead.race, lead.ours), {})[lead.against] = lead
    return [(RACES[race], ours, found) for (race, ours), found in cells.items()]


def _three_digits(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
