"""Measure chainrule against its opponents, print the table, keep the record.

    python benchmarks/run.py [rounds]

About two minutes at the default of 12 rounds.
"""

import sys
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

import numpy_step
import record
import startup

NAMES = {"ours": "chainrule", "pytorch": "PyTorch eager", "textbook": "textbook"}
NETWORKS = {"cnn": "CIFAR-10 network, batch 128, Adam", "mlp": "784-50-10, batch 100, SGD"}


def step_table(network: str, rows: list[dict[str, Any]]) -> Table:
    """Speed and memory of one training step of one network."""
    imports = ", ".join(f"{row['imports_mb']:.0f}" for row in rows)
    table = Table(
        box=box.SIMPLE,
        title=f"One training step: {NETWORKS[network]}",
        caption=f"MB: peak of the whole process; the imports alone take {imports}",
    )
    table.add_column("by", no_wrap=True)
    for title in ("images/s", "ms", "half within", "x PyTorch", "per round", "MB"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        low, high = map(_three_digits, row["quartiles_ms"])
        least, most = row["share_range"]
        table.add_row(
            NAMES[row["opponent"]],
            f"{row['per_second']:,.0f}",
            _three_digits(row["step_ms"]),
            f"{low}-{high}",
            f"{row['share']:.2f}",
            f"{least:.2f}-{most:.2f}",
            f"{row['peak_mb']:.0f}",
        )
    return table


def _three_digits(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def startup_table(milliseconds: dict[str, float]) -> Table:
    """How long one waits."""
    table = Table(box=box.SIMPLE, title="From start to end of a process")
    table.add_column("command")
    table.add_column("ms", justify="right")
    for name, value in milliseconds.items():
        table.add_row(name, f"{value:.0f}")
    return table


def main() -> None:
    """Measure, print, keep."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    console = Console()
    about = record.about()
    with console.status("starting") as status:
        steps = numpy_step.measure(rounds, status.update)
        for network in NETWORKS:
            console.print(step_table(network, [row for row in steps if row["network"] == network]))
        waits = startup.measure(rounds, status.update)
        console.print(startup_table(waits))
    path = record.write({**about, "rounds": rounds, "steps": steps, "startup_ms": waits})
    console.print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    main()
