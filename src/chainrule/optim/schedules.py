"""Learning-rate schedules: what the learning rate is multiplied by as training goes on.

A schedule is called with (step, steps), the number of the step from 0 and how many the run has,
and answers with a factor. Any function of the two will do.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from chainrule.errors import UsageError

Schedule = Callable[[int, int], float]


def constant(step: int, steps: int) -> float:
    """The learning rate as it is, from the first step to the last."""
    return 1.0


@dataclass(frozen=True)
class StepDecay:
    """Multiply by `factor` each time another `every` (a fraction of the run) has passed."""

    every: float = 1 / 3
    factor: float = 0.1

    def __post_init__(self) -> None:
        _require(0 < self.every <= 1 and 0 < self.factor <= 1, self)

    def __call__(self, step: int, steps: int) -> float:
        return float(self.factor ** math.floor(step / (self.every * steps)))


@dataclass(frozen=True)
class Exponential:
    """Fall evenly on a logarithmic scale, to `final` at the end of the run."""

    final: float = 0.01

    def __post_init__(self) -> None:
        _require(0 < self.final <= 1, self)

    def __call__(self, step: int, steps: int) -> float:
        return float(self.final ** (step / steps))


@dataclass(frozen=True)
class Cosine:
    """Rise evenly over the first `warmup` (a fraction of the run), then fall along a cosine.

    final: the factor at the end
    Source    Loshchilov and Hutter 2017, arXiv 1608.03983; warm-up: Goyal et al. 2017
    """

    warmup: float = 0.0
    final: float = 0.0

    def __post_init__(self) -> None:
        _require(0 <= self.warmup < 1 and 0 <= self.final <= 1, self)

    def __call__(self, step: int, steps: int) -> float:
        rising = self.warmup * steps
        if step < rising:
            return (step + 1) / (rising + 1)
        progress = (step - rising) / max(1.0, steps - rising)
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * progress)) / 2


def _require(fine: bool, schedule: object) -> None:
    if not fine:
        raise UsageError(f"{schedule} makes no sense: its numbers are fractions of the run or rate")
