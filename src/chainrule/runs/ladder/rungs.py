"""The ladders: which recipe follows which, and what is new in each."""

from dataclasses import dataclass, replace

from chainrule.errors import UsageError
from chainrule.zoo import Recipe, recipe_named


@dataclass(frozen=True)
class Rung:
    """One recipe of a ladder.

    recipe  its name
    new     what it adds to the one before, in a line
    idea    the same in a few words, to be the subject of "helps"
    """

    recipe: str
    new: str
    idea: str


@dataclass(frozen=True)
class Quick:
    """A ladder in a minute or two: it shows how things work, not what they reach.

    train, test  images, the same share of every class
    epochs       at most, of each recipe
    """

    train: int
    test: int
    epochs: int

    def shorten(self, recipe: Recipe) -> Recipe:
        """The recipe with few epochs."""
        epochs = min(self.epochs, recipe.settings.epochs)
        return replace(recipe, settings=replace(recipe.settings, epochs=epochs))


@dataclass(frozen=True)
class Ladder:
    """Recipes on the same data, from the plainest up."""

    name: str
    about: str
    rungs: tuple[Rung, ...]
    quick: Quick

    def recipes(self, *, quick: bool = False) -> list[Recipe]:
        """The recipes of the rungs, in their order."""
        found = [recipe_named(rung.recipe) for rung in self.rungs]
        return [self.quick.shorten(recipe) for recipe in found] if quick else found


LADDERS: dict[str, Ladder] = {
    ladder.name: ladder
    for ladder in (
        Ladder(
            "mnist-mlp",
            "784-50-10 on MNIST: one bad network, and what makes it a good one",
            (
                Rung("mnist-mlp-as-printed", "sigmoid, weights from U(0, 1), BCE on softmax", ""),
                Rung(
                    "mnist-mlp-sigmoid",
                    "small weights of both signs, cross entropy, standardised pixels, more epochs",
                    "correcting it",
                ),
                Rung("mnist-mlp-relu", "ReLU in place of the sigmoid", "ReLU"),
                Rung("mnist-mlp-batchnorm", "batch norm after the hidden layer", "batch norm"),
                Rung(
                    "mnist-mlp",
                    "Adam and a falling rate in place of plain SGD",
                    "Adam with a falling rate",
                ),
            ),
            Quick(train=10_000, test=2_000, epochs=3),
        ),
        Ladder(
            "cifar10",
            "CIFAR-10, from ten templates to six convolutions",
            (
                Rung("cifar10-linear-softmax", "one template per class, no hidden layer", ""),
                Rung(
                    "cifar10-74",
                    "three convolutions and dropout; Adam, batches of 32, more epochs",
                    "a convolutional network",
                ),
                Rung("cifar10-79", "batch norm before each convolution", "batch norm"),
                Rung(
                    "cifar10-84",
                    "a stage of 128 filters, and a price on large weights",
                    "depth with regularisation",
                ),
                Rung(
                    "cifar10-88",
                    "six convolutions with ELU, a rate that rises and falls, batches of 64; "
                    "each image turned, shifted and mirrored at random",
                    "augmentation of a deeper network",
                ),
            ),
            Quick(train=2_000, test=1_000, epochs=3),
        ),
    )
}


def ladder_named(name: str) -> Ladder:
    """The ladder of that name.

    Raises    UsageError naming those there are
    """
    if name not in LADDERS:
        raise UsageError(f"there is no ladder named {name!r}: there are {', '.join(LADDERS)}")
    return LADDERS[name]
