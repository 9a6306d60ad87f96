"""When a step is compiled, and when not; the backend here only pretends."""

from math import inf

import numpy as np
import pytest

from chainrule.backends import NUMPY, backend_of
from chainrule.backends.numpy import NumpyBackend
from chainrule.errors import BackendError
from chainrule.training import pace
from chainrule.training.pace import TIMED, PacedStep


class Clock:
    """Every step takes a tenth of a second, and so does compiling."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


class Pretender(NumpyBackend):
    """A backend whose compiled steps answer "compiled"; the first one compiles a graph."""

    graphs = 0

    def __init__(self, worth_compiling, clock, compiled):
        super().__init__()
        self.worth_compiling = worth_compiling
        self.clock = clock
        self.compiled = compiled

    def compile(self, function):
        def first_compiles(x, others):
            if not self.graphs:
                self.clock.now += 7.0
                self.graphs = 1
            return "compiled"

        return self.compiled or first_compiles


def paced(clock, worth_compiling, compiled=None):
    def step(x, others):
        clock.now += 0.1
        return "plain"

    return PacedStep(step, Pretender(worth_compiling, clock, compiled))


def answers(step, sizes, left):
    return [step(np.zeros(size), "others", left=left) for size in sizes]


def test_a_long_training_is_compiled_after_the_first_steps(clock):
    step = paced(clock, worth_compiling=60)
    assert answers(step, [8] * (TIMED + 2), left=601) == ["plain"] * TIMED + ["compiled"] * 2
    assert (step.graphs, step.compile_seconds) == (1, 7.0)
    assert step.in_words() == "compiled (1 graph, 7 s)"


def test_a_short_training_is_not(clock):
    step = paced(clock, worth_compiling=60)
    assert answers(step, [8] * 9, left=599) == ["plain"] * 9
    assert step.in_words() == "not compiled: that takes longer than so short a training"


def test_a_last_smaller_batch_runs_uncompiled(clock):
    step = paced(clock, worth_compiling=1e-9)
    assert answers(step, [8, 8, 8, 8, 3, 8], left=9)[3:] == ["compiled", "plain", "compiled"]


def test_a_resumed_epoch_may_begin_with_the_smaller_batch(clock):
    step = paced(clock, worth_compiling=1e-9)
    assert answers(step, [3, 8, 8, 8, 8, 3], left=9) == ["plain"] * 4 + ["compiled", "plain"]


def test_a_larger_batch_is_full_from_then_on(clock):
    step = paced(clock, worth_compiling=1e-9)
    assert answers(step, [8, 8, 8, 8, 9, 8], left=9)[3:] == ["compiled", "plain", "plain"]


def test_who_begins_with_smaller_batches_has_these_compiled(clock):
    step = paced(clock, worth_compiling=1e-9)
    assert answers(step, [8] * 4, left=9)[-1] == "compiled"
    step.begin(5)
    assert step.in_words().startswith("not compiled")
    assert answers(step, [5, 5, 5, 5, 3], left=9) == ["plain"] * 3 + ["compiled", "plain"]


def test_who_begins_with_batches_of_the_same_size_goes_on_compiled(clock):
    step = paced(clock, worth_compiling=1e-9)
    answers(step, [8] * 4, left=9)
    step.begin(8)
    assert answers(step, [3, 8], left=9) == ["plain", "compiled"]


class Compiling(NumpyBackend):
    """A backend that notes the sizes of the batches that run compiled."""

    worth_compiling = 0.0
    graphs = 0

    def __init__(self):
        super().__init__()
        self.kernels = NUMPY.kernels
        self.sizes = []

    def compile(self, function):
        def noting(x, *others):
            self.sizes.append(len(x))
            return function(x, *others)

        return noting


def test_another_fit_with_smaller_batches_compiles_these(trainer, digits):
    backend = Compiling()
    one = trainer(backend=backend)
    images = digits.train.subset(slice(0, 50))
    one.fit(images, epochs=1, batch_size=40)
    one.fit(images, epochs=1, batch_size=20)
    assert backend.sizes == [40, 20, 20]


def test_a_library_that_compiles_nothing_is_never_asked(clock):
    step = paced(clock, worth_compiling=inf)
    assert answers(step, [8] * 9, left=10**9) == ["plain"] * 9
    assert step.in_words() == "not compiled"


def refusing(x, others):
    raise BackendError("no compiler")


def test_where_compiling_fails_the_training_goes_on_and_says_why(clock):
    step = paced(clock, worth_compiling=1e-9, compiled=refusing)
    assert answers(step, [8] * 9, left=9) == ["plain"] * 9
    assert step.in_words() == "not compiled: no compiler"


def test_who_insists_on_compiling_has_it_from_the_first_step_on(clock):
    step = paced(clock, worth_compiling=0)
    assert answers(step, [8, 8, 3], left=1) == ["compiled", "compiled", "plain"]


def test_who_insists_on_compiling_is_told_when_it_fails(clock):
    step = paced(clock, worth_compiling=0, compiled=refusing)
    with pytest.raises(BackendError, match="no compiler"):
        answers(step, [8], left=9)


def test_a_step_runs_in_the_device_and_precision_of_its_backend(clock):
    seen = []
    backend = Pretender(inf, clock, None)
    PacedStep(lambda x: seen.append(backend_of(x)), backend)(np.zeros(1), left=1)
    assert seen == [backend]
    assert backend_of(np.zeros(1)) is not backend
