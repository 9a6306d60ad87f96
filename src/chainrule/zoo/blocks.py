"""Pieces that several networks share."""

import math
from collections.abc import Sequence

from chainrule.backends import NUMPY
from chainrule.nn import Module
from chainrule.tape import Tensor, no_grad
from chainrule.zoo.recipe import Shape


def values_after(layers: Sequence[Module], shape: Shape) -> int:
    """How many values one image of this shape becomes, found by sending a blank one through.

    Raises    ShapeError when the image is too small for the layers
    """
    y = Tensor(NUMPY.xp.zeros((1, *shape), dtype="float32"))
    with no_grad():
        for layer in layers:
            y = layer.eval()(y)
            layer.train()
    return math.prod(y.shape[1:])
