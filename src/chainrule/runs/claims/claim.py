"""A claim: what a recipe reaches, on what data, over which seeds, and everything beside it.

Claims are compiled from finished runs and shipped as one JSON file per recipe; nobody types one.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from chainrule.errors import RunError, UsageError
from chainrule.zoo import Settings

FORMAT = 2
"""The version of a record's layout."""

RECORDS = resources.files(__package__) / "records"
"""Where the records lie: RECIPE.json each."""


@dataclass(frozen=True)
class Training:
    """One training that a claim rests on.

    accuracy    of the test images, in 0..1, with the weights of the best epoch
    best_epoch  by the validation images, of so many epochs
    seconds     of training and validation: the median epoch times the epochs, of each size
                of images apart, and compiling
    date        when it was begun, UTC
    machine     processor, cores and system that it ran on, in words
    """

    seed: int
    accuracy: float
    epochs: int
    best_epoch: int
    seconds: float
    date: str
    machine: str


@dataclass(frozen=True)
class Figures:
    """What some trainings come to.

    mean, spread  of the accuracies; spread is the sample standard deviation, None of one training
    low, high     the 95 % interval of the mean, by Student's t over the seeds; for one training
                  Wilson's interval of its test images
    seconds       the mean of the trainings'
    """

    trainings: tuple[Training, ...]
    mean: float
    spread: float | None
    low: float
    high: float
    seconds: float

    @property
    def accuracies(self) -> list[float]:
        """One per training."""
        return [training.accuracy for training in self.trainings]

    @property
    def seeds(self) -> list[int]:
        """One per training."""
        return [training.seed for training in self.trainings]

    @property
    def machines(self) -> tuple[str, ...]:
        """Each that a training ran on, once."""
        return tuple(dict.fromkeys(training.machine for training in self.trainings))

    def seconds_on(self, machine: str) -> float:
        """The mean of the trainings there."""
        there = [t.seconds for t in self.trainings if t.machine == machine]
        return sum(there) / len(there)


@dataclass(frozen=True)
class Peer:
    """The same network and recipe in another library, on the same data.

    framework  its name: "PyTorch"
    figures    of its trainings, their seconds by the same rule
    verdict    statistics.Comparison of ours with it, as plain values
    """

    framework: str
    figures: Figures
    versions: dict[str, str]
    command: str
    verdict: dict[str, Any]


@dataclass(frozen=True)
class Data:
    """The images a claim is about.

    sha256  of all pixels and labels: Dataset.digest
    words   what to say beside a figure: "JPEG copy of CIFAR-10"
    train, validation, test   how many images
    """

    name: str
    sha256: str
    words: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True)
class Claim:
    """What a recipe reaches.

    settings    every number of the training, as they were
    parameters  of the network, counted as the recipe's source counts
    device      "cpu", "cuda:0"
    precision   what matrix products were computed in
    steps       how the backend ran the steps, in words
    command     what repeats one of the trainings
    """

    recipe: str
    settings: Settings
    parameters: int
    data: Data
    figures: Figures
    backend: str
    device: str
    precision: str
    steps: str
    versions: dict[str, str]
    command: str
    peers: tuple[Peer, ...] = ()

    def share_of_time(self, peer: Peer) -> float | None:
        """Our training time as a share of the peer's; None where no machine has seen both.

        Rule      over the machines that saw both: the sum of our mean seconds on each, divided by
                  the sum of the peer's
        """
        both = [m for m in self.figures.machines if m in peer.figures.machines]
        if not both:
            return None
        ours, its = (sum(map(f.seconds_on, both)) for f in (self.figures, peer.figures))
        return ours / its

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Claim":
        """What to_dict wrote.

        Raises    RunError when it is of another format, or something is missing or unknown
        """
        values = dict(values)
        if (version := values.pop("format", None)) != FORMAT:
            raise RunError(f"a claim of format {version} came, but this chainrule reads {FORMAT}")
        try:
            return cls(
                **{
                    **values,
                    "settings": Settings.from_dict(values["settings"]),
                    "data": Data(**values["data"]),
                    "figures": _figures(values["figures"]),
                    "peers": tuple(_peer(peer) for peer in values["peers"]),
                }
            )
        except (KeyError, TypeError, UsageError) as error:
            raise RunError(f"a claim is damaged ({error}): compile it again") from error


def _figures(values: dict[str, Any]) -> Figures:
    return Figures(**{**values, "trainings": tuple(Training(**t) for t in values["trainings"])})


def _peer(values: dict[str, Any]) -> Peer:
    return Peer(**{**values, "figures": _figures(values["figures"])})


def claim_of(recipe: str) -> Claim | None:
    """The claim that is shipped for a recipe; None for one that nobody has measured."""
    record = RECORDS / f"{recipe}.json"
    if not record.is_file():
        return None
    return Claim.from_dict(json.loads(record.read_text(encoding="utf-8")))


def claims(recipes: Sequence[str]) -> dict[str, Claim]:
    """The claims there are of these recipes, in their order."""
    found = ((recipe, claim_of(recipe)) for recipe in recipes)
    return {recipe: claim for recipe, claim in found if claim is not None}
