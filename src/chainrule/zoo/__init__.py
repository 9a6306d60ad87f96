"""Networks with the recipes that train them, each with its source.

recipe.py    Recipe and Settings: every number of a training
digits.py, mnist.py, fashion.py, cifar10.py, fingerprint.py
             networks and recipes by data set
imagenet/    AlexNet, VGG, GoogLeNet and ResNet, as their checkpoints have them
cifar10_record.py
             CIFAR-10 in the shortest time
cifar_resnet.py
             the ResNets of 20 and 56 layers
pretrained/  load_pretrained: a network with the weights of a checkpoint
own/         what to do with somebody's own images
blocks.py    pieces that several networks share
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

from chainrule.errors import UsageError
from chainrule.zoo.cifar10 import (
    CIFAR10_74,
    CIFAR10_79,
    CIFAR10_84,
    CIFAR10_88,
    CIFAR10_LINEAR_SOFTMAX,
    CIFAR10_LINEAR_SVM,
    cifar10_74,
    cifar10_79,
    cifar10_84,
    cifar10_88,
    cifar10_linear,
)
from chainrule.zoo.cifar10_record import CIFAR10_RECORD, record_network
from chainrule.zoo.cifar_resnet import CIFAR_RESNETS
from chainrule.zoo.digits import DIGITS, digits_cnn
from chainrule.zoo.fashion import FASHION_CNN, FASHION_CNN_B, fashion_cnn, fashion_cnn_b
from chainrule.zoo.fingerprint import FINGERPRINT_VGG, fingerprint_vgg
from chainrule.zoo.imagenet import IMAGENET, IMAGENET_CLASSES, IMAGENET_SHAPE
from chainrule.zoo.mnist import (
    MNIST_CNN,
    MNIST_MLP,
    MNIST_MLP_AS_PRINTED,
    MNIST_MLP_BATCHNORM,
    MNIST_MLP_RELU,
    MNIST_MLP_SIGMOID,
    mnist_cnn,
    mnist_mlp,
    mnist_mlp_as_printed,
    mnist_mlp_relu,
    mnist_mlp_sigmoid,
)
from chainrule.zoo.own import MINUTES, own_cnn, own_resnet, recipe_for, require_minutes, settle
from chainrule.zoo.recipe import Builder, Recipe, Settings, Shape

Entry = TypeVar("Entry")

NETWORKS: dict[str, Builder] = {
    "digits-cnn": digits_cnn,
    "mnist-mlp-as-printed": mnist_mlp_as_printed,
    "mnist-mlp-sigmoid": mnist_mlp_sigmoid,
    "mnist-mlp-relu": mnist_mlp_relu,
    "mnist-mlp": mnist_mlp,
    "mnist-cnn": mnist_cnn,
    "fashion-cnn": fashion_cnn,
    "fashion-cnn-b": fashion_cnn_b,
    "fingerprint-vgg": fingerprint_vgg,
    "cifar10-linear": cifar10_linear,
    "cifar10-74": cifar10_74,
    "cifar10-79": cifar10_79,
    "cifar10-84": cifar10_84,
    "cifar10-88": cifar10_88,
    "cifar10-record": record_network,
    "own-cnn": own_cnn,
    "own-resnet": own_resnet,
    **CIFAR_RESNETS,
    **IMAGENET,
}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        DIGITS,
        MNIST_MLP_AS_PRINTED,
        MNIST_MLP_SIGMOID,
        MNIST_MLP_RELU,
        MNIST_MLP_BATCHNORM,
        MNIST_MLP,
        MNIST_CNN,
        FASHION_CNN,
        FASHION_CNN_B,
        FINGERPRINT_VGG,
        CIFAR10_LINEAR_SVM,
        CIFAR10_LINEAR_SOFTMAX,
        CIFAR10_74,
        CIFAR10_79,
        CIFAR10_84,
        CIFAR10_88,
        CIFAR10_RECORD,
    )
}


def recipe_named(name: str) -> Recipe:
    """The recipe of that name.

    Raises    UsageError naming the nearest when there is none
    """
    return _named(name, RECIPES, "recipe")


def network_named(name: str) -> Builder:
    """The network of that name.

    Raises    UsageError naming the nearest when there is none
    """
    return _named(name, NETWORKS, "network")


def recipe_hint(name: str) -> str:
    """What somebody probably meant by a name that is no recipe's."""
    return _hint(name, RECIPES)


def _named(name: str, known: Mapping[str, Entry], kind: str) -> Entry:
    if name in known:
        return known[name]
    raise UsageError(f"there is no {kind} named {name!r}: {_hint(name, known)}")


def _hint(name: str, known: Mapping[str, Entry]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


__all__ = [
    "CIFAR_RESNETS",
    "IMAGENET",
    "IMAGENET_CLASSES",
    "IMAGENET_SHAPE",
    "MINUTES",
    "NETWORKS",
    "RECIPES",
    "Builder",
    "Recipe",
    "Settings",
    "Shape",
    "network_named",
    "recipe_for",
    "recipe_hint",
    "recipe_named",
    "require_minutes",
    "settle",
]
