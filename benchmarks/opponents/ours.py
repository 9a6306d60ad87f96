"""chainrule, by the step that its Trainer runs."""

from typing import Any

import numpy as np

from chainrule import nn, optim
from chainrule.backends import backend_named
from chainrule.data import Preprocessing
from chainrule.kernels import one_blas_thread
from chainrule.training.losses import cross_entropy
from chainrule.training.pace import PacedStep
from chainrule.training.step import make_training_step
from chainrule.zoo import network_named
from opponents import Train, slices, timed


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
    model = network_named(race.ours)(race.shape, 10).to(chosen).train()
    optimizer = _optimizer(race.rule)
    optimizer.attach(model.parameters())
    step = make_training_step(model, optimizer, cross_entropy, prepare=unit.on(chosen))
    learn = PacedStep(step, chosen)
    lr = chosen.asarray([optimizer.lr], dtype="float64")
    draws = any(isinstance(module, nn.Random) for _, module in model.named_modules())
    coming = slices(len(images), race.batch_size)
    done = 0

    def train_on_next() -> float:
        nonlocal done
        if draws:
            nn.reseed(model, 0, done)
        done += 1
        here = next(coming)
        x, targets = chosen.asarray(images[here]), chosen.asarray(labels[here])
        with one_blas_thread:
            loss, _ = learn(x, targets, lr, left=1)
        return float(loss)

    return timed(train_on_next)


def _optimizer(rule: Any) -> optim.Optimizer:
    if rule.name == "adam":
        return optim.Adam(lr=rule.lr)
    return optim.SGD(
        lr=rule.lr,
        momentum=rule.momentum,
        nesterov=rule.nesterov,
        weight_decay=rule.weight_decay,
    )
