"""What a run begins from that does not begin at random: a network that has learned before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chainrule.data import Preprocessing
from chainrule.errors import UsageError
from chainrule.nn import Module, init
from chainrule.runs.examples import in_words
from chainrule.zoo import Builder, Shape, network_named
from chainrule.zoo.pretrained.fitting import classes_in, head_of, with_weights


@dataclass(frozen=True, eq=False)
class Start:
    """A network that has learned before.

    checkpoint     the file its weights come from
    sha256         of that file
    network        a name in zoo.NETWORKS
    tensors        its weights and running statistics, by name
    shape          (C, H, W) of the images it was for; None where that is not known
    preprocessing  from pixels to its inputs; None where that is not known
    classes        what it told apart; None where they have no names
    """

    checkpoint: Path
    sha256: str
    network: str
    tensors: Mapping[str, Any]
    shape: Shape | None = None
    preprocessing: Preprocessing | None = None
    classes: tuple[str, ...] | None = None

    def preprocessing_for(self, shape: Shape) -> Preprocessing | None:
        """Its preprocessing for images of a shape; None where it has none.

        Raises    UsageError for grey images where it learned from colour ones, and vice versa
        """
        if self.preprocessing is None:
            return None
        if self.preprocessing.channels != shape[0]:
            assert self.shape is not None
            raise UsageError(
                f"the images are {in_words(shape)}, but {self.checkpoint} learned from "
                f"{in_words(self.shape)}: a folder's images are brought to that, a data set's not"
            )
        return replace(self.preprocessing, height=shape[1], width=shape[2])

    def give(self, shape: Shape, classes: Sequence[str], seed: int) -> tuple[Module, list[str]]:
        """The network for these classes with all that can be taken over; what is new in it.

        Where the checkpoint does not name its classes, as many count as the same: see with_weights.

        Raises    UsageError when the checkpoint does not fit the network or the images
        """
        tensors = dict(self.tensors)
        if self.classes is None:
            head = head_of(network_named(self.network), shape)
            same = classes_in(tensors, head) == len(classes)
        else:
            same = self.classes == tuple(classes)
        model, new, _ = with_weights(
            self.network, self.checkpoint, tensors, shape, len(classes), same=same, seed=seed
        )
        return model, new

    def check(self, shape: Shape, classes: Sequence[str]) -> None:
        """Raise UsageError unless it fits these images and classes."""
        self.preprocessing_for(shape)
        with init.undrawn():
            self.give(shape, classes, seed=0)

    def builder(self, classes: Sequence[str], seed: int) -> Builder:
        """What gives the network for these classes, by the shape of the images: for a rehearsal."""

        def build(shape: Shape, count: int) -> Module:
            assert count == len(classes)
            return self.give(shape, classes, seed)[0]

        return build

    def facts(self, new: Sequence[str]) -> dict[str, Any]:
        """What a run's record says of it; new: the layers that were not taken over."""
        return {
            "checkpoint": str(self.checkpoint.resolve()),
            "sha256": self.sha256,
            "network": self.network,
            "classes": list(self.classes) if self.classes else None,
            "new": list(new),
        }
