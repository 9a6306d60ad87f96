"""Measure chainrule against its opponents, print the tables, keep the record.

    python benchmarks/run.py                                everything
    python benchmarks/run.py --networks cifar10-74 resnet20 --contenders torch-f32 pytorch
    python benchmarks/run.py --networks resnet20 --update   into this machine's newest record
    python benchmarks/readme.py                             a record as the READMEs' table

About ten minutes at the defaults, most of it for compiling.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console

import record
import startup
from leads import as_rows, leads
from races import CONTENDERS, RACES
from racing import race
from tables import lead_table, race_table, startup_table

KIND = "steps"
"""What the records of this program are called."""
WIDE = 150
"""Columns, where there is no terminal that says how many."""


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", choices=RACES, default=list(RACES))
    names = [contender.name for contender in CONTENDERS]
    parser.add_argument("--contenders", nargs="+", choices=names, default=names)
    parser.add_argument("--rounds", type=int, default=8, help="turns of everybody (2 or more)")
    parser.add_argument("--turn", type=float, default=0.7, help="seconds of a turn, about")
    parser.add_argument(
        "--update", action="store_true", help="put them into this machine's newest record"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 2:
        parser.error(f"--rounds is {options.rounds}, but quartiles need 2 or more")
    if not options.turn > 0:
        parser.error(f"--turn is {options.turn:g}, but seconds over 0 are needed")
    return options


def measured(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """The record; each race's table is printed as soon as it is over."""
    about = record.about()
    contenders = [one for one in CONTENDERS if one.name in options.contenders]
    rows = []
    with console.status("starting") as status:
        for name in options.networks:
            found = race(
                RACES[name],
                contenders,
                rounds=options.rounds,
                turn_seconds=options.turn,
                progress=status.update,
            )
            console.print(race_table(RACES[name], found))
            rows += found
        waits = startup.measure(options.rounds, status.update)
    return {
        **about,
        "rounds": options.rounds,
        "turn_seconds": options.turn,
        "races": rows,
        "leads": as_rows(leads(rows)),
        "startup_ms": waits,
    }


def refuse_to_mix(kept: dict[str, Any], options: argparse.Namespace) -> None:
    """Exit unless what is measured now can stand beside what was kept."""
    now = {**record.about(), "rounds": options.rounds, "turn_seconds": options.turn}
    for name in ("versions", "rounds", "turn_seconds"):
        if kept[name] != now[name]:
            sys.exit(f"--update: the newest record has {name} {kept[name]}, but here {now[name]}")


def updated(kept: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """What was kept, with the rows of the races that were run again; it says which, and when."""
    again = list(dict.fromkeys(row["race"] for row in result["races"]))
    rows = [row for row in kept["races"] if row["race"] not in again] + result["races"]
    rows.sort(key=lambda row: list(RACES).index(row["race"]))
    update = {name: result[name] for name in ("date", "command", "machine")} | {"races": again}
    return {
        **kept,
        "updates": [*kept.get("updates", []), update],
        "races": rows,
        "leads": as_rows(leads(rows)),
    }


def main() -> None:
    """Measure, print, keep."""
    options, console = parsed(), Console()
    if not console.is_terminal:
        console.width = WIDE
    if options.update:
        kept = record.newest(KIND)
        refuse_to_mix(kept, options)
    result = measured(options, console)
    console.print(lead_table(leads(result["races"])))
    console.print(startup_table(result["startup_ms"]))
    if options.update:
        result = updated(kept, result)
    path = record.write(result, KIND)
    console.print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    main()
