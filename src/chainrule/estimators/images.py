"""ImageClassifier: any network of the zoo, for images as arrays."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from chainrule.data import Preprocessing
from chainrule.errors import ShapeError
from chainrule.estimators.base import NetworkClassifier
from chainrule.nn import Module
from chainrule.zoo import Shape, network_named


class ImageClassifier(NetworkClassifier):
    """A convolutional network on images (n, h, w) or (n, h, w, c), c = 1 or 3.

    network              a name in zoo.NETWORKS; "own-cnn" suits itself to the size of the images
    image_shape          (h, w) or (h, w, c) when the images come flattened, one per row of X.
                         Rows without it are taken as grey images 1 pixel high: it works, with
                         columns of X for neighbours, but MLPClassifier is the better choice
    optimizer            "adam", "adamw", "sgd" or "nesterov"; lr, momentum (of the last two) and
                         weight_decay are its numbers
    schedule             the learning rate over the epochs: "constant" or "cosine"
    epochs, batch_size   passes over the images, and images per step
    shift, flip          augmentation: random shifts up to so many pixels, and mirror images
    early_stopping       hold out validation_fraction of the images, stop after `patience` epochs
                         without a better one, and keep the best epoch's weights
    random_state         an int for the same network every time

    Pixels may be of any range, the same in fit and predict: each channel is brought to mean 0 and
    deviation 1, as measured in fit.

    Raises in fit    UsageError, a ValueError, for parameters that cannot work, ShapeError for
                     images of another layout

        chainrule.ImageClassifier(epochs=5, random_state=0).fit(digits.images, digits.target)
    """

    def __init__(
        self,
        network: str = "own-cnn",
        *,
        image_shape: tuple[int, ...] | None = None,
        optimizer: str = "adamw",
        lr: float = 2e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.02,
        schedule: str = "cosine",
        epochs: int = 15,
        batch_size: int = 32,
        shift: int = 0,
        flip: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        random_state: Any = None,
    ) -> None:
        self.network = network
        self.image_shape = image_shape
        self.optimizer = optimizer
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.shift = shift
        self.flip = flip
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from images X and their labels y (n,), numbers or names."""
        images = _with_shape(X)
        shape = self._shape(images)
        rows, labels = validate_data(self, _flat(images), y)
        settings = self.settings(shift=self.shift, flip=self.flip)
        if len(shape) != 3 or shape[2] not in (1, 3) or np.prod(shape) != rows.shape[1]:
            raise ShapeError(
                f"X has {rows.shape[1]} values per image, to be read as {shape}, but "
                "(h, w), (h, w, 1) or (h, w, 3) is needed, with as many values"
            )
        self.image_shape_ = shape
        pixels = self._channels_first(rows)
        self.preprocessing_ = Preprocessing.fit(pixels)
        self.learn(pixels, labels, self.preprocessing_, settings)
        return self

    def inputs(self, X: ArrayLike) -> NDArray[np.float64]:
        images = _with_shape(X)
        shape = self._shape(images) if images.ndim > 2 else self.image_shape_
        if shape != self.image_shape_:
            raise ShapeError(
                f"X has images of {shape}, but this {type(self).__name__} was fitted with images "
                f"of {self.image_shape_}, as (h, w, c)"
            )
        rows = validate_data(self, _flat(images), reset=False)
        return self.preprocessing_(self._channels_first(rows)).astype(np.float64)

    def make_model(self, shape: Shape, classes: int) -> Module:
        return network_named(self.network)(shape, classes)

    def _shape(self, X: Any) -> tuple[int, ...]:
        """(h, w, c) of one image."""
        shape: tuple[int, ...] = X.shape[1:]
        if len(shape) < 2:
            shape = (1, *shape) if self.image_shape is None else tuple(self.image_shape)
        return (*shape, 1) if len(shape) == 2 else shape

    def _channels_first(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """(n, c, h, w) from rows."""
        pixels = np.asarray(rows, np.float32)  # no memmap any more, of which no backend knows
        return pixels.reshape(-1, *self.image_shape_).transpose(0, 3, 1, 2)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _with_shape(X: Any) -> Any:
    """What knows its dimensions as it is, a DataFrame for example; nested lists as an array."""
    return X if hasattr(X, "ndim") else np.asarray(X)


def _flat(X: Any) -> Any:
    """One image per row; what comes in rows stays as it is."""
    return np.asarray(X).reshape(len(X), -1) if X.ndim > 2 else X
