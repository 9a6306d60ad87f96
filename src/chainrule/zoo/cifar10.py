"""The fifth deck's networks for CIFAR-10: a ladder from 74 to 88 %."""

import math
from dataclasses import replace

from chainrule.nn import (
    ELU,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    init,
)
from chainrule.sentence import Sentence
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape


def cifar10_74(shape: Shape, classes: int) -> Sequential:
    """Three convolutions and 3136-512-10, layer by layer as printed: 1,639,914 parameters."""
    features = [
        Conv2d(shape[0], 32, 3),
        ReLU(),
        Dropout(0.2),
        Conv2d(32, 32, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
        Conv2d(32, 64, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Dropout(0.2),
    ]
    return Sequential(
        *features,
        Linear(values_after(features, shape), 512),
        ReLU(),
        Dropout(0.2),
        Linear(512, classes),
    )


def cifar10_79(shape: Shape, classes: int) -> Sequential:
    """The network of 74 % with batch norm before each convolution: 1,640,182 parameters.

    The count is Keras's: of each norm's four numbers per channel, two are running statistics.
    """
    features = _normalised_features(shape)
    return Sequential(
        *features,
        Flatten(),
        Dropout(0.2),
        Linear(values_after([*features, Flatten()], shape), 512),
        ReLU(),
        Dropout(0.2),
        Linear(512, classes),
    )


def cifar10_84(shape: Shape, classes: int) -> Sequential:
    """The network of 79 % with a further stage of 128 filters: 698,486 parameters, Keras's count.

    The deck says "32 conv, 64 conv, 128 conv" and no more; this is the literal reading.
    """
    features = [
        *_normalised_features(shape),
        BatchNorm2d(64),
        Conv2d(64, 128, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
    ]
    return Sequential(
        *features,
        Flatten(),
        Dropout(0.2),
        Linear(values_after([*features, Flatten()], shape), 512),
        ReLU(),
        Dropout(0.2),
        Linear(512, classes),
    )


def cifar10_88(shape: Shape, classes: int) -> Sequential:
    """Twice 32, 64 and 128 filters, each stage pooled and dropped out: 309,290, Keras's count.

    The deck prints no table; this is the best known network of that description.
    """
    layers: list[Module] = []
    C = shape[0]
    for filters, dropped in ((32, 0.2), (64, 0.3), (128, 0.4)):
        for _ in range(2):
            layers += [Conv2d(C, filters, 3, padding="same"), ELU(), BatchNorm2d(filters)]
            C = filters
        layers += [MaxPool2d(2), Dropout(dropped)]
    layers.append(Flatten())
    return Sequential(*layers, Linear(values_after(layers, shape), classes))


def cifar10_linear(shape: Shape, classes: int) -> Sequential:
    """One score per class, straight from the pixels: 30,730 parameters, ten templates.

    The weights start at 0, for there is no symmetry to break, and chance would blur the templates.
    """
    return Sequential(Flatten(), Linear(math.prod(shape), classes, weights=init.zeros))


def _normalised_features(shape: Shape) -> list[Module]:
    """The convolutions of the 74 % network, each after a batch norm of its input."""
    return [
        BatchNorm2d(shape[0]),
        Conv2d(shape[0], 32, 3),
        ReLU(),
        Dropout(0.2),
        BatchNorm2d(32),
        Conv2d(32, 32, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
        BatchNorm2d(32),
        Conv2d(32, 64, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
    ]


CIFAR10_LINEAR_SOFTMAX = Recipe(
    name="cifar10-linear-softmax",
    about=Sentence(
        "a linear classifier with softmax loss on CIFAR-10, 30,730 parameters: ten templates"
    ),
    data="cifar-10",
    settings=Settings(
        network="cifar10-linear",
        epochs=15,
        batch_size=200,
        optimizer="sgd",
        lr=2e-3,
        momentum=0.9,
        schedule="cosine",
        l2=0.1,
    ),
    source="first deck: f(x, W) = Wx + b, its weights shown as pictures; numbers: ours",
)

CIFAR10_LINEAR_SVM = replace(
    CIFAR10_LINEAR_SOFTMAX,
    name="cifar10-linear-svm",
    about=Sentence("a linear classifier with the SVM's hinge loss on CIFAR-10, 30,730 parameters"),
    settings=replace(CIFAR10_LINEAR_SOFTMAX.settings, loss="hinge", lr=3e-4, l2=0.5),
)

CIFAR10_74 = Recipe(
    name="cifar10-74",
    about=Sentence("three convolutions on CIFAR-10, 1,639,914 parameters; the deck reached 74 %"),
    data="cifar-10",
    settings=Settings(
        network="cifar10-74", epochs=25, batch_size=32, scaling="unit", held_out="last"
    ),
    source="fifth deck: Cifar10_CNN_74_Train.py, every number as printed",
)

CIFAR10_79 = replace(
    CIFAR10_74,
    name="cifar10-79",
    about=Sentence(
        "with batch norm before each convolution, 1,640,182 parameters; the deck reached 79 %"
    ),
    settings=replace(CIFAR10_74.settings, network="cifar10-79"),
    source="fifth deck: Cifar10_CNN_79_Train.py; what followed its Flatten is not given",
    keras_count=True,
)

CIFAR10_84 = replace(
    CIFAR10_79,
    name="cifar10-84",
    about=Sentence(
        "with a stage of 128 filters and an L2 penalty, 698,486 parameters; the deck: 84 %"
    ),
    settings=replace(CIFAR10_79.settings, network="cifar10-84", l2=1e-4),
    source="fifth deck: Cifar10_CNN_84_Train.py; the penalty's size is ours",
)

CIFAR10_88 = replace(
    CIFAR10_84,
    name="cifar10-88",
    about=Sentence(
        "six convolutions with random rotations, shifts and mirror images, 309,290 parameters; "
        "the deck reached 88 %"
    ),
    settings=replace(
        CIFAR10_84.settings,
        network="cifar10-88",
        epochs=30,
        batch_size=64,
        lr=2e-3,
        schedule="one-cycle",
        scaling="standardise",
        rotation=15,
        shift=3,
        flip=True,
    ),
    source="fifth deck: Cifar10_CNN_88_Train.py, an image generator and many more epochs; the "
    "numbers are ours",
)
