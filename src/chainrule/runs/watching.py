"""A training that somebody waits for in Python: one line that says how far it is."""

import sys
from importlib.util import find_spec

from chainrule.training import Progress

REDRAWS = 5
"""Per second: enough to look alive, little enough not to slow the training down."""


class Watch:
    """A bar on standard error where somebody can see it: with watch.bar, while it is to be seen.

    That is on a terminal, and in a notebook that has ipywidgets, by which alone a bar moves there.

    shown: False for none
    """

    def __init__(self, *, shown: bool = True) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        has_widgets = find_spec("ipywidgets") is not None
        moves = has_widgets if console.is_jupyter else console.is_terminal
        is_terminal = getattr(sys.stdout, "isatty", None)  # which not everything in its place has
        self.bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            refresh_per_second=REDRAWS,
            disable=not (shown and moves),
            # Else what a callback prints would go where the bar goes.
            redirect_stdout=bool(is_terminal and is_terminal()),
        )
        self._task = self.bar.add_task("chainrule.train", total=None, state="")

    def rehearsing(self, done: int, steps: int) -> None:
        """Before the training: short ones, to see what suits."""
        self.bar.update(self._task, description="rehearsing", completed=done, total=steps)

    def __call__(self, step: Progress) -> None:
        """Show one more step; a callback of a Trainer."""
        if step.done == 1:  # what is left to do is foreseen by this training's steps alone
            self.bar.reset(self._task, total=step.steps)
        self.bar.update(
            self._task,
            description=f"epoch {step.epoch}/{step.epochs}",
            completed=step.done,
            state=f"loss {step.loss:.4f}  {step.accuracy:.1%}",
        )
