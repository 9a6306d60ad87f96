"""Compiled or not: compiling takes seconds, and pays only where many steps are left to do."""

import time
from math import inf

from chainrule.backends import Array, Backend
from chainrule.errors import BackendError
from chainrule.training.step import TrainingStep

TIMED = 3
"""Steps timed before anything is decided. The quickest counts: the first ones still warm up."""


class PacedStep:
    """A training step that the backend compiles once that is expected to pay.

    It pays when the steps left to do would take longer, by the quickest of the first, than the
    backend's worth_compiling. Only full batches run compiled: a last, smaller one in each epoch
    would need a graph of its own.

    compiled    the compiled step; None while there is none
    refused     why the backend could not compile, though it would have paid
    """

    def __init__(self, step: TrainingStep, backend: Backend) -> None:
        self.step = step
        self.backend = backend
        self.compiled: TrainingStep | None = None
        self.refused: str | None = None
        self._full = 0
        self._timed = 0
        self._quickest = inf

    def __call__(self, x: Array, labels: Array, lr: Array, *, left: int) -> tuple[Array, Array]:
        """One step; left: how many there are to do, this one among them."""
        if len(labels) > self._full:  # a resumed epoch may begin with its last, smaller batch
            self._full, self._timed, self._quickest = len(labels), 0, inf
            self.compiled = None
        if len(labels) < self._full:
            return self.step(x, labels, lr)
        try:
            if self.compiled is None and self._pays(left):
                self.compiled = self.backend.compile(self.step)
            if self.compiled is not None:
                return self.compiled(x, labels, lr)
        except BackendError as error:
            self.compiled, self.refused = None, str(error)
        began = time.perf_counter()
        result = self.step(x, labels, lr)
        self._timed += 1
        self._quickest = min(self._quickest, time.perf_counter() - began)
        return result

    def _pays(self, left: int) -> bool:
        if self.refused or self._timed < TIMED:
            return False
        return left * self._quickest > self.backend.worth_compiling

    def in_words(self) -> str:
        """How the steps were run."""
        if self.compiled is not None:
            return "compiled"
        if self.refused:
            return f"not compiled: {self.refused}"
        if self.backend.worth_compiling == inf:
            return "operation by operation"
        return "not compiled: that takes longer than so short a training"
