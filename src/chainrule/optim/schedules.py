"""Learning-rate schedules: what the learning rate is multiplied by as training goes on.

A schedule is called with (step, steps), the number of the step from 0 and how many the run has,
and answers with a factor. Any function of the two will do.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from chainrule.errors import UsageError

Schedule = Callable[[int, int], float]


@runtime_checkable
class Listener(Protocol):
    """A schedule that goes by the validation loss: the Trainer asks it before each epoch."""

    def after(self, losses: Sequence[float]) -> Schedule:
        """The schedule of the next epoch, after these validation losses, one per epoch.

        It follows from them alone, so a resumed training has the rates of an unbroken one.
        """


def constant(step: int, steps: int) -> float:
    """The learning rate as it is, from the first step to the last.

    Rule      lr(step) = lr
    """
    return 1.0


@dataclass(frozen=True)
class StepDecay:
    """Multiply by `factor` each time another `every` (a fraction of the run) has passed.

    Rule      lr(step) = lr * factor**floor(step / (every * steps))
    Source    PyTorch's StepLR, with a fraction of the run for its step_size
    """

    every: float = 1 / 3
    factor: float = 0.1

    def __post_init__(self) -> None:
        _require(self, "every", 0 < self.every <= 1, "in (0, 1]")
        _require(self, "factor", 0 < self.factor <= 1, "in (0, 1]")

    def __call__(self, step: int, steps: int) -> float:
        passed = step / (self.every * steps)
        return float(self.factor ** math.floor(passed + 1e-9))  # 3 / (0.1 * 30) is 0.9999...


@dataclass(frozen=True)
class Exponential:
    """Fall evenly on a logarithmic scale, to `final` at the end of the run.

    Rule      lr(step) = lr * final**(step / steps)
    Source    PyTorch's ExponentialLR, with gamma = final**(1 / steps)
    """

    final: float = 0.01

    def __post_init__(self) -> None:
        _require(self, "final", 0 < self.final <= 1, "in (0, 1]")

    def __call__(self, step: int, steps: int) -> float:
        return float(self.final ** (step / steps))


@dataclass(frozen=True)
class LinearWarmup:
    """Rise evenly over the first `warmup` (a fraction of the run), then go on as `then`.

    Rule      rising = warmup * steps
              lr(step) = lr * (step + 1) / (rising + 1) while step < rising
    Source    Goyal et al. 2017, arXiv 1706.02677, section 2.2
    """

    warmup: float = 0.1
    then: Schedule = constant

    def __post_init__(self) -> None:
        _require(self, "warmup", 0 <= self.warmup < 1, "in [0, 1)")
        deaf = "a schedule that hears no losses: use Plateau(schedule=LinearWarmup())"
        _require(self, "then", not isinstance(self.then, Listener), deaf)

    def __call__(self, step: int, steps: int) -> float:
        rising = round(self.warmup * steps)
        if step < rising:
            return (step + 1) / (rising + 1)
        return self.then(step - rising, steps - rising)


@dataclass(frozen=True)
class Cosine:
    """Fall along half a cosine, after a linear warm-up over the first `warmup` of the run.

    Rule      lr(step) = lr * (final + (1 - final) * (1 + cos(pi * step / steps)) / 2)
    warmup: a fraction of the run, not counted in the rule; final: the factor at the end
    Source    Loshchilov and Hutter 2017, arXiv 1608.03983
    """

    warmup: float = 0.0
    final: float = 0.0

    def __post_init__(self) -> None:
        _require(self, "warmup", 0 <= self.warmup < 1, "in [0, 1)")
        _require(self, "final", 0 <= self.final <= 1, "in [0, 1]")

    def __call__(self, step: int, steps: int) -> float:
        return LinearWarmup(self.warmup, self._falling)(step, steps)

    def _falling(self, step: int, steps: int) -> float:
        return _between(1, self.final, step / steps)


@dataclass(frozen=True)
class OneCycle:
    """Rise along half a cosine over the first `warmup` of the run, then fall along another.

    Rule      between(a, b, passed) = b + (a - b) * (1 + cos(pi * passed)) / 2
              top = warmup * steps - 1
              lr(step) = lr * between(start, 1, step / top) up to the top, and then
              lr(step) = lr * between(1, final, (step - top) / (steps - 1 - top))
    warmup: a fraction of the run
    start, final: the factor on the first step and on the last; the highest is 1
    Source    Smith and Topin 2019, arXiv 1708.07120; the numbers are PyTorch's
    """

    warmup: float = 0.3
    start: float = 1 / 25
    final: float = 1 / 250_000

    def __post_init__(self) -> None:
        _require(self, "warmup", 0 < self.warmup < 1, "in (0, 1)")
        _require(self, "start", 0 < self.start <= 1, "in (0, 1]")
        _require(self, "final", 0 < self.final <= 1, "in (0, 1]")

    def __call__(self, step: int, steps: int) -> float:
        top, last = self.warmup * steps - 1, steps - 1
        if step <= top:
            return _between(self.start, 1, step / max(top, 1))
        return _between(1, self.final, (step - top) / (last - top))


@dataclass(frozen=True)
class Triangle:
    """Rise along a straight line over the first `warmup` of the run, then fall along another.

    Rule      top = warmup * steps
              lr(step) = lr * (start + (1 - start) * step / top) up to the top, and then
              lr(step) = lr * (1 + (final - 1) * (step - top) / (steps - top))
    warmup: a fraction of the run; 0: only the fall
    start, final: the factor at the beginning and at the end; the highest is 1
    Source    Smith 2017, arXiv 1506.01186; the numbers are those of Jordan 2024, arXiv 2404.00498
    """

    warmup: float = 0.23
    start: float = 0.2
    final: float = 0.07

    def __post_init__(self) -> None:
        _require(self, "warmup", 0 <= self.warmup < 1, "in [0, 1)")
        _require(self, "start", 0 < self.start <= 1, "in (0, 1]")
        _require(self, "final", 0 <= self.final <= 1, "in [0, 1]")

    def __call__(self, step: int, steps: int) -> float:
        top = self.warmup * steps
        if step < top:
            return self.start + (1 - self.start) * step / top
        return 1 + (self.final - 1) * (step - top) / (steps - top)


@dataclass(frozen=True)
class Plateau:
    """Multiply by `factor` when the validation loss has not fallen for more than `patience` epochs.

    Rule      lr(step) = lr * max(factor**reductions, lowest) * schedule(step, steps)
    A loss has fallen when it is below the lowest so far by a share of `threshold` of its size. (Of
    a negative loss, such as a likelihood's may be, PyTorch's rule calls every one lower.)

    lowest: the factor falls no further
    schedule: multiplied with this one, a warm-up for example
    reductions: how often it has fallen so far; `after` counts them
    Source    Krizhevsky, Sutskever and Hinton 2012, section 5, by hand; PyTorch's ReduceLROnPlateau
    """

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    lowest: float = 0.0
    schedule: Schedule = constant
    reductions: int = 0

    def __post_init__(self) -> None:
        _require(self, "factor", 0 < self.factor < 1, "in (0, 1)")
        _require(self, "patience", self.patience >= 0, "0 or more")
        _require(self, "threshold", 0 <= self.threshold < 1, "in [0, 1)")
        _require(self, "lowest", 0 <= self.lowest <= 1, "in [0, 1]")

    def __call__(self, step: int, steps: int) -> float:
        factor = max(self.factor**self.reductions, self.lowest)
        return factor * self.schedule(step, steps)

    def after(self, losses: Sequence[float]) -> Schedule:
        """The same with as many reductions as these losses call for."""
        best, waited, reductions = math.inf, 0, 0
        for loss in losses:
            waited += 1
            if loss < best * (1 - math.copysign(self.threshold, best)):
                best, waited = loss, 0
            if waited > self.patience:
                reductions, waited = reductions + 1, 0
        return replace(self, reductions=reductions)


def _between(first: float, last: float, passed: float) -> float:
    """From one value to another along half a cosine; passed: 0 to 1."""
    return last + (first - last) * (1 + math.cos(math.pi * passed)) / 2


def _require(schedule: object, name: str, fine: bool, needed: str) -> None:
    if not fine:
        value = getattr(schedule, name)
        raise UsageError(f"{type(schedule).__name__}: {name} is {value}, but must be {needed}")
