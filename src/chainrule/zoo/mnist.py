"""The decks' networks for MNIST: the improved two-layer one, and the first convolutional one."""

from chainrule.nn import (
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    init,
)
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape


def mnist_mlp(shape: Shape, classes: int) -> Sequential:
    """784-50-10 with ReLU and batch normalisation: 39,860 parameters on MNIST."""
    C, H, W = shape
    return Sequential(
        Flatten(),
        Linear(C * H * W, 50),
        BatchNorm1d(50),
        ReLU(),
        Linear(50, classes),
    )


def mnist_cnn(shape: Shape, classes: int) -> Sequential:
    """10 and 20 filters of 5x5, then 320-50-10: 22,000 parameters on MNIST.

    Weights start normal with deviation 0.02, as the deck's weight_init draws them.
    """
    small = init.normal(0.02)
    features = [
        Conv2d(shape[0], 10, 5, weights=small),
        BatchNorm2d(10),
        MaxPool2d(2),
        ReLU(),
        Conv2d(10, 20, 5, weights=small),
        BatchNorm2d(20),
        MaxPool2d(2),
        ReLU(),
        Flatten(),
    ]
    return Sequential(
        *features,
        Linear(values_after(features, shape), 50, weights=small),
        BatchNorm1d(50),
        ReLU(),
        Linear(50, classes, weights=small),
    )


MNIST_MLP = Recipe(
    name="mnist-mlp",
    about="784-50-10 with ReLU, batch norm and Adam on MNIST, 39,860 parameters",
    data="mnist",
    settings=Settings(network="mnist-mlp", epochs=5, batch_size=100, validation=500),
    source="second deck: TwoLayerNet with its four improvements; 500 images for validation",
)

MNIST_CNN = Recipe(
    name="mnist-cnn",
    about="two convolutions of 5x5 on MNIST, 22,000 parameters",
    data="mnist",
    settings=Settings(
        network="mnist-cnn", epochs=5, batch_size=100, schedule="cosine", validation=500
    ),
    source="second deck: MNIST_classifier_CNN, with softmax cross entropy for its BCE on softmax",
)
