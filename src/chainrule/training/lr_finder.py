"""A learning rate found by trying: it rises from step to step until the loss explodes."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Backend, using
from chainrule.data import Images, Labels, Preprocessing, Progress, Split, batches
from chainrule.errors import SearchError, UsageError
from chainrule.nn import Module, reseed
from chainrule.optim import Group, Optimizer
from chainrule.training.evaluator import Evaluator
from chainrule.training.losses import Loss, loss_named
from chainrule.training.memory import batch_that_fits
from chainrule.training.step import make_training_step
from chainrule.training.taking_part import batches_learned

EXPLODED = 4.0
"""A smoothed loss this many times the lowest ends the search."""
SETTLING = 10
"""Steps over which the smoothed loss comes to rest; none of them is suggested."""


@dataclass(frozen=True, eq=False)
class LearningRates:
    """What a search for a learning rate saw.

    rates       (T,) the learning rate of each step, rising evenly on a logarithmic scale
    losses      (T,) the training loss at that step, smoothed
    suggestion  where the loss fell most steeply over the logarithm of the rate
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    suggestion: float


def find_learning_rate(
    model: Module,
    examples: Split,
    *,
    optimizer: Optimizer,
    groups: Callable[[Module], Sequence[Group]] | None = None,
    loss: str | Loss = "cross_entropy",
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
    batch_size: int = 128,
    preprocessing: Preprocessing | None = None,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> LearningRates:
    """Train a copy of the model while the learning rate rises, and see where that works best.

    model, optimizer  neither is touched; the optimizer's own learning rate plays no part
    groups            what a model learns, for the optimizer: all of it alike unless given
    lowest, highest   the learning rates of the first step and of the last
    smoothing         how much of each mean loss is the one before, in [0, 1)
    progress          called after each step with (done, steps); an exploding loss ends it early

    Raises    UsageError for numbers out of range; SearchError when no rate made the loss fall;
              TrainingError for a batch that finds no memory
    Source    Smith 2017, arXiv 1506.01186, section 3.3
    """
    _check(lowest, highest, steps, smoothing)
    preprocessing = preprocessing or Preprocessing.fit(examples.images)
    loss = loss_named(loss)
    trial = copy.deepcopy(model).to(backend)
    measures = Evaluator(trial, preprocessing, backend=backend)
    measures.adapt(examples.images)
    measures.check(examples)
    learner = optimizer.renewed()
    learner.attach(trial.parameters() if groups is None else groups(trial))
    prepare = preprocessing.on(backend)
    learn = make_training_step(trial.train(), learner, loss, prepare=prepare)
    rates = np.geomspace(lowest, highest, steps)
    losses: list[float] = []
    mean = 0.0
    # To explode is what it is there for.
    with np.errstate(over="ignore", invalid="ignore"), using(backend):
        stream = _stream(trial, examples, batch_size, seed, steps)
        for step, (images, labels) in enumerate(stream):
            reseed(trial, seed, step)
            x, t = backend.asarray(images), backend.asarray(labels)
            with batch_that_fits(trial, loss, x, t, backend, prepare=prepare):
                value, _ = learn(x, t, backend.asarray(rates[[step]], dtype="float64"))
            mean = smoothing * mean + (1 - smoothing) * float(value)
            smoothed = mean / (1 - smoothing ** (step + 1))  # mean started at 0
            if not smoothed < EXPLODED * min(losses, default=math.inf):  # nor a NaN
                break
            losses.append(smoothed)
            if progress is not None:
                progress(step + 1, steps)
    return _judged(rates[: len(losses)], np.array(losses))


def _check(lowest: float, highest: float, steps: int, smoothing: float) -> None:
    if not 0 < lowest < highest < math.inf:
        raise UsageError(
            f"learning rates from {lowest} to {highest} are no search: give a lowest over 0 and a "
            "highest over that"
        )
    if steps < SETTLING * 2:
        raise UsageError(f"steps is {steps}, but at least {SETTLING * 2} are needed for a curve")
    if not 0 <= smoothing < 1:
        raise UsageError(f"smoothing is {smoothing}, but a share in [0, 1) is needed")


def _stream(
    model: Module, examples: Split, batch_size: int, seed: int, steps: int
) -> Iterator[tuple[Images, Labels]]:
    """As many batches as there are steps, epoch after epoch."""
    epochs = (
        islice(
            batches(examples, batch_size, seed=seed, epoch=epoch),  # refuses a size that is none
            batches_learned(model, len(examples), batch_size),
        )
        for epoch in count(1)
    )
    return islice(chain.from_iterable(epochs), steps)


def _judged(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> LearningRates:
    """The search with its suggestion."""
    lowest = int(losses.argmin()) if len(losses) else 0
    if lowest <= SETTLING:
        raise SearchError(
            "no learning rate made the loss fall before it exploded: try a smaller lowest, more "
            "steps, and look for extreme values in the data"
        )
    slopes = np.gradient(losses, np.log(rates))
    steepest = SETTLING + int(slopes[SETTLING : lowest + 1].argmin())
    return LearningRates(rates, losses, float(rates[steepest]))
