"""The fifth deck's network for Fashion-MNIST, in the two readings that its count allows."""

from dataclasses import replace

from chainrule.nn import (
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from chainrule.sentence import Sentence
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape


def fashion_cnn(shape: Shape, classes: int) -> Sequential:
    """16 and 64 filters of 3x3, then 3136-128-10 with batch norm: 412,778 as Keras counts.

    The deck gives only the total; these layers are the natural ones that have it.
    """
    features = [
        Conv2d(shape[0], 16, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 64, 3, padding="same"),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
    ]
    return Sequential(
        *features,
        Linear(values_after(features, shape), 128),
        BatchNorm1d(128),
        ReLU(),
        Linear(128, classes),
    )


def fashion_cnn_b(shape: Shape, classes: int) -> Sequential:
    """16 filters of 5x5 and 64 of 3x3 with batch norm, then 3136-128-10: 412,778 as well."""
    features = [
        Conv2d(shape[0], 16, 5, padding="same"),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 64, 3, padding="same"),
        BatchNorm2d(64),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
    ]
    return Sequential(
        *features, Linear(values_after(features, shape), 128), ReLU(), Linear(128, classes)
    )


FASHION_CNN = Recipe(
    name="fashion-cnn",
    about=Sentence("two convolutions of 3x3 on Fashion-MNIST, 412,778 parameters as Keras counts"),
    data="fashion-mnist",
    settings=Settings(
        network="fashion-cnn",
        epochs=20,
        batch_size=100,
        lr=3e-3,
        schedule="one-cycle",
        shift=2,
        flip=True,
    ),
    source="fifth deck: FashionMnist.py (92 %); its training numbers are not given: ours",
    keras_count=True,
)

FASHION_CNN_B = replace(
    FASHION_CNN,
    name="fashion-cnn-b",
    about=Sentence(
        "the other network with 412,778 parameters: 5x5 filters first, batch norm after the 2nd"
    ),
    settings=replace(FASHION_CNN.settings, network="fashion-cnn-b"),
)
