"""A short training before the real one: how fast this machine is, and what mirrors do."""

import math
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Backend
from chainrule.data import Progress, Split, split
from chainrule.nn import init
from chainrule.training import Trainer
from chainrule.training.trainer import Progress as Step
from chainrule.zoo.own.budget import Pace
from chainrule.zoo.recipe import Builder, Settings

IMAGES, LEAST = 16_000, 8_000
"""Images to learn from, one pass or several: an accuracy well over chance, in half a minute; and
what a slow machine takes up to twice the time for."""
EPOCHS = 10
BATCH = 32
"""Images per step: from so few images, more steps teach more than larger ones."""
TIMED = 8
"""Steps of the real size by which the pace is taken; the first two warm up."""
LOOKED_AT = 4_000
"""Held-out images judged by."""
HALVED = 2_000
"""Images below which half of them are held out, above a tenth: that would be too few."""


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """What a short training saw.

    pace      of the machine
    labels    (N,) the true classes of images held out
    straight  (N,) what they were taken for
    mirrored  (N,) what their mirror images were taken for
    """

    pace: Pace
    labels: NDArray[np.int64]
    straight: NDArray[np.int64]
    mirrored: NDArray[np.int64]


def rehearse(
    build: Builder,
    settings: Settings,
    examples: Split,
    classes: int,
    *,
    seconds: float,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> Rehearsal:
    """Train for a short time, without mirrors, on some of the images, and look at the others.

    build     makes the network
    seconds   what it may take, about
    progress  called after each step with (done, steps)

    Raises    what Trainer.fit raises
    """
    amount = 0.5 if len(examples) < HALVED else 0.1
    rest, held_out = split(examples, amount, seed=seed)
    held_out = some(held_out, LOOKED_AT, seed)
    backend = backend.configured(  # so short a training is over before compiling would pay
        device=backend.device, precision=backend.precision, compiling=False
    )
    shape = examples.images.shape[1:]
    preprocessing = settings.make_preprocessing(rest.images)

    def train(batch_size: int, images: int, clock: _Clock) -> Trainer:
        """A network after so many images, none of them mirrored."""
        with init.seeded(seed):
            model = build(shape, classes)
        smaller = replace(
            settings, flip=False, lr=settings.lr * math.sqrt(batch_size / settings.batch_size)
        )
        trainer = smaller.make_trainer(
            model,
            preprocessing,
            seed=seed,
            class_counts=np.bincount(rest.labels, minlength=classes).tolist(),
            callbacks=[clock],
            backend=backend,
        )
        part = some(rest, images, seed)
        trainer.fit(part, epochs=math.ceil(images / len(part)), batch_size=batch_size)
        return trainer

    real = min(settings.batch_size, len(rest))
    clock = _Clock()
    train(real, TIMED * real, clock)
    step = float(np.median(clock.seconds[2:]))
    affordable = int(seconds / step * real)
    images = min(IMAGES, max(affordable, min(LEAST, 2 * affordable)), EPOCHS * len(rest))
    trainer = train(min(BATCH, real), max(images, BATCH), _Clock(progress))
    began = time.perf_counter()
    straight = trainer.predict(held_out.images).argmax(axis=1)
    look = (time.perf_counter() - began) / len(held_out)
    mirrored = trainer.predict(held_out.images[..., ::-1]).argmax(axis=1)
    return Rehearsal(Pace(step, look), held_out.labels, straight, mirrored)


def some(examples: Split, images: int, seed: int) -> Split:
    """So many of the images, of every class its share; all where there are no more."""
    return examples if images >= len(examples) else split(examples, images, seed=seed)[1]


class _Clock:
    """A callback that takes the time of every step."""

    def __init__(self, report: Progress | None = None) -> None:
        self.report = report
        self.seconds: list[float] = []
        self.last = time.perf_counter()

    def __call__(self, step: Step) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now
        if self.report is not None:
            self.report((step.epoch - 1) * step.batches + step.batch, step.epochs * step.batches)
