"""Networks with the recipes that train them, each with its source.

recipe.py    Recipe and Settings: every number of a training
digits.py, mnist.py, fashion.py, cifar10.py
             networks and recipes by data set
own.py       what to do with somebody's own images
blocks.py    pieces that several networks share
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

from chainrule.errors import UsageError
from chainrule.zoo.cifar10 import CIFAR10_74, cifar10_74
from chainrule.zoo.digits import DIGITS, digits_cnn
from chainrule.zoo.fashion import FASHION_CNN, fashion_cnn
from chainrule.zoo.mnist import MNIST_CNN, MNIST_MLP, mnist_cnn, mnist_mlp
from chainrule.zoo.own import own_cnn, recipe_for
from chainrule.zoo.recipe import Builder, Recipe, Settings, Shape

Entry = TypeVar("Entry")

NETWORKS: dict[str, Builder] = {
    "digits-cnn": digits_cnn,
    "mnist-mlp": mnist_mlp,
    "mnist-cnn": mnist_cnn,
    "fashion-cnn": fashion_cnn,
    "cifar10-74": cifar10_74,
    "own-cnn": own_cnn,
}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (DIGITS, MNIST_MLP, MNIST_CNN, FASHION_CNN, CIFAR10_74)
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
]
