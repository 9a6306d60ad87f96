"""A trained network with all that its use needs: preprocessing and class names travel with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.backends import NUMPY, Backend
from chainrule.data import Preprocessing, as_images
from chainrule.nn import Module, init
from chainrule.training import Evaluator
from chainrule.zoo import network_named


@dataclass(frozen=True, eq=False)
class Classifier:
    """Images in, classes out.

    network        a name in zoo.NETWORKS, from which the model can be built again
    model          the network, trained
    preprocessing  from pixels to inputs; knows the size and the channels of an image
    classes        what the labels 0, 1, ... are called
    test_time      of which views of an image an answer is the mean; see training.test_time
    white          what the floats it has learned from call white, 1 or 255; None: it has learned
                   from whole numbers, so that floats tell themselves
    """

    network: str
    model: Module
    preprocessing: Preprocessing
    classes: tuple[Any, ...]
    test_time: str = "plain"
    white: int | None = None

    def probabilities(self, images: ArrayLike) -> NDArray[np.float32]:
        """(N, K) how likely each class is for each image.

        images: (N, C, H, W), (N, H, W) or (N, H, W, C), uint8 in 0..255, or floats of the
                training's range

        Raises    ShapeError when the images are not of the model's size, DataError for floats
                  brighter than the training's could be
        """
        return self.evaluator().probabilities(as_images(images, self.white))

    def predict(self, images: ArrayLike) -> NDArray[Any]:
        """(N,) the likeliest class of each image, by name."""
        names = np.asarray(self.classes)
        return np.asarray(names[self.probabilities(images).argmax(axis=1)])

    def evaluator(self, backend: Backend = NUMPY) -> Evaluator:
        """What measures this model, or asks it about images; the model moves to the backend."""
        model = self.model.to(backend)
        return Evaluator(model, self.preprocessing, backend=backend, test_time=self.test_time)


def build(network: str, preprocessing: Preprocessing, classes: Sequence[Any], seed: int) -> Module:
    """The named network for images of this preprocessing, with the weights this seed draws."""
    shape = (preprocessing.channels, preprocessing.height, preprocessing.width)
    with init.seeded(seed):
        return network_named(network)(shape, len(classes))
