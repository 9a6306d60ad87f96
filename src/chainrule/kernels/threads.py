"""Work shared out over the processor's cores.

NumPy lets go of Python's lock inside its loops and matrix products, so plain threads are enough.
One product at a time on each thread, BLAS kept to one thread of its own, beats BLAS's threads with
serial loops around them: the copying between the products is shared out too (conv 32 to 32 channels
on 30x30, batch 128, two cores: forward 19 ms against 28, backward 33 against 44).
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from threading import Lock, get_ident
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from chainrule.backends import Array
from chainrule.errors import UsageError
from chainrule.kernels.memory import keep_freed_memory
from chainrule.machine import available_cores

Job = TypeVar("Job")

PARTS = 8
"""Partial sums in a total, whatever the number of threads: rounding must not depend on it."""


class Team:
    """The threads that share work: the caller's own and `threads - 1` helpers."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.helpers = ThreadPoolExecutor(max(1, threads - 1), "chainrule")

    def share(self, work: Callable[[Job], object], jobs: Iterable[Job]) -> None:
        """Call work(job) for every job, each thread taking the next one when it is free."""
        jobs = list(jobs)
        turns = iter(jobs)  # a list's iterator hands out each item once, to whichever thread asks
        helpers = min(self.threads, len(jobs)) - 1
        with one_blas_thread:
            # A copied context each: NumPy's errstate holds on the helpers too.
            started = [
                self.helpers.submit(copy_context().run, _take, work, turns) for _ in range(helpers)
            ]
            try:
                _take(work, turns)
            finally:
                wait(started)  # also where one has failed: jobs write into what the caller holds
                for helper in started:
                    helper.result()


def _take(work: Callable[[Job], object], turns: Iterator[Job]) -> None:
    for job in turns:
        work(job)


class OneBlasThread:
    """A context that keeps BLAS on the thread that calls it; may be nested, and held by many.

    Besides sharing the cores badly with ours, BLAS's own threads go on spinning for a while after a
    product: small products between convolutions slowed a whole step from 23 ms to 34.
    """

    def __init__(self) -> None:
        self.holders: list[int] = []  # a thread's number, once for each time that it holds
        self.before: list[int] = []
        self.lock = Lock()

    def __enter__(self) -> None:
        with self.lock:
            if not self.holders:
                self.before = self.before or [library.get_num_threads() for library in _blas()]
                for library in _blas():
                    library.set_num_threads(1)
            self.holders.append(get_ident())

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.holders.remove(get_ident())
            if not self.holders:
                for library, count in zip(_blas(), self.before, strict=True):
                    library.set_num_threads(count)
                self.before = []

    def forget_other_threads(self) -> None:
        """In a forked child, where they are not; what they found before is put back by the next."""
        self.lock = Lock()
        self.holders = [holder for holder in self.holders if holder == get_ident()]


@cache
def _blas() -> list[Any]:
    """The doors to the thread counts of the BLAS libraries that NumPy loaded."""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


one_blas_thread = OneBlasThread()
_team: Team | None = None


def team() -> Team:
    """The team at work, put together when it is first needed."""
    global _team
    if _team is None:
        keep_freed_memory()
        _team = Team(available_cores())
    return _team


def share(work: Callable[[Job], object], jobs: Iterable[Job]) -> None:
    """Call work(job) for every job on all threads; return when all are done.

    Jobs must not touch each other's results. The first error is raised here.
    """
    team().share(work, jobs)


def total(
    term: Callable[[Job], Array], jobs: Sequence[Job], shape: tuple[int, ...], dtype: Any
) -> Array:
    """The sum of term(job) over all jobs: an array of the given shape, by all threads."""
    parts = np.zeros((min(PARTS, len(jobs)), *shape), dtype)

    def work(part: int) -> None:
        for job in jobs[part::PARTS]:
            parts[part] += term(job)

    share(work, range(len(parts)))
    return parts.sum(axis=0)


def thread_count() -> int:
    """How many threads NumPy's kernels use: the process's cores unless set_threads was called."""
    return team().threads


def set_threads(count: int) -> None:
    """Use so many threads from now on; results do not depend on it, bit for bit.

    Raises    UsageError below 1
    """
    global _team
    if count < 1:
        raise UsageError(f"set_threads: {count} threads came, but 1 or more are needed")
    _team = Team(count)


def _restart_after_fork() -> None:
    """A forked child has the bookkeeping of other threads, but not the threads."""
    one_blas_thread.forget_other_threads()
    if _team is not None:
        set_threads(_team.threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_after_fork)
