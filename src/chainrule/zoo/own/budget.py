"""How many epochs fit into some minutes, by how long a step takes."""

import math
from dataclasses import dataclass

from chainrule.errors import UsageError
from chainrule.sentence import Sentence

MINUTES = 12.0
"""What a training of own images takes unless told otherwise, on whatever machine."""

FEWEST = 3
"""Epochs below which a training comes to nothing, however slow the machine is."""


@dataclass(frozen=True)
class Pace:
    """How fast this machine is with a network: seconds per step, and per look at an image."""

    step: float
    look: float

    def epoch(self, images: int, batch_size: int, looks: int) -> float:
        """Seconds of one epoch: all its steps, and the validation's looks, one per view."""
        return math.ceil(images / batch_size) * self.step + looks * self.look


def require_minutes(minutes: float | None) -> None:
    """Raise UsageError for no time at all, and for time without end; None sets no limit."""
    if minutes is not None and not 0 < minutes < math.inf:
        raise UsageError(f"minutes is {minutes:g}, but a finite number over 0 is needed")


def epochs_within(minutes: float, seconds: float, most: int) -> tuple[int, Sentence]:
    """How many epochs to train, and why.

    minutes  what the training may take
    seconds  of one epoch
    most     epochs after which more would hardly help

    Raises    as require_minutes
    """
    require_minutes(minutes)
    fitting = int(minutes * 60 / seconds)
    epochs = min(max(fitting, FEWEST), most)
    plan = Sentence(
        "{epochs} of about {each}, {all} in all",
        epochs=counted(epochs),
        each=in_words(seconds),
        all=in_words(seconds * epochs),
    )
    if epochs == most:
        return epochs, Sentence("{plan}: more would hardly help", plan=plan)
    if epochs > fitting:
        long = "{plan}: over {minutes:g} minutes, but with fewer nothing is learned"
        return epochs, Sentence(long, plan=plan, minutes=minutes)
    filled = "{plan}: as many as fit into {minutes:g} minutes"
    return epochs, Sentence(filled, plan=plan, minutes=minutes)


def counted(epochs: int) -> Sentence:
    """1 epoch, 2 epochs."""
    return Sentence("1 epoch") if epochs == 1 else Sentence("{epochs} epochs", epochs=epochs)


def in_words(seconds: float) -> Sentence:
    """Seconds or minutes, as exact as an estimate is."""
    if seconds < 1:
        return Sentence("a second")
    if seconds < 90:
        return Sentence("{seconds:.0f} seconds", seconds=seconds)
    return Sentence("{minutes:.0f} minutes", minutes=seconds / 60)
