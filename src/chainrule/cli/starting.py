"""train --from: what to begin from, and what is said of it."""

from dataclasses import replace
from typing import Any

from rich.text import Text

from chainrule.cli.choice import Choice
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import counted, listed
from chainrule.errors import UsageError
from chainrule.nn import BatchNorm1d, BatchNorm2d, Module, init
from chainrule.nn.freezing import BODY
from chainrule.runs import Run, Start, start_from
from chainrule.sentence import Sentence
from chainrule.training import graded, stages
from chainrule.zoo import IMAGENET_SHAPE, Settings, network_named

HEAD_RATE = 0.01
"""Ten times what suits a whole network: a head on fixed features is a convex problem."""


def open_start(checkpoint: str | None, changes: dict[str, Any]) -> Start | None:
    """What was named with --from; its network is added to the settings that the user has given.

    Raises    UsageError for --freeze or --layer-decay without --from, and for a part to freeze that
              the network has not
    """
    if checkpoint is None:
        for name in ("freeze", "layer_decay"):
            if name in changes:
                raise UsageError(
                    f"--{name.replace('_', '-')} is about what was learned before: say where, with "
                    "--from RUN"
                )
        return None
    with waiting(f"reading {checkpoint}") as progress:
        start = start_from(checkpoint, progress=progress)
    changes["network"] = start.network
    if "freeze" in changes:
        _refuse_unknown_parts(start, changes["freeze"])
    return start


def _refuse_unknown_parts(start: Start, parts: str) -> None:
    """Find a misspelt part before images are loaded.

    Where the images' shape is not known yet, they count as large: so a network has all its parts.
    """
    with init.undrawn():
        model = network_named(start.network)(start.shape or IMAGENET_SHAPE, 2)
    Settings(start.network, epochs=1, batch_size=1, freeze=parts).freeze_parts(model)


def rate_of_head(changes: dict[str, Any]) -> list[Sentence]:
    """Where only the head learns, larger steps, unless the user says how large; and why."""
    if changes.get("freeze") != BODY or "lr" in changes:
        return []
    changes["lr"] = HEAD_RATE
    alone = "learning rate {lr}: only the last layer learns, and can take larger steps"
    return [Sentence(alone, lr=HEAD_RATE)]


def sized(choice: Choice, start: Start | None) -> Choice:
    """A folder's images are brought to the size and the channels that were learned before."""
    source = choice.source
    if start is None or start.shape is None or source.known:
        return choice
    channels, height, width = start.shape
    size = source.size or (height, width)
    return replace(choice, source=replace(source, size=size, channels=source.channels or channels))


def start_rows(run: Run) -> list[tuple[str, str | Text]]:
    """What a run takes over, what is new, what is frozen, and how the learning rate falls."""
    if "start" not in run.record:
        return []
    start, settings = run.record["start"], run.settings
    before = f", which told apart {listed(start['classes'], 5)}" if start["classes"] else ""
    rows: list[tuple[str, str | Text]] = [
        ("begins from", f"{start['checkpoint']}{before}"),
    ]
    model = run.untrained().model
    if start["new"]:
        kinds = {name: type(part).__name__ for name, part in model.named_modules()}
        new = ", ".join(f"{name} ({kinds[name]})" for name in start["new"])
        rows.append(("new", f"{new}, for other classes"))
    if settings.freeze:
        rows.append(("frozen", _frozen(settings.freeze, model)))
    if settings.layer_decay < 1:
        rows.append(("learning rates", _rates(model, settings.lr, settings.layer_decay)))
    return rows


def _frozen(parts: str, model: Module) -> str:
    kept = sum(p.size for p in model.parameters() if not p.needs_grad)
    words = f"{parts}: {counted(kept, 'parameter')} of {sum(p.size for p in model.parameters()):,}"
    norms = (BatchNorm1d, BatchNorm2d)
    if any(m.frozen for _, m in model.named_modules() if isinstance(m, norms)):
        words += "; batch norms use the statistics they have"
    return words


def _rates(model: Module, lr: float, decay: float) -> str:
    """The rate of the first and of the last stage, by their names."""
    factors = [factor for _, factor in graded(model, decay)]
    names = [name for name, _ in stages(model)]
    return f"{lr * factors[0]:.2g} for {names[0]} to {lr * factors[-1]:.2g} for {names[-1]}"
