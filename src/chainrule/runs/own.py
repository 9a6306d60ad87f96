"""The lecture's two functions: train(images, labels) -> model, predict(model, images) -> labels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data import from_arrays, white_of
from chainrule.errors import UsageError
from chainrule.runs.classifier import Classifier, build
from chainrule.runs.watching import Watch
from chainrule.training.trainer import Callback
from chainrule.zoo import MINUTES, network_named, recipe_for, settle


def train(
    images: ArrayLike,
    labels: ArrayLike,
    *,
    epochs: int | None = None,
    minutes: float = MINUTES,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
) -> Classifier:
    """Learn to tell images apart.

    images: (N, H, W), (N, H, W, C) or (N, C, H, W), uint8 in 0..255, or floats
        in 0..1 or 0..255
    labels: (N,) numbers or names, anything that can be sorted; predict answers in the same
    epochs: passes over the images, from 1; unless given, as many as pay and fit into the minutes
    minutes: what the training may take, about
    callbacks: functions called with training.Progress after each step
    progress: show how far it is, on a terminal, and in a notebook that has ipywidgets

    A tenth of the images is held out to choose the best epoch; network and numbers are chosen as
    by the command line for a folder of images.

    Raises    UsageError for fewer than two classes, and whatever data.from_arrays refuses
    """
    classes, numbers = np.unique(np.asarray(labels), return_inverse=True)
    if len(classes) < 2:
        raise UsageError(f"labels name {len(classes)} class, but telling apart takes two or more")
    examples = from_arrays(images, numbers)
    names = tuple(classes.tolist())
    recipe, _ = recipe_for("arrays", examples, names)
    if epochs is not None:
        recipe = replace(recipe, settings=replace(recipe.settings, epochs=epochs))
    rest, validation = recipe.settings.part(examples, seed)
    watch = Watch(shown=progress)
    with watch.bar:
        recipe, _ = settle(
            recipe,
            network_named(recipe.settings.network),
            rest,
            names,
            held_out=len(validation),
            minutes=minutes if epochs is None else None,
            seed=seed,
            progress=watch.rehearsing,
        )
        settings = recipe.settings
        preprocessing = settings.make_preprocessing(rest.images)
        model = build(settings.network, preprocessing, names, seed)
        trainer = settings.make_trainer(
            model,
            preprocessing,
            seed=seed,
            class_counts=np.bincount(rest.labels, minlength=len(names)).tolist(),
            callbacks=(*callbacks, watch),
        )
        trainer.fit(
            rest,
            validation=validation,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
        )
    return Classifier(
        settings.network,
        model,
        preprocessing,
        names,
        settings.test_time,
        white=white_of(images),
    )


def predict(model: Classifier, images: ArrayLike) -> NDArray[Any]:
    """The likeliest class of each image, as the labels it was trained with name it.

    Raises    ShapeError when the images are not of the size the model was trained on
    """
    return model.predict(images)
