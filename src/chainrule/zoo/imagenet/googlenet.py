"""GoogLeNet: blocks that look with windows of several sizes at once.

An inception block asks the same image four questions and puts the answers side by side, as
channels. 1x1 convolutions first make the channels few, so that the larger windows stay cheap:

                  x
      +-------+---+---+---------+
      |       |       |         |
      |      1x1     1x1    3x3 maximum
     1x1     3x3     3x3       1x1
      |       |       |         |
      +-------+---+---+---------+
                  y

The third branch has 5x5 windows in the paper. PyTorch's vision library has 3x3 ones, by a mistake
that its checkpoints have kept since; so does this, to load them and to have their count. It has
batch normalisation, too, which is younger than the paper.

Two auxiliary heads, a third and two thirds of the way up, answer as well while the network trains,
so that the layers below get their gradient by a short way, too. Their losses count 0.3 each; in use
they are not asked at all.

Source    Szegedy et al. 2014, "Going Deeper with Convolutions", arXiv 1409.4842, table 1 and
          section 5. Names and layers are those of PyTorch's vision library.
"""

from chainrule import ops
from chainrule.nn import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Heads,
    Linear,
    MaxPool2d,
    Module,
    Sequential,
)
from chainrule.nn.init import he_normal
from chainrule.tape import Tensor
from chainrule.zoo.imagenet.shape import require
from chainrule.zoo.recipe import Builder, Shape

HEAD_WEIGHT = 0.3
"""Of an auxiliary head's loss: the paper, section 5."""


class ConvNormReLU(Module):
    """A convolution with what always follows it here.

    Forward   y = relu(bn(conv(x)))
    """

    def __init__(
        self, C: int, filters: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        self.conv = Conv2d(C, filters, kernel_size, stride, padding, bias=False, weights=he_normal)
        self.bn = BatchNorm2d(filters, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return ops.relu(self.bn(self.conv(x)))


def inception(
    C: int, ones: int, threes: tuple[int, int], fives: tuple[int, int], pooled: int
) -> Concat:
    """One block of C channels in, and ones + threes[1] + fives[1] + pooled out.

    threes, fives: filters of the branch's 1x1 convolution, and of the one after it
    """
    return Concat(
        branch1=ConvNormReLU(C, ones, 1),
        branch2=Sequential(
            ConvNormReLU(C, threes[0], 1), ConvNormReLU(threes[0], threes[1], 3, padding=1)
        ),
        branch3=Sequential(
            ConvNormReLU(C, fives[0], 1), ConvNormReLU(fives[0], fives[1], 3, padding=1)
        ),
        branch4=Sequential(MaxPool2d(3, stride=1, padding=1), ConvNormReLU(C, pooled, 1)),
    )


class AuxiliaryHead(Module):
    """Scores from halfway up: 4x4 means, a 1x1 convolution, and two linear layers."""

    def __init__(self, C: int, classes: int) -> None:
        self.pool = AdaptiveAvgPool2d(4)
        self.conv = ConvNormReLU(C, 128, 1)
        self.fc1 = Linear(128 * 4 * 4, 1024, weights=he_normal)
        self.dropout = Dropout(0.7)
        self.fc2 = Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:
        hidden = ops.relu(self.fc1(ops.flatten(self.conv(self.pool(x)))))
        scores: Tensor = self.fc2(self.dropout(hidden))
        return scores


class GoogLeNet(Module):
    """Nine inception blocks. (N, C, H, W) -> (N, classes) in use, Heads of three in training."""

    def __init__(self, C: int, classes: int) -> None:
        self.conv1 = ConvNormReLU(C, 64, 7, stride=2, padding=3)
        self.maxpool1 = MaxPool2d(3, stride=2, ceil_mode=True)
        self.conv2 = ConvNormReLU(64, 64, 1)
        self.conv3 = ConvNormReLU(64, 192, 3, padding=1)
        self.maxpool2 = MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = inception(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = inception(256, 128, (128, 192), (32, 96), 64)
        self.maxpool3 = MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = inception(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = inception(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = inception(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = inception(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = inception(528, 256, (160, 320), (32, 128), 128)
        self.maxpool4 = MaxPool2d(2, stride=2, ceil_mode=True)
        self.inception5a = inception(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = inception(832, 384, (192, 384), (48, 128), 128)
        self.aux1 = AuxiliaryHead(512, classes)
        self.aux2 = AuxiliaryHead(528, classes)
        self.avgpool = GlobalAvgPool2d()
        self.dropout = Dropout(0.2)
        self.fc = Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor | Heads:
        x = self.maxpool1(self.conv1(x))
        x = self.maxpool2(self.conv3(self.conv2(x)))
        x = self.maxpool3(self.inception3b(self.inception3a(x)))
        third = self.inception4a(x)
        two_thirds = self.inception4d(self.inception4c(self.inception4b(third)))
        x = self.maxpool4(self.inception4e(two_thirds))
        x = self.inception5b(self.inception5a(x))
        scores: Tensor = self.fc(self.dropout(self.avgpool(x)))
        if not self.training:
            return scores
        return Heads(scores, (self.aux1(third), self.aux2(two_thirds)), HEAD_WEIGHT)


def googlenet(shape: Shape, classes: int) -> Module:
    """GoogLeNet: on ImageNet 6,624,904 parameters, and 6,379,984 in the auxiliary heads.

    Raises    ShapeError for images below 15x15
    """
    require(shape, 15, "googlenet")
    return GoogLeNet(shape[0], classes)


GOOGLENET: dict[str, Builder] = {"googlenet": googlenet}
