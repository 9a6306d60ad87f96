"""Networks for images of any size."""

from chainrule.nn import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalMaxPool2d,
    GroupNorm,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Residual,
    Sequential,
)
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Shape

STAGES = (16, 32, 64, 192)
"""Filters of own-resnet's last stages; each halves the image, so these cost about as much time."""


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
        layers += convolution(C, filters)
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


def own_resnet(shape: Shape, classes: int) -> Sequential:
    """Stages that halve the image until 4 pixels or fewer are left, for one value per filter.

    Each image is standardised by itself first: in the dark it looks as in the light. Nothing is
    learned there, so that no gradient has to reach the image. A stage is a convolution, halved at
    once: what follows then costs a quarter. The last one adds two residual convolutions to it, the
    last but one adds one.
    """
    C, size = shape[0], min(shape[1:])
    count = 2
    while size >> count > 4:
        count += 1
    filters = [STAGES[0]] * (count - len(STAGES)) + list(STAGES[-count:])
    layers: list[Module] = [GroupNorm(1, C, affine=False)]
    for stage, K in enumerate(filters, start=1):
        layers.append(Conv2d(C, K, 3, padding="same", bias=False))
        if size > 1:
            layers.append(MaxPool2d(2))
            size //= 2
        layers += [BatchNorm2d(K), ReLU()]
        around = max(0, 2 - (count - stage))
        layers += [Residual(Sequential(*convolution(K, K))) for _ in range(around)]
        C = K
    return Sequential(*layers, GlobalMaxPool2d(), Linear(C, classes))


def convolution(C: int, filters: int) -> list[Module]:
    """A 3x3 convolution, normalised and rectified."""
    return [Conv2d(C, filters, 3, padding="same", bias=False), BatchNorm2d(filters), ReLU()]
