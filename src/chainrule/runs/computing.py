"""What a run computes with: as the user asks, or whatever is likely to be done first."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from chainrule.backends import NUMPY, Backend, backend_named, why_no_torch
from chainrule.data import Split
from chainrule.runs.classifier import Classifier, build
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step
from chainrule.zoo import Settings

SHORT = 20.0
"""Seconds of work on NumPy up to which torch is not worth its start of some seconds."""

PROBE = 8
"""Images tried before whole batches are: enough to know a long training as one."""


@dataclass(frozen=True)
class Computing:
    """A backend, and why this one."""

    backend: Backend
    reason: str


@dataclass(frozen=True)
class Wish:
    """What the user asks for: names, or "auto"; compiling: always, never, or None where it pays.

    Raises    BackendError for what is not there, as soon as it is made
    """

    backend: str = "auto"
    device: str = "auto"
    precision: str = "auto"
    compiling: bool | None = None

    def __post_init__(self) -> None:
        if self.backend != "auto" or self._is_particular:
            self._granted()

    def for_training(self, settings: Settings, train: Split, classes: Sequence[Any]) -> Computing:
        """What to train with."""
        return self._chosen(lambda: _training_seconds(settings, train, classes))

    def for_use(self, classifier: Classifier, images: int) -> Computing:
        """What to measure or predict with, on so many images."""
        return self._chosen(lambda: _prediction_seconds(classifier, images))

    def for_long(self) -> Computing:
        """What to compute with where torch's start of some seconds cannot matter."""
        return self._chosen(lambda: inf)

    @property
    def _is_particular(self) -> bool:
        """Whether it asks for what only torch has."""
        plain = (("auto", "cpu"), ("auto", "float32"), (None, False))
        mine = (self.device, self.precision, self.compiling)
        return any(one not in those for one, those in zip(mine, plain, strict=True))

    def _granted(self) -> Backend:
        name = "torch" if self.backend == "auto" else self.backend
        return backend_named(name).configured(
            device=self.device, precision=self.precision, compiling=self.compiling
        )

    def _chosen(self, numpy_seconds: Callable[[], float]) -> Computing:
        if self.backend != "auto" or self._is_particular:
            backend = self._granted()
            return Computing(backend, backend.remark)
        if missing := why_no_torch():
            return Computing(NUMPY, missing)
        seconds = numpy_seconds()
        if seconds < SHORT:
            few = (
                f"about {max(1, round(seconds))} s of work, too few for torch to be worth its start"
            )
            return Computing(NUMPY, few)
        backend = self._granted()
        return Computing(backend, backend.remark)


def facts_of(computing: Computing) -> dict[str, Any]:
    """What a run's record says of it, for people and for backend_of_record."""
    backend = computing.backend
    compiling = {0.0: True, inf: False}.get(backend.worth_compiling)
    return {
        "backend": backend.name,
        "device": backend.device,
        "precision": backend.precision,
        "compiling": None if backend is NUMPY else compiling,
        "computing": backend.in_words(),
        "reason": computing.reason,
    }


def backend_of_record(record: dict[str, Any]) -> Backend:
    """What a run was begun with; older ones had one device and one precision.

    Raises    BackendError where it is not there
    """
    return backend_named(record["backend"]).configured(
        device=record.get("device", "cpu"),
        precision=record.get("precision", "float32"),
        compiling=record.get("compiling"),
    )


def _training_seconds(settings: Settings, train: Split, classes: Sequence[Any]) -> float:
    """About how long NumPy would train: the steps alone."""
    preprocessing = settings.make_preprocessing(train.images[:PROBE])
    model = build(settings.network, preprocessing, classes, seed=0)
    optimizer = settings.make_optimizer()
    optimizer.attach(model.parameters())
    step = make_training_step(model.train(), optimizer, cross_entropy)
    lr = NUMPY.asarray([0.0], dtype="float64")

    def seconds_for(count: int) -> float:
        x = preprocessing(train.images[:count])
        return _quickest(lambda: step(x, train.labels[:count], lr))

    return _extrapolated(seconds_for, settings.batch_size, settings.epochs * len(train))


def _prediction_seconds(classifier: Classifier, images: int) -> float:
    """About how long NumPy would look at so many images."""
    preprocessing, evaluator = classifier.preprocessing, classifier.evaluator()
    shape = (PROBE, preprocessing.channels, preprocessing.height, preprocessing.width)
    blank = NUMPY.xp.zeros(shape, dtype="uint8")

    def seconds_for(count: int) -> float:
        return _quickest(lambda: evaluator.probabilities(blank[:count]))

    return _extrapolated(seconds_for, PROBE, images)


def _extrapolated(seconds_for: Callable[[int], float], batch: int, images: int) -> float:
    """Seconds for all images, from a few; from a whole batch where those leave it open."""
    few = min(PROBE, batch)
    seconds = seconds_for(few) * images / few
    if seconds < SHORT or seconds > 4 * SHORT:  # a batch takes less for each, but not that much
        return seconds
    return seconds_for(batch) * images / batch


def _quickest(work: Callable[[], Any]) -> float:
    """Seconds of the quicker of two times: the first one warms up."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)
