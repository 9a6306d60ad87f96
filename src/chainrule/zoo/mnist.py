"""The second deck's networks for MNIST: a bad baseline, what improves it, a convolutional one."""

import math
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
    Sigmoid,
    init,
)
from chainrule.sentence import Sentence
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape


def mnist_mlp_as_printed(shape: Shape, classes: int) -> Sequential:
    """784-50-10 with sigmoid and weights from U(0, 1), as printed: 39,760 parameters.

    A bad baseline on purpose: with 784 inputs and positive weights every hidden unit starts at 1,
    where the sigmoid has no slope.
    """
    positive = init.uniform(0, 1)
    inputs = math.prod(shape)
    return Sequential(
        Flatten(),
        Linear(inputs, 50, weights=positive),
        Sigmoid(),
        Linear(50, classes, weights=positive),
    )


def mnist_mlp_sigmoid(shape: Shape, classes: int) -> Sequential:
    """784-50-10 with sigmoid, from small random weights of both signs: 39,760 parameters."""
    inputs = math.prod(shape)
    return Sequential(Flatten(), Linear(inputs, 50), Sigmoid(), Linear(50, classes))


def mnist_mlp_relu(shape: Shape, classes: int) -> Sequential:
    """784-50-10 with ReLU: 39,760 parameters."""
    inputs = math.prod(shape)
    return Sequential(Flatten(), Linear(inputs, 50), ReLU(), Linear(50, classes))


def mnist_mlp(shape: Shape, classes: int) -> Sequential:
    """784-50-10 with ReLU and batch normalisation: 39,860 parameters on MNIST."""
    return Sequential(
        Flatten(),
        Linear(math.prod(shape), 50),
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


MNIST_MLP_AS_PRINTED = Recipe(
    name="mnist-mlp-as-printed",
    about=Sentence(
        "784-50-10 as printed: sigmoid, weights from U(0, 1), BCE on softmax; bad on purpose"
    ),
    data="mnist",
    settings=Settings(
        network="mnist-mlp-as-printed",
        epochs=5,
        batch_size=100,
        optimizer="sgd",
        lr=0.01,
        loss="bce_on_softmax",
        scaling="unit",
        validation=500,
    ),
    source="second deck: TwoLayerNet_pytorch, every number as printed; 500 images for validation",
)

MNIST_MLP_SIGMOID = replace(
    MNIST_MLP_AS_PRINTED,
    name="mnist-mlp-sigmoid",
    about=Sentence(
        "784-50-10 corrected: small random weights, softmax cross entropy, standardised pixels"
    ),
    settings=replace(
        MNIST_MLP_AS_PRINTED.settings,
        network="mnist-mlp-sigmoid",
        epochs=15,
        loss="cross_entropy",
        scaling="standardise",
    ),
    source="second deck: TwoLayerNet_pytorch with its three errors corrected; 15 epochs for its 5",
)

MNIST_MLP_RELU = replace(
    MNIST_MLP_SIGMOID,
    name="mnist-mlp-relu",
    about=Sentence("784-50-10 with ReLU in place of the sigmoid"),
    settings=replace(MNIST_MLP_SIGMOID.settings, network="mnist-mlp-relu"),
    source="second deck: the first improvement",
)

MNIST_MLP_BATCHNORM = replace(
    MNIST_MLP_RELU,
    name="mnist-mlp-batchnorm",
    about=Sentence("784-50-10 with ReLU and batch norm, 39,860 parameters"),
    settings=replace(MNIST_MLP_RELU.settings, network="mnist-mlp"),
    source="second deck: the second improvement",
)

MNIST_MLP = replace(
    MNIST_MLP_BATCHNORM,
    name="mnist-mlp",
    about=Sentence("784-50-10 with ReLU, batch norm and Adam on MNIST, 39,860 parameters"),
    settings=replace(MNIST_MLP_BATCHNORM.settings, optimizer="adam", lr=0.01, schedule="cosine"),
    source="second deck: the third improvement; Adam's rate and its schedule are ours",
)

MNIST_CNN = Recipe(
    name="mnist-cnn",
    about=Sentence("two convolutions of 5x5 on MNIST, 22,000 parameters"),
    data="mnist",
    settings=Settings(
        network="mnist-cnn",
        epochs=15,
        batch_size=100,
        lr=3e-3,
        schedule="one-cycle",
        validation=500,
        shift=2,
    ),
    source="second deck: MNIST_classifier_CNN, with softmax cross entropy for its BCE on softmax; "
    "epochs, schedule and shifts are ours",
)
