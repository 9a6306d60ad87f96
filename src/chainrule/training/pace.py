"""Compiled or not: compiling takes seconds, and pays only where many steps are left to do."""

import time
from collections.abc import Callable
from math import inf
from typing import Any

from chainrule.backends import Array, Backend, using
from chainrule.errors import BackendError

TIMED = 3
"""Steps timed before anything is decided. The quickest counts: the first ones still warm up."""

GRAPHS = 3
"""Graphs of one step before it counts as one that changes every time. A second one is for what has
changed once, such as parts that were frozen."""

Step = Callable[..., Any]
"""(x, ...) -> results, where x is a batch."""


class PacedStep:
    """A step that the backend compiles once that is expected to pay.

    It pays when the steps left to do would take longer, by the quickest of the first, than the
    backend's worth_compiling; where that is 0, it is compiled at once, and has to succeed. Only
    full batches run compiled: a last, smaller one in each epoch would need a graph of its own. Full
    are those of the size that begin was told, and larger ones.

    compiled         the compiled step; None while there is none
    refused          why the backend could not compile, though it would have paid
    taken            how many steps there were
    graphs           how many graphs were compiled: 1, unless something changes from step to step
    compile_seconds  that their first steps took
    """

    def __init__(self, step: Step, backend: Backend) -> None:
        self.step = step
        self.backend = backend
        self.compiled: Step | None = None
        self.refused: str | None = None
        self.taken = 0
        self.graphs = 0
        self.compile_seconds = 0.0
        self._full = 0
        self._made = 0
        self._timed = 0
        self._quickest = inf

    def begin(self, full: int) -> None:
        """Full batches have so many examples from now on; for a new size all is timed anew."""
        self._made = 0
        if full != self._full:
            self._full, self._timed, self._quickest = full, 0, inf
            self.compiled = None

    def __call__(self, x: Array, *others: Array, left: int) -> Any:
        """One step; left: how many there are to do, this one among them."""
        self.taken += 1
        with using(self.backend):
            if len(x) > self._full:
                self.begin(len(x))
            if len(x) < self._full:
                return self.step(x, *others)
            try:
                if self.compiled is None and self._pays(left):
                    self.compiled = self.backend.compile(self.step)
                if self.compiled is not None:
                    self._refuse_to_go_on_compiling()
                    return self._counted(self.compiled, x, *others)
            except BackendError as error:
                if self.backend.worth_compiling == 0:
                    raise
                self.compiled, self.refused = None, str(error)
            return self._timed_step(x, *others)

    def _refuse_to_go_on_compiling(self) -> None:
        if self._made > GRAPHS:
            raise BackendError(
                f"the step was compiled {self._made} times and would be again: something in it "
                "changes from step to step, such as a number that a layer counts up. Make it an "
                "array, or leave it out"
            )

    def _timed_step(self, *arrays: Array) -> Any:
        began = time.perf_counter()
        result = self.step(*arrays)
        self._timed += 1
        self._quickest = min(self._quickest, time.perf_counter() - began)
        return result

    def _counted(self, compiled: Step, *arrays: Array) -> Any:
        before, began = self.backend.graphs, time.perf_counter()
        result = compiled(*arrays)
        if made := self.backend.graphs - before:
            self.graphs += made
            self._made += made
            self.compile_seconds += time.perf_counter() - began
        return result

    def _pays(self, left: int) -> bool:
        if self.refused:
            return False
        if self.backend.worth_compiling == 0:
            return True
        return self._timed >= TIMED and left * self._quickest > self.backend.worth_compiling

    def in_words(self) -> str:
        """How the steps were run."""
        if self.compiled is not None:
            graphs = "1 graph" if self.graphs == 1 else f"{self.graphs} graphs"
            return f"compiled ({graphs}, {self.compile_seconds:.0f} s)"
        if self.refused:
            return f"not compiled: {self.refused}"
        if self.backend.worth_compiling == inf:
            return "not compiled"
        return "not compiled: that takes longer than so short a training"
