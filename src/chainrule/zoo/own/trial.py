"""Short trainings of a network that nobody keeps, for what they show."""

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from chainrule.backends import Backend
from chainrule.data import Preprocessing, Progress, Split, split
from chainrule.errors import BackendError
from chainrule.nn import init
from chainrule.training import Trainer
from chainrule.training.trainer import Progress as Step
from chainrule.zoo.recipe import Builder, Settings

TIMED = 8
"""Steps of the real size by which the pace is taken; the first two warm up."""


@dataclass(frozen=True)
class Trial:
    """What is tried, and on what.

    build          makes the network
    settings       of the training that is to come
    examples       to learn from
    classes        how many there are
    preprocessing  of the training that is to come
    backend        that will compute it
    """

    build: Builder
    settings: Settings
    examples: Split
    classes: int
    preprocessing: Preprocessing
    seed: int
    backend: Backend

    @property
    def batch_size(self) -> int:
        """Images of a real step."""
        return min(self.settings.batch_size, len(self.examples))

    def train(
        self,
        images: int,
        batch_size: int,
        *,
        compiling: bool = False,
        progress: Progress | None = None,
    ) -> tuple[Trainer, list[float]]:
        """A trainer whose network has seen so many images, none mirrored; each step's seconds.

        progress  called after each step with (done, steps)

        Raises    what Trainer.fit raises
        """
        with init.seeded(self.seed):
            model = self.build(self.examples.images.shape[1:], self.classes)
        rates = math.sqrt(batch_size / self.settings.batch_size)
        settings = replace(self.settings.at_rates(rates), flip=False)
        backend = self.backend
        clock = _Clock(progress)
        trainer = settings.make_trainer(
            model,
            self.preprocessing,
            seed=self.seed,
            class_counts=np.bincount(self.examples.labels, minlength=self.classes).tolist(),
            callbacks=[clock],
            backend=backend.configured(
                device=backend.device, precision=backend.precision, compiling=compiling
            ),
        )
        part = some(self.examples, images, self.seed)
        trainer.fit(part, epochs=math.ceil(images / len(part)), batch_size=batch_size)
        return trainer, clock.seconds

    def seconds_per_step(self, *, compiling: bool = False) -> float:
        """Of a real step; the first ones, which warm up or compile, are left out."""
        images = TIMED * self.batch_size
        _, seconds = self.train(images, self.batch_size, compiling=compiling)
        return float(np.median(seconds[2:]))

    def pace_within(self, budget: float) -> float:
        """Seconds per step of a training that may take so many seconds: compiled where that pays.

        By the rule of the trainer: where the steps would take longer than the backend's
        worth_compiling.
        """
        step = self.seconds_per_step()
        steps = self.settings.epochs * math.ceil(len(self.examples) / self.batch_size)
        if min(budget, steps * step) <= self.backend.worth_compiling:
            return step
        try:
            return self.seconds_per_step(compiling=True)
        except BackendError:  # no compiler here: the training will say so, and do without
            return step


def some(examples: Split, images: int, seed: int) -> Split:
    """So many of the images, of every class its share; all where there are no more."""
    return examples if images >= len(examples) else split(examples, images, seed=seed)[1]


class _Clock:
    """A callback that takes the time of every step."""

    def __init__(self, report: Progress | None) -> None:
        self.report = report
        self.seconds: list[float] = []
        self.last = time.perf_counter()

    def __call__(self, step: Step) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now
        if self.report is not None:
            self.report(step.done, step.steps)
