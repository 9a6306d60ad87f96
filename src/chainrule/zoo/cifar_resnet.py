"""The ResNets for CIFAR-10: thin and deep, where ImageNet's are wide.

A 3x3 convolution, three stages of 16, 32 and 64 filters on images of 32x32, 16x16 and 8x8, the mean
of each channel, and one linear layer. A stage of n blocks has 2n convolutions: 6n + 2 layers in
all, n = 3 for ResNet-20 and n = 9 for ResNet-56. The paper reached 91.25 % and 93.03 %.

The ways around the blocks learn nothing (the paper's option A, its choice for CIFAR-10): where a
stage halves the image, x is taken at every second pixel, and the channels it lacks are zeros.

Source    He, Zhang, Ren and Sun 2015, arXiv 1512.03385, section 4.2 and table 6
"""

from chainrule import ops
from chainrule.nn import BatchNorm2d, GlobalAvgPool2d, Linear, Module, ReLU, Sequential
from chainrule.tape import Tensor
from chainrule.zoo.imagenet.resnet import BasicBlock, convolution
from chainrule.zoo.recipe import Builder, Shape


class Subsample(Module):
    """Every second pixel, and zeros for the channels that are still missing.

    Forward   y = x[:, :, ::2, ::2], then zeros: (N, C, H, W) -> (N, channels, Ho, Wo)
    """

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        missing = self.channels - x.shape[1]
        return ops.pad(x[:, :, ::2, ::2], ((0, 0), (0, missing), (0, 0), (0, 0)))

    def settings(self) -> str:
        return f"{self.channels}"


def cifar_resnet(depth: int) -> Builder:
    """A builder of the ResNet of 6n + 2 layers; images of any size."""
    blocks, rest = divmod(depth - 2, 6)
    assert rest == 0

    def build(shape: Shape, classes: int) -> Module:
        return Sequential(
            conv1=convolution(shape[0], 16, 3),
            bn1=BatchNorm2d(16),
            relu=ReLU(),
            layer1=Sequential(*(BasicBlock(16, 16, 1, None) for _ in range(blocks))),
            layer2=_halving_stage(blocks, 32),
            layer3=_halving_stage(blocks, 64),
            avgpool=GlobalAvgPool2d(),
            fc=Linear(64, classes),
        )

    return build


def _halving_stage(blocks: int, channels: int) -> Sequential:
    first = BasicBlock(channels // 2, channels, 2, Subsample(channels))
    return Sequential(first, *(BasicBlock(channels, channels, 1, None) for _ in range(blocks - 1)))


CIFAR_RESNETS: dict[str, Builder] = {"resnet20": cifar_resnet(20), "resnet56": cifar_resnet(56)}
