"""By how much one of ours is ahead of the others, and whether that is as much as we want."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

from races import CONTENDERS, RACES, Floors, Race

RIVALS = ("eager", "tuned", "keras", "jax")
NAMED = {contender.name: contender for contender in CONTENDERS}
Row = dict[str, Any]
"""A racing.Result as the record holds it."""


@dataclass(frozen=True)
class Lead:
    """One of ours beside the fastest of one kind of rivals.

    ratio     its images per second over the rival's, from the medians of the run
    quartiles of the same ratio round by round
    floor     the least that was wanted; None where nothing was
    memory    our peak memory over the rival's
    """

    race: str
    ours: str
    against: str
    rival: str
    ratio: float
    quartiles: tuple[float, float]
    floor: float | None
    memory: float

    @property
    def holds(self) -> bool | None:
        """Whether it is as large as was wanted, rounded as it is shown."""
        return None if self.floor is None else round(self.ratio, 2) >= self.floor


def leads(rows: Sequence[Row]) -> list[Lead]:
    """Every one of ours against every kind of rival that took part, race by race."""
    found = []
    for race in RACES.values():
        there = [row for row in rows if row["race"] == race.name and row["absent"] is None]
        ours = [row for row in there if NAMED[row["contender"]].kind == "ours"]
        for own in ours:
            is_best = own is min(ours, key=_speed)
            for against in RIVALS:
                rivals = [row for row in there if _is_rival(row, own, against)]
                if rivals:
                    rival = min(rivals, key=_speed)
                    found.append(_lead(race, own, rival, against, is_best))
    return found


def as_rows(found: Sequence[Lead]) -> list[Row]:
    """For the record."""
    return [{**asdict(lead), "holds": lead.holds} for lead in found]


def _speed(row: Row) -> float:
    step_ms: float = row["step_ms"]
    return step_ms


def _is_rival(row: Row, own: Row, against: str) -> bool:
    """Tuned PyTorch may use bfloat16 where we do."""
    rival = NAMED[row["contender"]]
    if against == "jax":
        return rival.name == "jax"
    fair = rival.precision == "float32" or NAMED[own["contender"]].precision == "bfloat16"
    return rival.kind == against and fair


def _lead(race: Race, own: Row, rival: Row, against: str, is_best: bool) -> Lead:
    rounds = [b / a for a, b in zip(own["turns_ms"], rival["turns_ms"], strict=True)]
    lower, _, upper = quantiles(rounds, n=4, method="inclusive")
    return Lead(
        race=race.name,
        ours=own["contender"],
        against=against,
        rival=rival["contender"],
        ratio=rival["step_ms"] / own["step_ms"],
        quartiles=(lower, upper),
        floor=getattr(_floors(race, own["contender"], is_best), against, None),
        memory=own["peak_mb"] / rival["peak_mb"],
    )


def _floors(race: Race, ours: str, is_best: bool) -> Floors | None:
    """Those of our precision on torch, or of the fastest of ours where no precision was named."""
    if ours != "numpy" and NAMED[ours].precision in race.floors:
        return race.floors[NAMED[ours].precision]
    return race.floors.get("best") if is_best else None
