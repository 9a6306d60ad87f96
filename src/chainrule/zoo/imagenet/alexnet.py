"""AlexNet, the network that won ImageNet's contest in 2012.

Source    Krizhevsky, Sutskever and Hinton 2012, "ImageNet Classification with Deep Convolutional
          Neural Networks"; the layers are those of Krizhevsky 2014, arXiv 1404.5997, without the
          first's two halves for two graphics cards and its local response normalisation. PyTorch's
          vision library has the same, with the same names.
"""

from chainrule.nn import (
    AdaptiveAvgPool2d,
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


def alexnet(shape: Shape, classes: int) -> Module:
    """Five convolutions and three linear layers: 61,100,840 parameters on ImageNet.

    Raises    ShapeError for images below 63x63
    """
    require(shape, 63, "alexnet")
    return Sequential(
        features=Sequential(
            Conv2d(shape[0], 64, 11, stride=4, padding=2, weights=he_normal),
            ReLU(),
            MaxPool2d(3, stride=2),
            Conv2d(64, 192, 5, padding=2, weights=he_normal),
            ReLU(),
            MaxPool2d(3, stride=2),
            Conv2d(192, 384, 3, padding=1, weights=he_normal),
            ReLU(),
            Conv2d(384, 256, 3, padding=1, weights=he_normal),
            ReLU(),
            Conv2d(256, 256, 3, padding=1, weights=he_normal),
            ReLU(),
            MaxPool2d(3, stride=2),
        ),
        avgpool=AdaptiveAvgPool2d(6),
        flatten=Flatten(),
        classifier=Sequential(
            Dropout(0.5),
            Linear(256 * 6 * 6, 4096, weights=he_normal),
            ReLU(),
            Dropout(0.5),
            Linear(4096, 4096, weights=he_normal),
            ReLU(),
            Linear(4096, classes),
        ),
    )


ALEXNET: dict[str, Builder] = {"alexnet": alexnet}
