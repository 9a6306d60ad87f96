"""Contenders in turns, so that all meet the same machine: its clock, its neighbours, its heat.

Each lives in a process of its own and waits while the others run. What counts is the ratio of
medians in one run.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from races import Contender, Race

CONTENDER = Path(__file__).with_name("contender.py")
MOST_STEPS = 2000
"""In a turn."""


@dataclass(frozen=True)
class Result:
    """What one contender did in one race.

    absent         why it took no part; then all else is None
    step_ms        median of its turns, each the mean of a turn's steps
    quartiles_ms   a quarter of the turns were quicker than the first, a quarter slower than the
                   second
    turns_ms       all of them, in order
    steps          in each turn
    start_seconds  until its first steps were done: imports, compiling, the first memory
    peak_mb        of the whole process; imports_mb of its imports alone
    """

    race: str
    contender: str
    absent: str | None = None
    step_ms: float | None = None
    quartiles_ms: tuple[float, float] | None = None
    per_second: float | None = None
    turns_ms: tuple[float, ...] = ()
    steps: int | None = None
    start_seconds: float | None = None
    peak_mb: float | None = None
    imports_mb: float | None = None
    loss: float | None = None


class Process:
    """A contender in one race, a turn at a time."""

    def __init__(self, contender: Contender, race: Race, turn_seconds: float) -> None:
        self.contender, self.race = contender, race
        self.turns_ms: list[float] = []
        self.complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115, as long as the process
        began = perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, str(CONTENDER), contender.name, race.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env=contender.environment,
            text=True,
        )
        self._train(2)  # compiles, where anything is to be compiled
        self.start_seconds = perf_counter() - began
        step = min(self._train(2) for _ in range(3))
        self.steps = max(1, min(MOST_STEPS, round(turn_seconds / step)))
        self._train(self.steps)

    def turn(self) -> None:
        """Take one that counts."""
        self.turns_ms.append(1e3 * self._train(self.steps))

    def leave(self) -> None:
        """End the process."""
        self.process.communicate()
        self.complaints.close()

    def result(self) -> Result:
        """What came of it."""
        lower, _, upper = quantiles(self.turns_ms, n=4, method="inclusive")
        middle = median(self.turns_ms)
        return Result(
            race=self.race.name,
            contender=self.contender.name,
            step_ms=middle,
            quartiles_ms=(lower, upper),
            per_second=1e3 * self.race.batch_size / middle,
            turns_ms=tuple(round(ms, 4) for ms in self.turns_ms),
            steps=self.steps,
            start_seconds=self.start_seconds,
            peak_mb=self.answer["peak"],
            imports_mb=self.answer["imports"],
            loss=self.answer["loss"],
        )

    def _train(self, steps: int) -> float:
        """Seconds of one step."""
        assert self.process.stdin is not None
        print(steps, file=self.process.stdin, flush=True)
        self.answer = self._heard()
        seconds: float = self.answer["seconds"]
        return seconds / steps

    def _heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.communicate()
            self.complaints.seek(0)
            complaint = self.complaints.read()
            self.complaints.close()
            sys.exit(f"{self.contender.title} failed at {self.race.name}:\n{complaint}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def race(
    plan: Race,
    contenders: Sequence[Contender],
    *,
    rounds: int,
    turn_seconds: float,
    progress: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Let everybody take a turn, `rounds` times, each round from another one on."""
    results = {one.name: Result(plan.name, one.name, why_not(one, plan)) for one in contenders}
    present = []
    for contender in contenders:
        if results[contender.name].absent is None:
            progress(f"{plan.name}: {contender.title} gets ready")
            present.append(Process(contender, plan, turn_seconds))
    for number in range(rounds):
        progress(f"{plan.name}: round {number + 1} of {rounds}")
        first = number % max(1, len(present))
        for one in present[first:] + present[:first]:
            one.turn()
    for one in present:
        one.leave()
        results[one.contender.name] = one.result()
    return [asdict(result) for result in results.values()]


def why_not(contender: Contender, race: Race) -> str | None:
    """Why somebody cannot take part, if so."""
    missing = [name for name in contender.needs if find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    if contender.opponent == "textbook" and race.ours != "cifar10-74":
        return "not written"
    if contender.precision == "bfloat16":
        from chainrule.backends.torch_devices import native_bfloat16

        if native_bfloat16("cpu") is None:
            return "bfloat16 is not native on this processor"
    return None
