"""ResNet: blocks that learn what to add to their input.

A plain network of 56 layers has a larger error than one of 20, on the images it is trained on, too:
no over-fitting, for then the training error would be smaller, but trouble to find the weights. Yet
the deep one could do as well by passing its input on in the layers it has too many of. A residual
block makes that the easy case, weights near 0:

    y = relu(F(x) + x)          F: two or three convolutions, each with batch normalisation

and the + hands the gradient on to x as it came, around F. Where a block halves the image or widens
the channels, x passes a 1x1 convolution on its way around, called downsample.

Source    He, Zhang, Ren and Sun 2015, "Deep Residual Learning for Image Recognition", arXiv
          1512.03385, table 1. Names and layers are those of PyTorch's vision library, which halves
          the image in a bottleneck's 3x3 convolution, where the paper did it in the first 1x1.
"""

from chainrule import ops
from chainrule.nn import (
    BatchNorm2d,
    Conv2d,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)
from chainrule.nn.init import he_normal
from chainrule.tape import Tensor
from chainrule.zoo.recipe import Builder, Shape


class BasicBlock(Module):
    """Two 3x3 convolutions, and a way around them.

    Forward   y = relu(bn2(conv2(relu(bn1(conv1(x))))) + downsample(x))
    Shapes    x: (N, C, H, W) -> y: (N, channels, H/stride, W/stride)
    downsample: x itself unless given
    """

    expansion = 1

    def __init__(self, C: int, channels: int, stride: int, downsample: Module | None) -> None:
        self.conv1 = convolution(C, channels, 3, stride)
        self.bn1 = BatchNorm2d(channels)
        self.conv2 = convolution(channels, channels, 3)
        self.bn2 = BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        learned = ops.relu(self.bn1(self.conv1(x)))
        learned = self.bn2(self.conv2(learned))
        return ops.relu(learned + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(Module):
    """A 3x3 convolution between two of 1x1, which make the channels few for it, and many again.

    Forward   y = relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + downsample(x))
    Shapes    x: (N, C, H, W) -> y: (N, 4*channels, H/stride, W/stride)
    downsample: x itself unless given
    """

    expansion = 4

    def __init__(self, C: int, channels: int, stride: int, downsample: Module | None) -> None:
        self.conv1 = convolution(C, channels, 1)
        self.bn1 = BatchNorm2d(channels)
        self.conv2 = convolution(channels, channels, 3, stride)
        self.bn2 = BatchNorm2d(channels)
        self.conv3 = convolution(channels, channels * self.expansion, 1)
        self.bn3 = BatchNorm2d(channels * self.expansion)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        learned = ops.relu(self.bn1(self.conv1(x)))
        learned = ops.relu(self.bn2(self.conv2(learned)))
        learned = self.bn3(self.conv3(learned))
        return ops.relu(learned + (x if self.downsample is None else self.downsample(x)))


def convolution(C: int, channels: int, kernel_size: int, stride: int = 1) -> Conv2d:
    """A convolution that keeps the image's size at stride 1; the batch norm after it has a bias."""
    padding = kernel_size // 2
    return Conv2d(C, channels, kernel_size, stride, padding, bias=False, weights=he_normal)


def resnet(block: type[BasicBlock] | type[Bottleneck], blocks: tuple[int, ...]) -> Builder:
    """A builder of a ResNet of four stages with so many blocks each; images of any size."""

    def build(shape: Shape, classes: int) -> Module:
        widest = 512 * block.expansion
        return Sequential(
            conv1=convolution(shape[0], 64, 7, stride=2),
            bn1=BatchNorm2d(64),
            relu=ReLU(),
            maxpool=MaxPool2d(3, stride=2, padding=1),
            layer1=_stage(block, blocks[0], 64, 64, stride=1),
            layer2=_stage(block, blocks[1], 64 * block.expansion, 128, stride=2),
            layer3=_stage(block, blocks[2], 128 * block.expansion, 256, stride=2),
            layer4=_stage(block, blocks[3], 256 * block.expansion, 512, stride=2),
            avgpool=GlobalAvgPool2d(),
            fc=Linear(widest, classes),
        )

    return build


def _stage(
    block: type[BasicBlock] | type[Bottleneck], count: int, C: int, channels: int, *, stride: int
) -> Sequential:
    """Blocks of one width, the first of which brings the image and its channels to size."""
    wide = channels * block.expansion
    downsample = None
    if stride != 1 or wide != C:
        downsample = Sequential(convolution(C, wide, 1, stride), BatchNorm2d(wide))
    others = [block(wide, channels, 1, None) for _ in range(count - 1)]
    return Sequential(block(C, channels, stride, downsample), *others)


RESNETS: dict[str, Builder] = {
    "resnet18": resnet(BasicBlock, (2, 2, 2, 2)),
    "resnet34": resnet(BasicBlock, (3, 4, 6, 3)),
    "resnet50": resnet(Bottleneck, (3, 4, 6, 3)),
    "resnet101": resnet(Bottleneck, (3, 4, 23, 3)),
    "resnet152": resnet(Bottleneck, (3, 8, 36, 3)),
}
