"""What a training refuses: before any time is spent on it, and where it cannot go on."""

import math
from collections.abc import Mapping

from chainrule.data import Split
from chainrule.errors import TrainingError, UsageError
from chainrule.optim import Listener, Optimizer, Schedule
from chainrule.training.saving import Position


def check_fit(
    train: int,
    held_out: int,
    *,
    epochs: int,
    batch_size: int,
    patience: int | None,
    schedule: Schedule,
) -> None:
    """Raise UsageError unless so many images can be learned from in this way.

    train, held_out: images to learn from, and images of the validation
    """
    wanted = {"epochs": epochs, "batch_size": batch_size, "patience": patience}
    for name, value in wanted.items():
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}, but a whole number from 1 is needed")
    if batch_size > train:
        raise UsageError(
            f"a batch of {batch_size:,} images cannot be filled from the {train:,} training "
            "images: choose a smaller batch size"
        )
    if patience is not None and not held_out:
        raise UsageError(
            f"patience is {patience}, but without validation images no epoch is better than "
            "another: hold out 0.1 of the images, for example"
        )
    if isinstance(schedule, Listener) and not held_out:
        raise UsageError(
            f"{type(schedule).__name__} goes by the validation loss, but there are no "
            "validation images: hold out 0.1 of the images, for example"
        )


def check_trainer(optimizer: object, accumulate: int) -> None:
    """Raise UsageError for what is no optimizer, such as the name of one, and for no parts."""
    if not isinstance(optimizer, Optimizer):
        raise UsageError(
            f"optimizer is {optimizer!r}, but an object is needed: optim.Adam(lr=1e-3), for example"
        )
    if accumulate < 1:
        raise UsageError(f"accumulate is {accumulate}, but a whole number from 1 is needed")


def require_examples(examples: object) -> Split:
    """The examples; UsageError for what is no Split of labelled images."""
    if not isinstance(examples, Split):
        raise UsageError(
            f"labelled images are needed, but {type(examples).__name__} came: give the train part "
            "of a Dataset, or data.from_arrays(images, labels)"
        )
    return examples


def require_same_plan(begun: Mapping[str, int], now: Mapping[str, int]) -> None:
    """Raise UsageError where a training would go on with other steps than it was begun with."""
    for name, value in now.items():
        if begun[name] != value:
            raise UsageError(
                f"this training was begun with {name} {begun[name]}, so it cannot go on with "
                f"{value}: use the same, or train anew"
            )


def require_finite(value: float, what: str, position: Position) -> None:
    """Raise TrainingError unless a loss is a number, before it counts and anything is saved.

    position: where it would have led
    """
    if not math.isfinite(value):
        raise TrainingError(
            f"the {what} became {value} in epoch {position.epoch}, batch {position.batch}, "
            f"at learning rate {position.learning_rate:g}: try a smaller learning rate, and "
            "look for extreme values in the data"
        )
