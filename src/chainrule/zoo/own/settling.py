"""The numbers that only trying can tell: the learning rate, mirror images or none, the epochs."""

from collections.abc import Sequence
from dataclasses import replace

from chainrule.backends import NUMPY, Backend
from chainrule.data import Progress, Split
from chainrule.errors import UsageError
from chainrule.zoo.own.budget import MINUTES, epochs_within
from chainrule.zoo.own.mirror import judge_mirror
from chainrule.zoo.own.rate import safe_rate
from chainrule.zoo.own.rehearsal import rehearse
from chainrule.zoo.recipe import Builder, Recipe

SHARE = 0.05
"""Of the time, what a rehearsal may take."""
ENOUGH = 40
"""Images from which a rehearsal tells anything."""


def settle(
    recipe: Recipe,
    build: Builder,
    train: Split,
    classes: Sequence[object],
    *,
    held_out: int,
    minutes: float | None = MINUTES,
    flip: bool | None = None,
    search: bool = True,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> tuple[Recipe, list[str]]:
    """The recipe with rate, mirror images and epochs decided, and the reasons, one sentence each.

    build     makes the recipe's network
    train     the images to learn from, validation left out
    held_out  images measured after every epoch
    minutes   what the training may take; None: the recipe's epochs, however long they take
    flip      whether to mirror images; None: see what mirrors do
    search    whether to look for a learning rate
    progress  of the search, then of the rehearsal: called with (done, steps)

    Raises    UsageError for no time at all; what Trainer.fit raises
    """
    if minutes is not None and not minutes > 0:
        raise UsageError(f"minutes is {minutes:g}, but a number over 0 is needed")
    if minutes is None and flip is not None and not search:
        return _with(recipe, flip=flip), []
    if len(train) < ENOUGH:
        reason = f"no rehearsal, and no mirror images: {len(train)} images are too few to try with"
        return _with(recipe, flip=bool(flip)), [reason] if flip is None else []
    reasons = []
    if search:
        lr, reason = safe_rate(
            build,
            recipe.settings,
            train,
            len(classes),
            seed=seed,
            backend=backend,
            progress=progress,
        )
        recipe = replace(recipe, settings=replace(recipe.settings, lr=lr))
        reasons.append(reason)
    settings = recipe.settings
    seen = rehearse(
        build,
        settings,
        train,
        len(classes),
        seconds=SHARE * 60 * (minutes or MINUTES),
        seed=seed,
        backend=backend,
        progress=progress,
    )
    if flip is None:
        mirror = judge_mirror(seen.labels, seen.straight, seen.mirrored, classes)
        flip = mirror.use
        reasons.append(mirror.reason)
    epochs = settings.epochs
    if minutes is not None:
        seconds = seen.pace.epoch(len(train), settings.batch_size, held_out)
        epochs, reason = epochs_within(minutes, seconds, settings.epochs)
        reasons.append(reason)
    return _with(recipe, flip=flip, epochs=epochs), reasons


def _with(recipe: Recipe, *, flip: bool, epochs: int | None = None) -> Recipe:
    """The recipe with these two; mirrors alternate, so that each image is seen from both sides."""
    settings = replace(recipe.settings, flip="alternating" if flip else False)
    return replace(recipe, settings=replace(settings, epochs=epochs or settings.epochs))
