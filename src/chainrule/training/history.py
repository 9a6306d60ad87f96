"""How a training went, epoch by epoch; on disk one JSON object per line, written while it runs."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from chainrule.errors import RunError
from chainrule.training.atomic import write_text_atomically


@dataclass(frozen=True)
class Epoch:
    """One pass over the training images.

    train_loss, train_accuracy   means over the epoch's batches, while the weights were changing
    validation_...               after the epoch, over the validation images; None without any
    learning_rate                of the epoch's last step
    seconds                      of training and validation together
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float

    def better_than(self, other: "Epoch") -> bool:
        """More validation images right, or as many at a lower loss; later is better without any."""
        if self.validation_accuracy is None or other.validation_accuracy is None:
            return self.epoch > other.epoch
        assert self.validation_loss is not None
        assert other.validation_loss is not None
        mine = (self.validation_accuracy, -self.validation_loss)
        return mine > (other.validation_accuracy, -other.validation_loss)


class History:
    """The epochs of a training, in order."""

    def __init__(self, epochs: list[Epoch] | None = None) -> None:
        self.epochs = list(epochs or [])

    @property
    def best(self) -> Epoch:
        """The epoch whose weights are kept as the best."""
        best = self.epochs[0]
        for epoch in self.epochs[1:]:
            best = epoch if epoch.better_than(best) else best
        return best

    @property
    def overfits_from(self) -> int | None:
        """The epoch of the lowest validation loss, when at the end that loss had clearly risen.

        Clearly: to more than a tenth above the lowest, and more than 0.01, as near zero a tenth is
        chance; at least two epochs later, and with a lower training loss than then. From there on
        the model learned its training images by heart. None when no such point can be seen.
        """
        measured = [(e.validation_loss, e) for e in self if e.validation_loss is not None]
        if len(measured) < 3:
            return None
        lowest_loss, lowest = min(measured, key=lambda pair: pair[0])
        last_loss, last = measured[-1]
        rose = last_loss > 1.1 * lowest_loss and last_loss - lowest_loss > 0.01
        went_on = last.epoch - lowest.epoch >= 2 and last.train_loss < lowest.train_loss
        return lowest.epoch if rose and went_on else None

    def typical_seconds(self) -> float:
        """Of all epochs, had each taken as long as the median one.

        A training that takes hours is halted, or shares its machine, now and then: a sum would tell
        of that, too. Of three epochs or more, it leaves out what the first alone has to do, such as
        compiling.
        """
        return len(self) * median(epoch.seconds for epoch in self)

    def append(self, epoch: Epoch) -> None:
        """Add the epoch that has just ended."""
        self.epochs.append(epoch)

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __getitem__(self, position: int) -> Epoch:
        return self.epochs[position]

    def __repr__(self) -> str:
        return f"History({len(self)} epochs{f', best: {self.best}' if self.epochs else ''})"

    def write(self, path: Path) -> None:
        """Write every epoch, one line each.

        The whole file anew, whatever stood there: a few hundred bytes per epoch, and never half a
        line.

        Raises    RunError when it could not be written; what stood at path is untouched
        """
        lines = [json.dumps(asdict(epoch)) + "\n" for epoch in self.epochs]
        write_text_atomically(path, "".join(lines))

    @classmethod
    def read(cls, path: Path) -> "History":
        """What write wrote.

        Raises    RunError naming the line that is none
        """
        epochs = []
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, text in enumerate(lines, start=1):
            try:
                epochs.append(Epoch(**json.loads(text)))
            except (ValueError, TypeError):
                raise RunError(
                    f"{path}: line {number} is not an epoch's record: delete that line to go on"
                ) from None
        return cls(epochs)
