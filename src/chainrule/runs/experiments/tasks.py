"""The experiments: what is learned before, what after, and by which network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.data import Dataset, Split
from chainrule.errors import UsageError
from chainrule.nn import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
)
from chainrule.zoo import Settings, Shape


@dataclass(frozen=True)
class Way:
    """One way to begin.

    name        "fine-tuned"
    about       what it is, in a line
    pretrained  whether it begins from what was learned before
    over        the way it is compared with, by name; "" for none
    changes     settings of its own
    """

    name: str
    about: str
    pretrained: bool = False
    over: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """What there is to learn from: before, perhaps with labels, and after."""

    before: Dataset
    after: Dataset


@dataclass(frozen=True)
class Experiment:
    """Several ways to begin, compared on few labelled images.

    before, after  the data sets' names, and how material comes of them
    classes        of both, in words
    labels         whether what comes before is learned with its labels; else as autoencoders
    build          the network, for images of a shape and a number of classes
    shots          labelled images per class
    pretraining    how to learn before
    settings       how to learn after; the last epoch's weights count, for there are no labels to
                   spare for validation
    steps          of learning after, about
    passes         over the few images, at least
    """

    name: str
    about: str
    classes: str
    before: str
    after: str
    material: Callable[[Dataset, Dataset], Material]
    labels: bool
    build: Callable[[Shape, int], Sequential]
    ways: tuple[Way, ...]
    shots: tuple[int, ...]
    pretraining: Settings
    settings: Settings
    steps: int
    passes: int

    def quick(self) -> "Experiment":
        """The same in a minute or two: it shows how things work, not what they reach."""
        return replace(
            self,
            shots=self.shots[:3],
            pretraining=replace(self.pretraining, epochs=1),
            steps=self.steps // 4,
        )

    def numbers(self) -> dict[str, Any]:
        """Every number of it, as plain values."""
        return {
            "pretraining": self.pretraining.to_dict(),
            "settings": self.settings.to_dict(),
            "steps": self.steps,
            "passes": self.passes,
            "ways": {way.name: dict(way.changes) for way in self.ways},
        }


def small_cnn(shape: Shape, classes: int) -> Sequential:
    """16, 32, 64, 128 filters of 3x3 with batch norm, each halving the image; then their means."""
    layers: list[Module] = []
    C = shape[0]
    for filters in (16, 32, 64, 128):
        layers += [
            Conv2d(C, filters, 3, padding="same", bias=False),
            BatchNorm2d(filters),
            ReLU(),
            MaxPool2d(2),
        ]
        C = filters
    return Sequential(
        features=Sequential(*layers, GlobalAvgPool2d(), Flatten()), head=Linear(C, classes)
    )


def deep_sigmoid_mlp(shape: Shape, classes: int) -> Sequential:
    """784-500-250-100-50-10 with sigmoids, which pass on a quarter of a gradient at most."""
    sizes = (int(np.prod(shape)), 500, 250, 100, 50)
    layers: list[Module] = [Flatten()]
    for before, after in pairwise(sizes):
        layers += [Linear(before, after), Sigmoid()]
    return Sequential(*layers, Linear(sizes[-1], classes))


def _halves(whole: Dataset, _: Dataset) -> Material:
    """The first half of the classes, and the others."""
    middle = len(whole.classes) // 2
    return Material(
        before=_classes(whole, 0, middle), after=_classes(whole, middle, len(whole.classes))
    )


def _both(before: Dataset, after: Dataset) -> Material:
    return Material(before, after)


def _classes(whole: Dataset, first: int, last: int) -> Dataset:
    """The classes from first to before last, numbered from 0."""

    def some(split: Split) -> Split:
        here = np.flatnonzero((split.labels >= first) & (split.labels < last))
        return Split(split.images[here], split.labels[here] - first)

    return replace(
        whole,
        train=some(whole.train),
        test=some(whole.test),
        validation=None,
        classes=whole.classes[first:last],
    )


SCRATCH = Way("from scratch", "weights drawn at random")
FROZEN = Way(
    "frozen",
    "pre-trained features, only a new head learns",
    True,
    SCRATCH.name,
    {"freeze": "features"},
)
TUNED = Way(
    "fine-tuned",
    "pre-trained features learn on, slower below",
    True,
    SCRATCH.name,
    {"layer_decay": 0.5},
)
_ADAM = {"optimizer": "adam", "lr": 1e-3, "momentum": 0.0}
RANDOM = Way("random, SGD", "weights drawn at random")
ENCODED = Way("pre-trained, SGD", "layers pre-trained to say their inputs again", True, RANDOM.name)
RANDOM_ADAM = Way("random, Adam", "the same start, another optimizer", changes=_ADAM)
ENCODED_ADAM = Way("pre-trained, Adam", "both", True, RANDOM_ADAM.name, _ADAM)

_CNN = Settings("small-cnn", epochs=3, batch_size=64, lr=2e-3, schedule="cosine", validation=0.0)
_SHOTS = Settings("small-cnn", epochs=1, batch_size=32, lr=1e-2, schedule="cosine", validation=0.0)

EXPERIMENTS: dict[str, Experiment] = {
    one.name: one
    for one in (
        Experiment(
            name="cifar10",
            about="Transfer from one half of CIFAR-10's classes to the other",
            classes="airplane, automobile, bird, cat, deer before; dog, frog, horse, ship, truck "
            "after",
            before="cifar-10",
            after="cifar-10",
            material=_halves,
            labels=True,
            build=small_cnn,
            ways=(SCRATCH, FROZEN, TUNED),
            shots=(5, 10, 20, 50, 100, 500),
            pretraining=replace(_CNN, shift=2, flip=True),
            settings=replace(_SHOTS, shift=2, flip=True),
            steps=150,
            passes=4,
        ),
        Experiment(
            name="fashion",
            about="Transfer from handwritten digits to clothes",
            classes="MNIST's ten digits before; Fashion-MNIST's ten kinds of clothes after",
            before="mnist",
            after="fashion-mnist",
            material=_both,
            labels=True,
            build=small_cnn,
            ways=(SCRATCH, FROZEN, TUNED),
            shots=(5, 10, 20, 50, 100),
            pretraining=replace(_CNN, epochs=1, shift=2),
            settings=replace(_SHOTS, shift=2, flip=True),
            steps=150,
            passes=6,
        ),
        Experiment(
            name="autoencoder",
            about="A deep sigmoid network on MNIST, with and without autoencoder pre-training",
            classes="MNIST's digits without labels before, a few with labels after",
            before="mnist",
            after="mnist",
            material=_both,
            labels=False,
            build=deep_sigmoid_mlp,
            ways=(RANDOM, ENCODED, RANDOM_ADAM, ENCODED_ADAM),
            shots=(5, 10, 20, 50, 100),
            pretraining=Settings("deep-sigmoid-mlp", epochs=3, batch_size=128, lr=1e-3),
            settings=replace(
                _SHOTS, network="deep-sigmoid-mlp", optimizer="sgd", lr=0.1, momentum=0.9
            ),
            steps=600,
            passes=6,
        ),
    )
}


def experiment_named(name: str) -> Experiment:
    """The experiment of that name.

    Raises    UsageError naming those there are
    """
    if name not in EXPERIMENTS:
        there = ", ".join(EXPERIMENTS)
        raise UsageError(f"there is no experiment named {name!r}: there are {there}")
    return EXPERIMENTS[name]
