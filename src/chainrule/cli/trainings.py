"""Several trainings in a row: a bar for the one going on, a line for each that is done."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.text import Text

from chainrule.cli.console import err, say
from chainrule.cli.epochs import bar_on
from chainrule.cli.outcome import INTERRUPTED
from chainrule.cli.wording import clock, duration, percent
from chainrule.data import Dataset
from chainrule.runs import Run
from chainrule.runs.repeating import Job
from chainrule.training import Progress as Step
from chainrule.training.trainer import Callback

SILENCE = 30.0
"""Seconds without a line after which somebody reading a log would like to know."""


class TrainingsView:
    """Shows trainings on standard error; use it in a with statement.

    On a terminal there is a bar under the lines; elsewhere a line every now and then instead.
    """

    def __init__(self, total: int) -> None:
        self.total, self.number = total, 0
        self.console = err()
        self.bar = bar_on(self.console, "  {task.description}")
        self.task = self.bar.add_task("", total=None, state="preparing")
        self.said = time.perf_counter()

    @contextmanager
    def showing(self) -> Iterator["TrainingsView"]:
        """The bar, while inside."""
        with self.bar:
            yield self

    def begin(self, job: Job) -> Callback:
        """The callback that shows this training."""
        self.number += 1
        name = f"{job.recipe.name}, seed {job.seed}"
        self.bar.reset(self.task, description=name, total=None, state="preparing")
        began, steps = time.perf_counter(), 0

        def show(step: Step) -> None:
            nonlocal steps
            steps += 1
            left = (step.steps - step.done) * (time.perf_counter() - began) / steps
            self.bar.update(
                self.task,
                completed=step.done,
                total=step.steps,
                state=f"epoch {step.epoch}/{step.epochs}  {clock(left)} left  "
                f"({self.number} of {self.total})",
            )
            if step.finished is not None and step.epoch < step.epochs:
                self._say_sometimes(name, step, left)

        return show

    def end(self, run: Run, *, found: bool) -> None:
        """A line for a training that is finished; found: it was so before."""
        record = run.record
        results = record["results"]
        line = Text.assemble(
            f"  {record['recipe']:<24} seed {record['seed']:<4}",
            (f"{percent(results['test_accuracy']):>9}", "green"),
            (f"{duration(results['train_seconds']):>14}", "dim"),
            ("  found finished" if found else "", "dim"),
        )
        self.console.print(line)
        self.said = time.perf_counter()

    def _say_sometimes(self, name: str, step: Step, left: float) -> None:
        now = time.perf_counter()
        if self.console.is_terminal or now - self.said < SILENCE or step.finished is None:
            return
        self.console.print(
            Text(
                f"  {name}: epoch {step.epoch} of {step.epochs}, validation "
                f"{percent(step.finished.validation_accuracy)}, {clock(left)} left",
                "dim",
            )
        )
        self.said = now


def require_free(jobs: Sequence[Job]) -> None:
    """Refuse what is in the way of trainings, before any time is spent.

    Raises    RunError for a folder that holds something else
    """
    for job in jobs:
        job.finished()


def do(jobs: Sequence[Job], dataset: Dataset, *, after: Callable[[list[Run]], None]) -> list[Run]:
    """Every training, found finished, gone on with, or done from the start.

    after: told of all that is finished, after each

    Ctrl-C saves, says how to go on, and ends the program.
    """
    runs = list[Run]()
    try:
        with TrainingsView(len(jobs)).showing() as view:
            for job in jobs:
                was_finished = job.finished() is not None
                runs.append(job.do(dataset, [view.begin(job)]))
                view.end(runs[-1], found=was_finished)
                after(runs)
    except KeyboardInterrupt:
        say(
            f"interrupted: {len(runs)} of {len(jobs)} trainings are finished, and what was learned "
            "since is kept; the same command goes on from there",
            "yellow",
        )
        raise typer.Exit(INTERRUPTED) from None
    return runs
