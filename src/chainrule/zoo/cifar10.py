"""The decks' networks for CIFAR-10."""

from chainrule.nn import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential
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


CIFAR10_74 = Recipe(
    name="cifar10-74",
    about="three convolutions on CIFAR-10, 1,639,914 parameters; the deck reached 74 %",
    data="cifar-10",
    settings=Settings(network="cifar10-74", epochs=25, batch_size=32, scaling="unit"),
    source="fifth deck: Cifar10_CNN_74_Train.py; it held out the last tenth, we a stratified one",
)
