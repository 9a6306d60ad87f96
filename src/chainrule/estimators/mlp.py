"""MLPClassifier: a fully connected network for rows of features."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import validate_data

from chainrule.data import Preprocessing
from chainrule.errors import UsageError
from chainrule.estimators.base import NetworkClassifier
from chainrule.nn import (
    ELU,
    GELU,
    Flatten,
    LeakyReLU,
    Linear,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    SiLU,
    Tanh,
    init,
)
from chainrule.zoo import Shape

ACTIVATIONS: dict[str, tuple[Callable[[], Module], init.Initialiser]] = {
    "relu": (ReLU, init.he_normal),
    "leaky_relu": (LeakyReLU, init.he_normal),
    "elu": (ELU, init.he_normal),
    "gelu": (GELU, init.he_normal),
    "silu": (SiLU, init.he_normal),
    "tanh": (Tanh, init.glorot_uniform),
    "sigmoid": (Sigmoid, init.glorot_uniform),
}


ROUNDING = 1e-12
"""A feature's deviation up to so much of its mean is rounding: the feature is constant."""


class MLPClassifier(NetworkClassifier):
    """A multilayer perceptron on (n_samples, n_features), learned with softmax cross entropy.

    hidden_layer_sizes   units of each hidden layer, or of the one there is; () for softmax
                         regression
    activation           "relu", "leaky_relu", "elu", "gelu", "silu", "tanh" or "sigmoid"
    optimizer            "adam", "adamw", "sgd" or "nesterov"; lr, momentum (of the last two) and
                         weight_decay are its numbers
    schedule             the learning rate over the epochs: "constant" or "cosine"
    epochs, batch_size   passes over the samples, and samples per step
    standardise          bring each feature to mean 0 and deviation 1, as measured in fit
    early_stopping       hold out validation_fraction of the samples, stop after `patience` epochs
                         without a better one, and keep the best epoch's weights
    random_state         an int for the same network every time

    Raises in fit    UsageError, a ValueError, for parameters that cannot work

        make_pipeline(PCA(20), chainrule.MLPClassifier((50,), random_state=0)).fit(X, y)
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (50,),
        activation: str = "relu",
        *,
        optimizer: str = "adam",
        lr: float = 3e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        schedule: str = "constant",
        epochs: int = 50,
        batch_size: int = 32,
        standardise: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.standardise = standardise
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from samples X (n, D) and their labels y (n,), numbers or names."""
        rows, labels = validate_data(self, X, y)
        settings = self.settings()
        if self.activation not in ACTIVATIONS:
            raise UsageError(
                f"activation {self.activation!r} is not one of {', '.join(ACTIVATIONS)}"
            )
        D = rows.shape[1]
        self.mean_, self.scale_ = np.zeros(D), np.ones(D)
        if self.standardise:
            self.mean_, deviation = rows.mean(axis=0), rows.std(axis=0)
            rounding = ROUNDING * np.abs(self.mean_)
            self.scale_ = np.where(deviation > rounding, deviation, 1.0)
        x = ((rows - self.mean_) / self.scale_).astype(np.float32)
        as_it_is = Preprocessing(channels=1, height=1, width=D, mean=(0.0,), std=(1.0,))
        self.learn(x.reshape(-1, 1, 1, D), labels, as_it_is, settings)
        return self

    def inputs(self, X: ArrayLike) -> NDArray[np.float64]:
        rows = validate_data(self, X, reset=False)
        return np.asarray((rows - self.mean_) / self.scale_, np.float64)

    def make_model(self, shape: Shape, classes: int) -> Module:
        activation, weights = ACTIVATIONS[self.activation]
        layers: list[Module] = [Flatten()]
        width = shape[2]
        for units in np.atleast_1d(self.hidden_layer_sizes).tolist():
            layers += [Linear(width, units, weights=weights), activation()]
            width = units
        return Sequential(*layers, Linear(width, classes))
