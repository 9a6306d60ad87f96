"""Steps timed while the Trainer takes them: what is measured is what train does."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf
from statistics import median, quantiles
from typing import Any

import numpy as np

from chainrule.data import Progress
from chainrule.errors import UsageError
from chainrule.optim import Listener
from chainrule.runs.bench.breakdown import Part, parts_of, watched
from chainrule.runs.bench.material import Material
from chainrule.runs.bench.process import peak_memory_mb, start_seconds, waiting_for
from chainrule.runs.bench.stopwatch import Stopwatch
from chainrule.runs.classifier import build
from chainrule.runs.computing import Computing
from chainrule.runs.record import surroundings
from chainrule.training.pace import TIMED
from chainrule.zoo import Recipe

WARM_UP = 2
"""Steps that do not count: memory is taken and caches fill."""
LEAST = 3
"""Steps that count at least, however long they take."""
LOOKED_INTO = 0.25
"""The share of the time in which the parts of a step are timed, for that costs a little itself."""
ENDLESS = 10**9
"""Epochs: more than anybody waits for."""


@dataclass(frozen=True)
class Measurement:
    """How fast a recipe trains, and with what.

    images_per_second  batch_size over the median step
    step_ms_median, step_ms_quartiles, steps
                       of the steps that count: from one loss to the next, feeding among them
    peak_memory_mb     of the process, or of the GPU that computes; None where nobody tells
    compile_seconds, graphs
                       what compiling took, and how many graphs came of it
    start_seconds      until a new process has imported chainrule and the backend's library
    warm_up_seconds    until steps counted, compiling not among them
    how                how the backend ran the steps, in words
    breakdown          the parts of a step, which add up to one; from steps of their own
    """

    recipe: str
    data: str
    batch_size: int
    backend: str
    device: str
    precision: str
    how: str
    reason: str
    images_per_second: float
    step_ms_median: float
    step_ms_quartiles: tuple[float, float]
    steps: int
    peak_memory_mb: float | None
    compile_seconds: float
    graphs: int
    start_seconds: float
    warm_up_seconds: float
    breakdown: tuple[Part, ...]
    processor: str
    cores: int
    versions: dict[str, str]
    started: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def bench(
    recipe: Recipe,
    material: Material,
    computing: Computing,
    *,
    seconds: float,
    progress: Progress | None = None,
) -> Measurement:
    """Train for about so long, after warming up, and say how fast that went.

    Raises    UsageError for seconds that are no time; what Trainer.fit raises, where memory ends
              among others
    """
    if not 0 < seconds < inf:
        raise UsageError(f"seconds is {seconds:g}, but a time over 0 is needed: 8, for example")
    backend = computing.backend
    starting = start_seconds(backend)
    training = _Training(recipe, material, computing)
    began = time.perf_counter()
    training.steps(training.is_warm)
    warm_up = time.perf_counter() - began - training.trainer.compile_seconds

    taken = training.steps(_after(seconds, progress))
    peak = peak_memory_mb(backend)
    middle = median(taken)
    lower, _, upper = quantiles(taken, n=4, method="inclusive")
    around = surroundings(backend)
    return Measurement(
        recipe=recipe.name,
        data=material.words,
        batch_size=recipe.settings.batch_size,
        backend=backend.name,
        device=backend.device,
        precision=backend.precision,
        how=training.trainer.steps,
        reason=computing.reason,
        images_per_second=recipe.settings.batch_size / middle,
        step_ms_median=1e3 * middle,
        step_ms_quartiles=(1e3 * lower, 1e3 * upper),
        steps=len(taken),
        peak_memory_mb=peak,
        compile_seconds=training.trainer.compile_seconds,
        graphs=training.trainer.graphs,
        start_seconds=starting,
        warm_up_seconds=warm_up,
        breakdown=training.breakdown(LOOKED_INTO * seconds),
        processor=around["machine"]["processor"],
        cores=around["machine"]["cores"],
        versions=around["versions"],
        started=around["started"],
    )


class _Enough(Exception):  # noqa: N818, it is no error: the way out of a training
    """The steps that were wanted are done."""


class _Training:
    """A training without end, some steps at a time."""

    def __init__(self, recipe: Recipe, material: Material, computing: Computing) -> None:
        settings = recipe.settings
        if isinstance(settings.make_schedule(), Listener):  # nothing is validated here
            settings = replace(settings, schedule="constant")
        self.batch_size = settings.batch_size
        self.train = material.train
        self.backend = computing.backend
        labels = material.train.labels
        preprocessing = settings.make_preprocessing(material.train.images)
        self.trainer = settings.make_trainer(
            build(settings.network, preprocessing, material.classes, seed=0),
            preprocessing,
            seed=0,
            class_counts=np.bincount(labels, minlength=len(material.classes)).tolist(),
            backend=self.backend,
        )
        self._graphs = self._steps_before = 0

    def steps(self, enough: Callable[[list[float]], bool]) -> list[float]:
        """The seconds of each step until there are enough; the first, with all that begins a
        training, is not among them.
        """
        taken: list[float] = []
        last = 0.0

        def watch(_: object) -> None:
            nonlocal last
            if last:
                taken.append(time.perf_counter() - last)
            if enough(taken):
                raise _Enough
            last = time.perf_counter()

        self.trainer.callbacks = (watch,)
        try:
            self.trainer.fit(self.train, epochs=ENDLESS, batch_size=self.batch_size)
        except _Enough:
            return taken
        raise AssertionError("an endless training has ended")

    def is_warm(self, taken: list[float]) -> bool:
        """Whether some steps have passed since the last one in which something was compiled."""
        if self.trainer.graphs > self._graphs:
            self._graphs, self._steps_before = self.trainer.graphs, len(taken)
        may_compile = 0 < self.backend.worth_compiling < inf
        least = TIMED + WARM_UP if may_compile and not self._graphs else WARM_UP
        return len(taken) >= self._steps_before + least

    def breakdown(self, seconds: float) -> tuple[Part, ...]:
        """The parts of a step, from steps that are taken for it."""
        watch = Stopwatch(waiting_for(self.backend))
        enough, counted = _after(seconds), list[float]()

        def restarting(taken: list[float]) -> bool:
            if not taken:
                watch.seconds.clear()
            counted[:] = taken
            return enough(taken)

        with watched(watch, inside=not self.trainer.graphs):
            self.steps(restarting)
        return tuple(parts_of(watch, len(counted), sum(counted)))


def _after(seconds: float, progress: Progress | None = None) -> Callable[[list[float]], bool]:
    """Whether the steps so far have taken so long, and are not too few; to be asked after each."""
    passed = 0.0

    def enough(taken: list[float]) -> bool:
        nonlocal passed
        passed += sum(taken[-1:])
        if progress is not None:
            progress(min(int(10 * passed), int(10 * seconds)), int(10 * seconds))
        return len(taken) >= LEAST and passed >= seconds

    return enough
