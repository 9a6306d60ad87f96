"""What a training leaves in its folder, and where it stood when it was left."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from chainrule.errors import ChainruleError, RunError
from chainrule.nn import Module
from chainrule.optim import Optimizer
from chainrule.training.checkpoint import load_arrays, save_arrays
from chainrule.training.history import History


@dataclass(frozen=True)
class Position:
    """Where a training stands: before this batch of this epoch, with the epoch's sums so far.

    epoch from 1, batch from 0; loss_sum and right over the images seen in this epoch; seconds
    already spent on it.
    """

    epoch: int = 1
    batch: int = 0
    loss_sum: float = 0.0
    right: int = 0
    seen: int = 0
    learning_rate: float = 0.0
    seconds: float = 0.0

    def after(self, loss: float, right: int, seen: int, learning_rate: float) -> "Position":
        """One batch further; loss: the mean over its images."""
        return replace(
            self,
            batch=self.batch + 1,
            loss_sum=self.loss_sum + loss * seen,
            right=self.right + right,
            seen=self.seen + seen,
            learning_rate=learning_rate,
        )

    @property
    def loss(self) -> float:
        """The mean loss over this epoch so far."""
        return self.loss_sum / self.seen

    @property
    def accuracy(self) -> float:
        """The share of this epoch's images that were right when they were learned from."""
        return self.right / self.seen


class Files:
    """The files a training writes into its folder.

    history.jsonl      one line per epoch
    last.safetensors   model, optimizer and position: enough to go on
    best.safetensors   the model after its best epoch: enough to use it
    """

    def __init__(self, folder: Path | str) -> None:
        folder = Path(folder)
        self.history = folder / "history.jsonl"
        self.last = folder / "last.safetensors"
        self.best = folder / "best.safetensors"

    def save_last(
        self, model: Module, optimizer: Optimizer, position: Position, plan: Mapping[str, Any]
    ) -> None:
        """Save all that resuming needs; plan: what must not change in between."""
        arrays = {f"model.{name}": array for name, array in model.state_dict().items()}
        arrays |= {f"optimizer.{name}": array for name, array in optimizer.state_dict().items()}
        save_arrays(self.last, arrays, {"position": asdict(position), "plan": dict(plan)})

    def load_last(self, model: Module, optimizer: Optimizer) -> tuple[Position, dict[str, Any]]:
        """Take model and optimizer back to the last save; where that was, and its plan."""
        arrays, facts = load_arrays(self.last)
        try:
            model.load_state_dict(_under("model.", arrays))
            optimizer.load_state_dict(_under("optimizer.", arrays))
            return Position(**facts["position"]), facts["plan"]
        except (ChainruleError, KeyError, TypeError) as error:
            raise RunError(f"{self.last} does not fit this training: {error}") from error

    def save_best(self, model: Module) -> None:
        """Save the model as the best so far."""
        save_arrays(self.best, model.state_dict(), {})

    def load_best(self) -> dict[str, Any]:
        """The best model's state."""
        return load_arrays(self.best)[0]

    def load_history(self, before: int) -> History:
        """The finished epochs before this one."""
        history = History.read(self.history) if self.history.exists() else History()
        return History([epoch for epoch in history if epoch.epoch < before])


def _under(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {k.removeprefix(prefix): array for k, array in arrays.items() if k.startswith(prefix)}
