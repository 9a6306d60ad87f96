"""chainrule: a glass-box deep-learning library and image-classification workbench.

The lecture's two functions, and under them the rooms:

    model = chainrule.train(images, labels)
    chainrule.predict(model, images)

    from chainrule import data, losses, nn, ops, optim, training
    from chainrule import classical        # baselines: k nearest neighbours and others
    from chainrule import higher           # gradients of gradients

For scikit-learn's pipelines: chainrule.MLPClassifier and chainrule.ImageClassifier.
Every operation is one readable class in chainrule.ops; read chainrule.tape first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chainrule import data, kernels, nn, ops, optim, training
from chainrule.runs import predict, train
from chainrule.tape import Tensor, no_grad, tensor
from chainrule.version import __version__

if TYPE_CHECKING:
    from chainrule import classical, higher, losses
    from chainrule.estimators import ImageClassifier, MLPClassifier
    from chainrule.explain.draw import draw
    from chainrule.zoo.pretrained import load_pretrained

LATER = {
    "classical": "chainrule.classical",
    "higher": "chainrule.higher",
    "losses": "chainrule.losses",
    "draw": "chainrule.explain",
    "ImageClassifier": "chainrule.estimators",
    "MLPClassifier": "chainrule.estimators",
    "load_pretrained": "chainrule.zoo.pretrained",
}
"""Names that are imported when first asked for, so that the start stays quick."""

__all__ = [
    "ImageClassifier",
    "MLPClassifier",
    "Tensor",
    "__version__",
    "classical",
    "data",
    "draw",
    "higher",
    "kernels",
    "load_pretrained",
    "losses",
    "nn",
    "no_grad",
    "ops",
    "optim",
    "predict",
    "tensor",
    "train",
    "training",
]


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = import_module(LATER[name])
    return getattr(room, name, room)
