"""chainrule: a glass-box deep-learning library and image-classification workbench.

The lecture's two functions, and under them the rooms:

    model = chainrule.train(images, labels)
    chainrule.predict(model, images)

    from chainrule import data, nn, ops, optim, training

Every operation is one readable class in chainrule.ops; read chainrule.tape first.
"""

from chainrule import data, kernels, nn, ops, optim, training
from chainrule.explain import draw
from chainrule.runs import predict, train
from chainrule.tape import Tensor, no_grad, tensor
from chainrule.version import __version__

__all__ = [
    "Tensor",
    "__version__",
    "data",
    "draw",
    "kernels",
    "nn",
    "no_grad",
    "ops",
    "optim",
    "predict",
    "tensor",
    "train",
    "training",
]
