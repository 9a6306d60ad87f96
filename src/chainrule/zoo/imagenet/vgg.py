"""VGG: nothing but 3x3 convolutions, stacked deep.

Two 3x3 convolutions see 5x5 pixels and three see 7x7, with fewer weights than one large window and
a ReLU between. Each stage has twice the filters of the one before, on an image of half the size.

Source    Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
          Recognition", arXiv 1409.1556, of September 2014 (not 2013, as one lecture dates it),
          configurations A, B, D and E. Those with batch normalisation are later than the paper;
          names and layers are those of PyTorch's vision library.
"""

from chainrule.nn import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)
from chainrule.nn.init import he_normal
from chainrule.zoo.imagenet.shape import require
from chainrule.zoo.recipe import Builder, Shape

FILTERS = (64, 128, 256, 512, 512)
"""Of each stage's convolutions."""

CONVOLUTIONS = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
"""How many each stage has; with the three linear layers, as many as the name says."""


def vgg(name: str) -> Builder:
    """A builder of the VGG of that name, with batch normalisation where it ends in _bn.

    It raises ShapeError for images below 32x32.
    """
    convolutions, batch_norm = CONVOLUTIONS[name.removesuffix("_bn")], name.endswith("_bn")

    def build(shape: Shape, classes: int) -> Module:
        require(shape, 32, name)
        return Sequential(
            features=Sequential(*_features(shape[0], convolutions, batch_norm)),
            avgpool=AdaptiveAvgPool2d(7),
            flatten=Flatten(),
            classifier=Sequential(
                Linear(512 * 7 * 7, 4096, weights=he_normal),
                ReLU(),
                Dropout(0.5),
                Linear(4096, 4096, weights=he_normal),
                ReLU(),
                Dropout(0.5),
                Linear(4096, classes),
            ),
        )

    return build


def _features(C: int, convolutions: tuple[int, ...], batch_norm: bool) -> list[Module]:
    """Five stages, each of some convolutions and a pooling."""
    layers: list[Module] = []
    for filters, count in zip(FILTERS, convolutions, strict=True):
        for _ in range(count):
            layers.append(Conv2d(C, filters, 3, padding=1, weights=he_normal))
            layers += [BatchNorm2d(filters), ReLU()] if batch_norm else [ReLU()]
            C = filters
        layers.append(MaxPool2d(2))
    return layers


VGGS: dict[str, Builder] = {
    name: vgg(name) for plain in CONVOLUTIONS for name in (plain, f"{plain}_bn")
}
