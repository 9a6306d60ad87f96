"""chainrule, by the step that its Trainer runs."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import nn, optim
from chainrule.backends import Array, Backend, backend_named
from chainrule.data import Preprocessing
from chainrule.kernels import one_blas_thread
from chainrule.training.losses import Loss, cross_entropy
from chainrule.training.pace import PacedStep
from chainrule.training.step import make_training_step
from chainrule.zoo import network_named
from opponents import Train, slices, timed

Learn = Callable[[Array, Array], float]
"""(images, labels) -> the loss of a step."""


def build(
    race: Any, images: np.ndarray, labels: np.ndarray, *, backend: str, precision: str
) -> Train:
    """On NumPy as it comes; on torch the whole step compiled into one graph."""
    compiling = True if backend == "torch" else None
    chosen = backend_named(backend).configured(
        device="cpu", precision=precision, compiling=compiling
    )
    channels, height, width = race.shape
    unit = Preprocessing(channels, height, width, mean=(0.0,) * channels, std=(1.0,) * channels)
    model = network_named(race.ours)(race.shape, 10).to(chosen)
    optimizer = _optimizer(race.rule)
    optimizer.attach(model.parameters())
    learn = learner(model, optimizer, cross_entropy, unit, chosen)
    coming = slices(len(images), race.batch_size)

    def train_on_next() -> float:
        here = next(coming)
        return learn(images[here], labels[here])

    return timed(train_on_next)


def learner(
    model: nn.Module,
    optimizer: optim.Optimizer,
    loss: Loss,
    preprocessing: Preprocessing,
    backend: Backend,
) -> Learn:
    """The step of a model whose parameters the optimizer has charge of."""
    step = make_training_step(model.train(), optimizer, loss, prepare=preprocessing.on(backend))
    paced = PacedStep(step, backend)
    lr = backend.asarray([optimizer.lr], dtype="float64")
    draws = any(isinstance(module, nn.Random) for _, module in model.named_modules())
    done = 0

    def learn(images: Array, labels: Array) -> float:
        nonlocal done
        if draws:
            nn.reseed(model, 0, done)
        done += 1
        x, targets = backend.asarray(images), backend.asarray(labels)
        with one_blas_thread:
            value, _ = paced(x, targets, lr, left=1)
        return float(value)

    return learn


def _optimizer(rule: Any) -> optim.Optimizer:
    if rule.name == "adam":
        return optim.Adam(lr=rule.lr)
    return optim.SGD(
        lr=rule.lr,
        momentum=rule.momentum,
        nesterov=rule.nesterov,
        weight_decay=rule.weight_decay,
    )
