"""The numbers that only trying can tell: the learning rate, mirror images or none, the epochs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chainrule.backends import NUMPY, Backend
from chainrule.data import Preprocessing, Progress, Split
from chainrule.sentence import Sentence
from chainrule.training.test_time import views_named
from chainrule.zoo.own.budget import MINUTES, epochs_within, require_minutes
from chainrule.zoo.own.mirror import judge_mirror
from chainrule.zoo.own.rate import safe_rate
from chainrule.zoo.own.rehearsal import rehearse
from chainrule.zoo.recipe import Builder, Recipe

ENOUGH = 40
"""Images from which a rehearsal tells anything."""
WITH_MIRRORS = {"shift": "mirror-shift", "plain": "mirror"}
"""The views of an answer, where mirror images are learned from."""


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
    preprocessing: Preprocessing | None = None,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> tuple[Recipe, list[Sentence]]:
    """The recipe with rate, mirror images and epochs decided, and the reasons, one sentence each.

    build          makes the recipe's network
    train          the images to learn from, validation left out
    held_out       images measured after every epoch
    minutes        what the training may take; None: the recipe's epochs, however long they take
    flip           whether to mirror images; None: see what mirrors do
    search         whether to look for a learning rate
    preprocessing  that of a checkpoint to begin from; fitted to the images unless given
    progress       of the search, then of the rehearsal: called with (done, steps)

    Raises    UsageError for minutes that are none; what Trainer.fit raises
    """
    require_minutes(minutes)
    reasons: list[Sentence] = []
    if len(train) < ENOUGH:
        if flip is None:
            few = "no rehearsal, and no mirror images: {images} images are too few to try with"
            reasons.append(Sentence(few, images=len(train)))
        return _with(recipe, flip=bool(flip)), reasons
    settings, K = recipe.settings, len(classes)
    known: dict[str, Any] = {
        "preprocessing": preprocessing,
        "seed": seed,
        "backend": backend,
        "progress": progress,
    }
    if search:
        lr, reason = safe_rate(build, settings, train, K, **known)
        settings = settings.at_rates(lr / settings.lr)
        reasons.append(reason)
    if flip is None or minutes is not None:
        seen = rehearse(build, settings, train, K, minutes=minutes or MINUTES, **known)
        if flip is None:
            mirror = judge_mirror(seen.labels, seen.straight, seen.mirrored, classes)
            flip = mirror.use
            reasons.append(mirror.reason)
    recipe = _with(replace(recipe, settings=settings), flip=flip)
    if minutes is not None:
        looks = held_out * len(views_named(recipe.settings.test_time))
        seconds = seen.pace.epoch(len(train), settings.batch_size, looks)
        epochs, reason = epochs_within(minutes, seconds, settings.epochs)
        recipe = replace(recipe, settings=replace(recipe.settings, epochs=epochs))
        reasons.append(reason)
    return recipe, reasons


def _with(recipe: Recipe, *, flip: bool) -> Recipe:
    """The recipe with mirrors or none; in turn, so that each image is seen from both sides."""
    if not flip:
        return replace(recipe, settings=replace(recipe.settings, flip=False))
    test_time = WITH_MIRRORS.get(recipe.settings.test_time, recipe.settings.test_time)
    settings = replace(recipe.settings, flip="alternating", test_time=test_time)
    return replace(recipe, settings=settings)
