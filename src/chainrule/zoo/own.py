"""What to do with somebody's own images: a network and numbers chosen by what they are like."""

from collections.abc import Sequence

from chainrule.data import Split
from chainrule.nn import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape

STEPS = 4000
"""Steps a training of own images aims at: enough to converge, minutes on two cores."""


def own_cnn(shape: Shape, classes: int) -> Sequential:
    """Stages of 32, 64 and 128 filters, each halving the image while it is 8 pixels or more.

    Images of more than 71 pixels pass more stages of 128: without them, the linear layer of a
    photo of 224x224 would have 25 million weights.
    """
    C, size = shape[0], min(shape[1:])
    stages = [32, 64, 128]
    while size >> len(stages) > 8:
        stages.append(128)
    layers: list[Module] = []
    for filters in stages:
        layers += [
            Conv2d(C, filters, 3, padding="same", bias=False),
            BatchNorm2d(filters),
            ReLU(),
        ]
        C = filters
        if size >= 8:
            layers.append(MaxPool2d(2))
            size //= 2
    layers += [Flatten(), Dropout(0.25)]
    return Sequential(
        *layers,
        Linear(values_after(layers, shape), 256),
        ReLU(),
        Dropout(0.5),
        Linear(256, classes),
    )


def recipe_for(name: str, examples: Split, classes: Sequence[object]) -> tuple[Recipe, list[str]]:
    """A recipe for training images nobody has one for, and the reasons, one sentence each.

    Grey images are not mirrored, for they tend to be letters and digits; colour ones are.
    """
    images, C, H, W = examples.images.shape
    batch_size = 128 if images >= 20_000 else 64 if images >= 2_000 else 16
    batch_size = min(batch_size, max(1, images // 2))
    epochs = max(5, min(60, round(STEPS * batch_size / images)))
    shift = min(max(1, min(H, W) // 12), min(H, W) - 1)
    settings = Settings(
        network="own-cnn",
        epochs=epochs,
        batch_size=batch_size,
        optimizer="adamw",
        lr=2e-3,
        weight_decay=0.02,
        schedule="cosine",
        validation=max(0.1, 1 / images),
        shift=shift,
        flip=C == 3,
    )
    kind = "grey" if C == 1 else "colour"
    reasons = [
        f"{images:,} training images of {len(classes)} classes, {W}x{H} {kind}",
        f"network own-cnn, stages of convolutions; {epochs} epochs of batches of {batch_size} "
        f"unless told otherwise, for about {epochs * images // batch_size:,} steps",
        f"augmentation: shifts up to {shift} pixels"
        + (", and mirror images" if C == 3 else "; no mirror images, for letters have none"),
    ]
    recipe = Recipe(
        name=name,
        about=f"own images: {images:,} of {len(classes)} classes",
        data=name,
        settings=settings,
        source="chosen by chainrule.zoo.own.recipe_for",
    )
    return recipe, reasons
