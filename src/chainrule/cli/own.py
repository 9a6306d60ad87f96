"""A recipe for a folder of images: what was found, what is chosen, and what a rehearsal tells."""

from dataclasses import replace
from typing import Any

from chainrule.backends import Backend
from chainrule.cli.opening import show_images, show_reasons
from chainrule.cli.starting import rate_of_head
from chainrule.cli.waiting import waiting
from chainrule.data import Dataset
from chainrule.runs import Start, parts
from chainrule.sentence import Sentence
from chainrule.zoo import MINUTES, Recipe, network_named, recipe_for, settle


def recipe_for_folder(
    name: str,
    dataset: Dataset,
    changes: dict[str, Any],
    start: Start | None = None,
    *,
    minutes: float | None,
    seed: int,
    backend: Backend,
) -> Recipe:
    """The recipe, with what the user wants otherwise; each choice is said with its reason.

    changes: settings that the user has given
    start: what was learned before, to begin from
    minutes: what the training may take; None: the usual, or as long as the given epochs take
    """
    if minutes is None and "epochs" not in changes:
        minutes = MINUTES
    network = start.network if start else None
    recipe, reasons = recipe_for(name, dataset.train, dataset.classes, network)
    reasons += rate_of_head(changes)
    recipe = replace(recipe, settings=replace(recipe.settings, **changes))
    show_images(dataset)
    show_reasons(f"what was chosen for {name}", reasons)
    train, validation = parts(dataset, recipe.settings, seed)
    with waiting("rehearsing: short trainings, to see what suits") as progress:
        recipe, found = settle(
            recipe,
            start.builder(dataset.classes, seed)
            if start
            else network_named(recipe.settings.network),
            train,
            dataset.classes,
            held_out=len(validation),
            minutes=minutes,
            flip=changes.get("flip"),
            search="lr" not in changes,
            preprocessing=start.preprocessing_for(dataset.image_shape) if start else None,
            seed=seed,
            backend=backend,
            progress=progress,
        )
    if minutes is not None:
        same = "to train as long on another machine: --epochs {epochs}"
        found.append(Sentence(same, epochs=recipe.settings.epochs))
    show_reasons("what a rehearsal has shown", found)
    return replace(recipe, reasons=(*reasons, *found))
