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

from typing import TYPE_CHECKING, Any

from chainrule import classical, data, higher, kernels, losses, nn, ops, optim, training
from chainrule.explain import draw
from chainrule.runs import predict, train
from chainrule.tape import Tensor, no_grad, tensor
from chainrule.version import __version__

if TYPE_CHECKING:
    from chainrule.estimators import ImageClassifier, MLPClassifier

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
    """The estimators, when first asked for: scikit-learn takes a second to load."""
    if name in ("ImageClassifier", "MLPClassifier"):
        from chainrule import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
