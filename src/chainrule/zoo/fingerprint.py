"""The first deck's network for fingerprints: which patches come from a living finger."""

from chainrule.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential, init
from chainrule.sentence import Sentence
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape


def fingerprint_vgg(shape: Shape, classes: int) -> Sequential:
    """VGG's five stages on patches of 32x32, then 512-512-K.

    With three classes 9,668,035 parameters for grey patches, 9,669,187 for colour: the deck does
    not say which. Each stage halves the patch, to one value per channel in the end; a smaller patch
    is down to one value sooner.
    """
    layers: list[Module] = []
    C, side = shape[0], min(shape[1:])
    for filters in (64, 128, 256, 512, 512):
        for _ in range(2):
            layers += [Conv2d(C, filters, 3, padding="same", weights=init.he_normal), ReLU()]
            C = filters
        if side > 1:
            layers.append(MaxPool2d(2))
            side //= 2
    layers.append(Flatten())
    return Sequential(
        *layers,
        Linear(values_after(layers, shape), 512, weights=init.he_normal),
        ReLU(),
        Linear(512, classes),
    )


FINGERPRINT_VGG = Recipe(
    name="fingerprint-vgg",
    about=Sentence("VGG on 32x32 texture patches of three classes, 9,668,035 parameters"),
    data="textures",
    settings=Settings(
        network="fingerprint-vgg",
        epochs=5,
        batch_size=50,
        lr=3e-4,
        schedule="cosine",
        flip=True,
    ),
    source="first deck: the liveness network; its patches (LivDet 2017) are not free, so these are "
    "synthetic; the numbers are ours",
)
