"""A training while it goes on: a bar for this epoch, and a line for each one that is done."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from chainrule.cli.console import err
from chainrule.cli.wording import clock, duration, percent
from chainrule.runs.watching import REDRAWS
from chainrule.training import Epoch, History
from chainrule.training import Progress as Step

HEADER = (
    f"{'epoch':>7}  {'training loss':>13} {'accuracy':>9}  "
    f"{'validation loss':>15} {'accuracy':>9}  {'time':>10}"
)


def bar_on(console: Console, description: str, width: int = 10) -> Progress:
    """The bar of a training, with a state in words; nothing where there is no terminal."""
    return Progress(
        TextColumn(description, markup=False),
        BarColumn(bar_width=width),
        TextColumn("{task.fields[state]}", markup=False),
        console=console,
        transient=True,
        refresh_per_second=REDRAWS,
        disable=not console.is_terminal,
    )


class EpochView:
    """A callback that shows a training on standard error; use it in a with statement.

    batch_size  images per step
    history     the epochs done before, of a resumed training

    On a terminal there is a bar under the lines; elsewhere there are the lines alone.
    """

    def __init__(self, batch_size: int, history: History) -> None:
        self.batch_size = batch_size
        self.best = history.best if len(history) else None
        self.console = err()
        self.bar = bar_on(self.console, "{task.description:>7}")
        self.task = self.bar.add_task("", total=None, state="preparing")
        self.steps, self.began = 0, time.perf_counter()
        self.steps_in_epoch, self.epoch_began = 0, self.began

    def __enter__(self) -> "EpochView":
        self.console.print(Text(HEADER, "dim"))
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def __call__(self, step: Step) -> None:
        """Show one more step; the callback of a Trainer."""
        self.steps += 1
        self.steps_in_epoch += 1
        if step.finished is None:
            self.bar.update(
                self.task,
                description=f"{step.epoch}/{step.epochs}",
                completed=step.batch,
                total=step.batches,
                state=self._state(step),
            )
            return
        self._print(step.finished, step.epochs)
        last = step.epoch == step.epochs
        self.bar.update(
            self.task,
            completed=0,
            total=None,
            state="measuring on the test images" if last else "saving",
        )
        self.steps_in_epoch, self.epoch_began = 0, time.perf_counter()

    def _state(self, step: Step) -> str:
        now = time.perf_counter()
        per_second = self.steps_in_epoch * self.batch_size / (now - self.epoch_began)
        left = (step.steps - step.done) * (now - self.began) / self.steps
        return (
            f"loss {step.loss:.4f}  {step.accuracy:.1%}  lr {step.learning_rate:.2g}  "
            f"{per_second:,.0f} images/s  {clock(left)} left"
        )

    def _print(self, epoch: Epoch, epochs: int) -> None:
        is_best = self.best is None or epoch.better_than(self.best)
        if is_best:
            self.best = epoch
        loss = "-" if epoch.validation_loss is None else f"{epoch.validation_loss:.4f}"
        line = Text(
            f"{f'{epoch.epoch}/{epochs}':>7}  "
            f"{epoch.train_loss:>13.4f} {percent(epoch.train_accuracy):>9}  "
            f"{loss:>15} {percent(epoch.validation_accuracy):>9}  {duration(epoch.seconds):>10}"
        )
        if is_best and epoch.validation_loss is not None:
            line += Text("  best", "green")
        self.console.print(line)
