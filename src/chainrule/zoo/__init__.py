"""Networks with the recipes that train them, each with its source.

recipe.py    Recipe and Settings: every number of a training
digits.py, mnist.py, fashion.py, cifar10.py
             networks and recipes by data set
own.py       what to do with somebody's own images
blocks.py    pieces that several networks share
"""

from difflib import get_close_matches

from chainrule.errors import UsageError
from chainrule.zoo.cifar10 import CIFAR10_74, cifar10_74
from chainrule.zoo.digits import DIGITS, digits_cnn
from chainrule.zoo.fashion import FASHION_CNN, fashion_cnn
from chainrule.zoo.mnist import MNIST_CNN, MNIST_MLP, mnist_cnn, mnist_mlp
from chainrule.zoo.own import own_cnn, recipe_for
from chainrule.zoo.recipe import Builder, Recipe, Settings, Shape

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
    if name in RECIPES:
        return RECIPES[name]
    near = get_close_matches(name, RECIPES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(RECIPES)}"
    raise UsageError(f"there is no recipe named {name!r}: {hint}")


__all__ = [
    "NETWORKS",
    "RECIPES",
    "Builder",
    "Recipe",
    "Settings",
    "Shape",
    "recipe_for",
    "recipe_named",
]
