"""The parts of a step, timed where they are called.

A compiled step is one piece: to look inside would break its graph. Uncompiled, every Function is
timed as the tape calls its forward and its backward rule.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from chainrule.optim import Optimizer
from chainrule.runs.bench.stopwatch import Stopwatch
from chainrule.tape import Function
from chainrule.training import Trainer
from chainrule.training.pace import PacedStep

LEARNING = "learning"
"""Everything from a batch that is there to its loss; what is left of a step is waiting for it."""
STEP = "step"
OPTIMIZER = "optimizer"
FORWARD, BACKWARD = "forward ", "backward "


@dataclass(frozen=True)
class Part:
    """A part of the step, by the milliseconds it takes.

    name        "feed": waiting for the next batch; "rest": standardising pixels where the step is
                not compiled, counting, and asking for the loss
    forward_ms, backward_ms  of an operation; None for what has no two directions
    """

    name: str
    ms: float
    forward_ms: float | None = None
    backward_ms: float | None = None


@contextmanager
def watched(watch: Stopwatch, *, inside: bool) -> Iterator[None]:
    """Inside, the watch counts the parts of training steps; inside: those of the step itself."""
    with ExitStack() as hooks:

        def hook(owner: type, method: str, name: Callable[[object], str]) -> None:
            hooks.enter_context(watch.around(owner, method, name))

        hook(Trainer, "_learn", lambda _: LEARNING)
        hook(PacedStep, "__call__", lambda _: STEP)
        if inside:
            hook(Function, "__call__", lambda function: FORWARD + type(function).__name__)
            hook(Function, "send_back", lambda function: BACKWARD + type(function).__name__)
            hook(Optimizer, "step", lambda _: OPTIMIZER)
        yield


def parts_of(watch: Stopwatch, steps: int, seconds: float) -> list[Part]:
    """What the watch counted in so many steps, per step: feed, operations, optimizer, rest."""
    counted = {name: 1e3 * taken / steps for name, taken in watch.seconds.items()}
    whole, learning, step = 1e3 * seconds / steps, counted.pop(LEARNING), counted.pop(STEP)
    feed = Part("feed", whole - learning)
    if not counted:
        return [feed, Part(STEP, step), Part("rest", learning - step)]
    optimizer = Part(OPTIMIZER, counted.pop(OPTIMIZER))
    names = dict.fromkeys(name.partition(" ")[2] for name in counted)
    operations = [
        _operation(name, counted.get(FORWARD + name, 0.0), counted.get(BACKWARD + name, 0.0))
        for name in names
    ]
    operations.sort(key=lambda part: -part.ms)
    rest = learning - sum(counted.values()) - optimizer.ms
    return [feed, *operations, optimizer, Part("rest", rest)]


def _operation(name: str, forward: float, backward: float) -> Part:
    return Part(name, forward + backward, forward, backward)
