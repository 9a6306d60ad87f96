"""The deck's CIFAR-10 networks in Keras 3 as people write them, everything at its default."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

from chainrule.zoo import Settings

VERSIONS = {"keras": keras.__version__}
if keras.backend.backend() == "torch":
    import torch

    VERSIONS["torch"] = torch.__version__


class Parts:
    """Layers with a price of l2 on the squares of their weights."""

    def __init__(self, l2: float) -> None:
        self.priced = {"kernel_regularizer": keras.regularizers.L2(l2)} if l2 else {}

    def conv(self, filters: int, padding: str = "same", activation: str = "relu") -> keras.Layer:
        """3x3 filters."""
        return layers.Conv2D(filters, 3, padding=padding, activation=activation, **self.priced)

    def head(self) -> list[keras.Layer]:
        """From maps to ten probabilities over 512 units."""
        return [
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu", **self.priced),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax", **self.priced),
        ]

    def normalised(self) -> list[keras.Layer]:
        """The convolutions of the 74 % network, each after a batch norm."""
        return [
            layers.BatchNormalization(),
            self.conv(32, padding="valid"),
            layers.Dropout(0.2),
            layers.BatchNormalization(),
            self.conv(32),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            self.conv(64),
            layers.MaxPooling2D(),
        ]


def cifar10_74(parts: Parts) -> list[keras.Layer]:
    """Three convolutions and 3136-512-10."""
    return [
        parts.conv(32, padding="valid"),
        layers.Dropout(0.2),
        parts.conv(32),
        layers.MaxPooling2D(),
        parts.conv(64),
        layers.MaxPooling2D(),
        *parts.head(),
    ]


def cifar10_79(parts: Parts) -> list[keras.Layer]:
    """With batch norm before each convolution."""
    return [*parts.normalised(), *parts.head()]


def cifar10_84(parts: Parts) -> list[keras.Layer]:
    """With a further stage of 128 filters."""
    stage = [layers.BatchNormalization(), parts.conv(128), layers.MaxPooling2D()]
    return [*parts.normalised(), *stage, *parts.head()]


def cifar10_88(parts: Parts) -> list[keras.Layer]:
    """Six convolutions, batch norm after each."""
    stages = []
    for filters, dropped in ((32, 0.2), (64, 0.3), (128, 0.4)):
        for _ in range(2):
            stages += [parts.conv(filters, activation="elu"), layers.BatchNormalization()]
        stages += [layers.MaxPooling2D(), layers.Dropout(dropped)]
    return [*stages, layers.Flatten(), layers.Dense(10, activation="softmax", **parts.priced)]


NETWORKS = {
    "cifar10-74": cifar10_74,
    "cifar10-79": cifar10_79,
    "cifar10-84": cifar10_84,
    "cifar10-88": cifar10_88,
}
OPTIMIZERS = ("adam",)
LOSSES = ("cross_entropy",)


class Learner:
    """A network that learns batch by batch, with Adam and the recipe's numbers.

    steps: of the whole training
    """

    def __init__(self, settings: Settings, steps: int, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        self.settings, self.steps, self.seed = settings, steps, seed
        network = NETWORKS[settings.network](Parts(settings.l2))
        self.model = keras.Sequential([keras.Input((32, 32, 3)), *network])
        self.model.compile(
            optimizer=keras.optimizers.Adam(settings.lr),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )

    def count(self) -> int:
        """Parameters, running statistics among them, as Keras counts."""
        return int(self.model.count_params())

    def learn(
        self, batches: Iterable[tuple[np.ndarray, np.ndarray]], epoch: int
    ) -> tuple[float, float]:
        """One epoch; its mean loss, with the price of weights, and accuracy."""
        keras.utils.set_random_seed(1000 * self.seed + epoch)  # a resumed epoch goes the same way
        per_epoch = self.steps // self.settings.epochs
        schedule = self.settings.make_schedule()

        def rate(batch: int, logs: object = None) -> None:
            factor = schedule((epoch - 1) * per_epoch + batch, self.steps)
            self.model.optimizer.learning_rate = self.settings.lr * factor

        history = self.model.fit(
            _last(batches),
            steps_per_epoch=per_epoch,
            epochs=1,
            shuffle=False,  # the batches come shuffled
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_train_batch_begin=rate)],
        ).history
        return float(history["loss"][0]), float(history["accuracy"][0])

    def measure(self, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
        """Mean loss, with the price of weights, and accuracy, without learning."""
        images, labels = map(np.concatenate, zip(*_last(batches), strict=True))
        loss, accuracy = self.model.evaluate(images, labels, batch_size=500, verbose=0)
        return float(loss), float(accuracy)

    def save(self, folder: Path, name: str) -> None:
        """All that going on takes."""
        self.model.save(folder / f"{name}.keras")

    def load(self, folder: Path, name: str) -> None:
        """What save wrote."""
        self.model = keras.saving.load_model(folder / f"{name}.keras")


def _last(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """With the channels last."""
    for images, labels in batches:
        yield np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels
