"""A short training before the real one: what mirrors do, and how fast this machine is."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Backend
from chainrule.data import Preprocessing, Progress, Split, split
from chainrule.data.sets import in_blocks
from chainrule.training.test_time import mirrored, views_named
from chainrule.zoo.own.budget import Pace
from chainrule.zoo.own.trial import Trial, some
from chainrule.zoo.recipe import Builder, Settings

SHARE = 0.05
"""Of the training's time, what a rehearsal may take."""
IMAGES = 16_000
"""Looked at by learning, at most, in one pass or several: in half a minute, well over chance."""
LEAST = 8_000
"""Where SHARE of the time allows fewer than these, up to twice that share is taken."""
EPOCHS = 10
"""Passes at most over the images that are learned from."""
BATCH = 32
"""Images per step: from so few images, more steps teach more than larger ones."""
LOOKED_AT = 4_000
"""Held-out images judged by."""
HALVED = 2_000
"""With fewer images than these, half of them are held out: a tenth would be too few to judge by."""


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
    minutes: float,
    preprocessing: Preprocessing | None = None,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> Rehearsal:
    """Train for a short time, without mirrors, on some of the images, and look at the others.

    build          makes the network
    minutes        what the training that is rehearsed may take
    preprocessing  of that training; fitted to the images learned from unless given
    progress       called after each step with (done, steps)

    Raises    what Trainer.fit raises
    """
    amount = 0.5 if len(examples) < HALVED else 0.1
    rest, held_out = split(examples, amount, seed=seed)
    held_out = some(held_out, LOOKED_AT, seed)
    preprocessing = preprocessing or settings.make_preprocessing(rest.images)
    trial = Trial(build, settings, rest, classes, preprocessing, seed, backend)
    step = trial.pace_within(60 * minutes)
    affordable = int(SHARE * 60 * minutes / step * trial.batch_size)
    images = min(IMAGES, max(affordable, min(LEAST, 2 * affordable)), EPOCHS * len(rest))
    trainer, _ = trial.train(max(images, BATCH), min(BATCH, trial.batch_size), progress=progress)
    began = time.perf_counter()
    straight = trainer.predict(held_out.images).argmax(axis=1)
    looks = len(held_out) * len(views_named(settings.test_time))
    look = (time.perf_counter() - began) / looks
    blocks = [trainer.predict(mirrored(block)) for block in in_blocks(held_out.images)]
    other_way = np.concatenate(blocks).argmax(axis=1)
    return Rehearsal(Pace(step, look), held_out.labels, straight, other_way)
