"""When a step is compiled, and when not; the backend here only pretends."""

from math import inf
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.errors import BackendError
from chainrule.training import pace
from chainrule.training.pace import TIMED, PacedStep


class Clock:
    """Every step takes a tenth of a second."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def paced(clock, worth_compiling, compiled=None):
    def step(x, labels, lr):
        clock.now += 0.1
        return "plain"

    def compile_it(function):
        assert function is step
        return compiled or (lambda x, labels, lr: "compiled")

    return PacedStep(step, SimpleNamespace(worth_compiling=worth_compiling, compile=compile_it))


def answers(step, sizes, left):
    return [step(None, np.zeros(size), 0.1, left=left) for size in sizes]


def test_a_long_training_is_compiled_after_the_first_steps(clock):
    step = paced(clock, worth_compiling=60)
    assert answers(step, [8] * (TIMED + 2), left=601) == ["plain"] * TIMED + ["compiled"] * 2
    assert step.in_words() == "compiled"


def test_a_short_training_is_not(clock):
    step = paced(clock, worth_compiling=60)
    assert answers(step, [8] * 9, left=599) == ["plain"] * 9
    assert step.in_words() == "not compiled: that takes longer than so short a training"


def test_a_last_smaller_batch_runs_uncompiled(clock):
    step = paced(clock, worth_compiling=0)
    assert answers(step, [8, 8, 8, 8, 3, 8], left=9)[3:] == ["compiled", "plain", "compiled"]


def test_a_resumed_epoch_may_begin_with_the_smaller_batch(clock):
    step = paced(clock, worth_compiling=0)
    assert answers(step, [3, 8, 8, 8, 8, 3], left=9) == ["plain"] * 4 + ["compiled", "plain"]


def test_a_library_that_compiles_nothing_is_never_asked(clock):
    step = paced(clock, worth_compiling=inf)
    assert answers(step, [8] * 9, left=10**9) == ["plain"] * 9
    assert step.in_words() == "operation by operation"


def test_where_compiling_fails_the_training_goes_on_and_says_why(clock):
    def fail(x, labels, lr):
        raise BackendError("no compiler")

    step = paced(clock, worth_compiling=0, compiled=fail)
    assert answers(step, [8] * 9, left=9) == ["plain"] * 9
    assert step.in_words() == "not compiled: no compiler"
