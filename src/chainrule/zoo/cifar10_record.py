"""CIFAR-10 in the shortest time: whitened patches, a short network, Muon, six views in the test.

The ideas are those of the speed records on this data set. Page 2019, "How to train your ResNet":
a short network with a max pooling in every stage, filters whitened by the training patches, label
smoothing, mirror images in the test, a scaled head. Jordan 2024, arXiv 2404.00498: whitened filters
that stay frozen, convolutions that begin as the identity, alternating flips, six views; and Muon,
which he made for this race.
"""

from chainrule.nn import (
    GELU,
    BatchNorm2d,
    Conv2d,
    GlobalMaxPool2d,
    Linear,
    MaxPool2d,
    Module,
    Scale,
    Sequential,
    Whitening,
    init,
)
from chainrule.sentence import Sentence
from chainrule.zoo.recipe import Recipe, Settings, Shape

WIDTHS = (64, 224, 256)
"""Filters of the stages, on maps of 15x15, 7x7 and 3x3 after their poolings."""


def record_network(shape: Shape, classes: int) -> Sequential:
    """Whitened patches of 2x2, three stages of two convolutions, the strongest value of each map.

    Nothing is learned before the first stage, so that no gradient has to reach the large maps.
    """
    whitening = Whitening(shape[0])
    layers: list[Module] = [whitening, GELU("tanh")]
    C = whitening.out_channels
    for filters in WIDTHS:
        layers += stage(C, filters)
        C = filters
    return Sequential(
        *layers,
        GlobalMaxPool2d(),
        Linear(C, classes, bias=False),
        Scale(1 / 9),
    )


def stage(C: int, filters: int) -> list[Module]:
    """Two convolutions of 3x3, a max pooling between them; each normalised, without a scale."""
    return [
        convolution(C, filters),
        MaxPool2d(2),
        normalisation(filters),
        GELU("tanh"),
        convolution(filters, filters),
        normalisation(filters),
        GELU("tanh"),
    ]


def convolution(C: int, filters: int) -> Conv2d:
    """3x3, beginning as the identity as far as there are inputs; batch norm takes any bias away."""
    start = init.dirac_first(init.torch_default)
    return Conv2d(C, filters, 3, padding="same", bias=False, weights=start)


def normalisation(filters: int) -> BatchNorm2d:
    """Batch norm whose running statistics follow quickly: there are few steps to follow."""
    return BatchNorm2d(filters, momentum=0.4, scale=False)


CIFAR10_RECORD = Recipe(
    name="cifar10-record",
    about=Sentence(
        "CIFAR-10 in the shortest time: whitening, a short network, Muon, six views in the test"
    ),
    data="cifar-10",
    settings=Settings(
        network="cifar10-record",
        epochs=8,
        batch_size=500,
        optimizer="muon",
        lr=0.06,
        momentum=0.9,
        weight_decay=0.24,
        others_lr=0.01,
        schedule="linear",
        label_smoothing=0.2,
        validation=0,
        shift=2,
        flip="alternating",
        test_time="mirror-shift",
    ),
    source="Page 2019 and Jordan 2024, arXiv 2404.00498; widths, epochs and rates are ours",
)
