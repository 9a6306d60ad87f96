"""One training step by chainrule on NumPy, by PyTorch eager and by the textbook, in turns.

Every opponent lives in a process of its own and waits while the others run, so that all meet the
same machine: its clock, its neighbours, its heat. What counts is the ratio of medians in one run.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

CONTENDER = Path(__file__).with_name("contender.py")


@dataclass(frozen=True)
class Race:
    """Who trains which network, and how long a turn is.

    steps   for each opponent, the steps of one turn
    images  in a batch
    """

    network: str
    images: int
    steps: dict[str, int]


RACES = (
    Race("cnn", images=128, steps={"ours": 3, "pytorch": 3, "textbook": 1}),
    Race("mlp", images=100, steps={"ours": 200, "pytorch": 200, "textbook": 200}),
)


@dataclass(frozen=True)
class Result:
    """What one opponent did in one race.

    step_ms        median of all its steps
    quartiles_ms   a quarter of the steps took less than the first, a quarter more than the second
    per_second     images per second at the median
    share          its images per second as a multiple of PyTorch's
    share_range    the least and the most of the same share within one round
    peak_mb        of the whole process; imports_mb of its imports alone
    """

    network: str
    opponent: str
    steps: int
    step_ms: float
    quartiles_ms: tuple[float, float]
    per_second: float
    share: float
    share_range: tuple[float, float]
    peak_mb: float
    imports_mb: float


class Contender:
    """A process that trains one network with one library, a turn at a time."""

    def __init__(self, opponent: str, network: str, steps: int) -> None:
        self.opponent = opponent
        self.steps = steps
        self.turns: list[list[float]] = []
        self.process = subprocess.Popen(
            [sys.executable, str(CONTENDER), opponent, network],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.run(warm_up=True)

    def run(self, warm_up: bool = False) -> None:
        """Take one turn; the first, in which libraries settle, does not count."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(self.steps, file=self.process.stdin, flush=True)
        self.answer = json.loads(self.process.stdout.readline())
        if not warm_up:
            self.turns.append(self.answer["seconds"])

    def leave(self) -> None:
        """End the process."""
        self.process.communicate()


def race(plan: Race, rounds: int, progress: Callable[[str], None]) -> list[Result]:
    """Let everybody run a turn, `rounds` times; say before each round which one it is."""
    contenders = [Contender(name, plan.network, steps) for name, steps in plan.steps.items()]
    for number in range(rounds):
        progress(f"{plan.network}: round {number + 1} of {rounds}")
        for contender in contenders:
            contender.run()
    for contender in contenders:
        contender.leave()
    (rival,) = (c for c in contenders if c.opponent == "pytorch")
    return [_result(plan, contender, rival) for contender in contenders]


def _result(plan: Race, contender: Contender, rival: Contender) -> Result:
    seconds = [second for turn in contender.turns for second in turn]
    quarters = quantiles(seconds, n=4)
    shares = [
        median(theirs) / median(own)
        for own, theirs in zip(contender.turns, rival.turns, strict=True)
    ]
    return Result(
        network=plan.network,
        opponent=contender.opponent,
        steps=len(seconds),
        step_ms=1e3 * median(seconds),
        quartiles_ms=(1e3 * quarters[0], 1e3 * quarters[2]),
        per_second=plan.images / median(seconds),
        share=median([s for turn in rival.turns for s in turn]) / median(seconds),
        share_range=(min(shares), max(shares)),
        peak_mb=contender.answer["peak"],
        imports_mb=contender.answer["imports"],
    )


def measure(rounds: int, progress: Callable[[str], None]) -> list[dict[str, object]]:
    """All races, as rows for the table and the record."""
    return [asdict(result) for plan in RACES for result in race(plan, rounds, progress)]
