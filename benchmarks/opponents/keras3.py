"""Keras 3 as people use it: layers, compile and fit. KERAS_BACKEND says on what it runs."""

import os
from collections.abc import Iterator
from time import perf_counter
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

import networks
from opponents import Train, slices


def build(race: Any, images: np.ndarray, labels: np.ndarray) -> Train:
    """Channels last, as Keras likes them; the pixels are scaled by its own layer."""
    pixels = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    model = built(race.network, race.shape)
    model.compile(
        optimizer=_optimizer(race.rule),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for here in slices(len(pixels), race.batch_size):
            yield pixels[here], labels[here]

    def train(steps: int) -> tuple[float, float]:
        """One fit; it begins to count when its first step, with all preparations, is done."""
        clock = Clock()
        history = model.fit(
            batches(),
            steps_per_epoch=steps + 1,
            epochs=1,
            shuffle=False,  # a generator cannot be
            verbose=0,
            callbacks=[clock],
        )
        return perf_counter() - clock.began, float(history.history["loss"][-1])

    return train


class Clock(keras.callbacks.Callback):
    """When the first batch was done."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 0:
            self.began = perf_counter()


def _optimizer(rule: Any) -> keras.optimizers.Optimizer:
    if rule.name == "adam":
        return keras.optimizers.Adam(rule.lr)
    return keras.optimizers.SGD(
        rule.lr,
        momentum=rule.momentum,
        nesterov=rule.nesterov,
        weight_decay=rule.weight_decay or None,
    )


def built(network: networks.Network, shape: tuple[int, int, int]) -> keras.Model:
    """The pieces as Keras's layers."""
    channels, height, width = shape
    inputs = keras.Input((height, width, channels))
    x = layers.Rescaling(1 / 255)(inputs)
    for piece in network:
        x = _after(piece, x)
    return keras.Model(inputs, x)


def _after(piece: networks.Piece, x: Any) -> Any:
    match piece:
        case networks.Conv(filters, size, padding, bias, frozen):
            convolution = layers.Conv2D(filters, size, padding=padding, use_bias=bias)
            convolution.trainable = not frozen
            return convolution(x)
        case networks.Norm(scale):
            return layers.BatchNormalization(scale=scale)(x)
        case networks.Activation("relu"):
            return layers.ReLU()(x)
        case networks.Activation():
            return layers.Activation(lambda y: keras.ops.gelu(y, approximate=True))(x)
        case networks.MaxPool():
            return layers.MaxPooling2D()(x)
        case networks.Dropout(p):
            return layers.Dropout(p)(x)
        case networks.Flatten():
            return layers.Flatten()(x)
        case networks.Dense(units, bias):
            return layers.Dense(units, use_bias=bias)(x)
        case networks.Residual(filters, stride):
            return _residual(x, filters, stride)
        case networks.Global("mean"):
            return layers.GlobalAveragePooling2D()(x)
        case networks.Global():
            return layers.GlobalMaxPooling2D()(x)
        case networks.Scale(factor):
            return layers.Rescaling(factor)(x)


def _residual(x: Any, filters: int, stride: int) -> Any:
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization()(y)
    if stride > 1:
        missing = filters - x.shape[-1]
        x = keras.ops.pad(x[:, ::2, ::2, :], ((0, 0), (0, 0), (0, 0), (0, missing)))
    return layers.ReLU()(layers.Add()([y, x]))
