"""The networks that took turns winning on ImageNet, as their papers and checkpoints have them.

alexnet.py     AlexNet, 2012
vgg.py         VGG with 11 to 19 layers, 2014
googlenet.py   GoogLeNet and its inception blocks, 2014
resnet.py      ResNet with 18 to 152 layers, 2015
shape.py       the images they are made for

ImageNet's contest had 1.2 million photographs of 1,000 classes (Russakovsky et al. 2014, arXiv
1409.0575). The names of layers are those of PyTorch's vision library, whose checkpoints fit.
"""

from chainrule.zoo.imagenet.alexnet import ALEXNET
from chainrule.zoo.imagenet.googlenet import GOOGLENET
from chainrule.zoo.imagenet.resnet import RESNETS
from chainrule.zoo.imagenet.shape import IMAGENET_CLASSES, IMAGENET_SHAPE
from chainrule.zoo.imagenet.vgg import VGGS
from chainrule.zoo.recipe import Builder

IMAGENET: dict[str, Builder] = {**ALEXNET, **VGGS, **GOOGLENET, **RESNETS}

__all__ = ["IMAGENET", "IMAGENET_CLASSES", "IMAGENET_SHAPE"]
