"""What was measured so far, as one file."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chainrule.errors import RunError
from chainrule.runs.folder import read_json, write_json

FORMAT = 1
"""The version of a record's layout."""


@dataclass(frozen=True)
class Measured:
    """One training.

    way       by name
    shots     labelled images per class
    accuracy  of the test images, in 0..1, after the last epoch
    """

    way: str
    shots: int
    seed: int
    accuracy: float
    seconds: float


@dataclass
class Record:
    """An experiment's measurements, with everything beside them that gives them a meaning.

    facts        the same for all: experiment, numbers, data, computing, machine, versions, command
    pretraining  by seed: how good, how long
    """

    facts: dict[str, Any]
    pretraining: dict[str, dict[str, Any]] = field(default_factory=dict)
    measured: list[Measured] = field(default_factory=list)

    SAME = ("experiment", "numbers", "data", "backend", "device", "precision", "quick")
    """What must be as it was for an experiment to be gone on with."""

    @classmethod
    def at(cls, path: Path, facts: dict[str, Any]) -> "Record":
        """The record in a file, to be gone on with; a new one where there is no file.

        Raises    RunError when it is damaged, or of another experiment
        """
        if not path.is_file():
            return cls(facts)
        found = cls.read(path)
        for name in cls.SAME:
            if found.facts.get(name) != facts[name]:
                raise RunError(
                    f"{path} is of an experiment with another {name}: choose another folder with "
                    "--out"
                )
        found.facts["command"] = facts["command"]  # it may ask for more seeds
        return found

    @classmethod
    def read(cls, path: Path) -> "Record":
        """What write wrote.

        Raises    RunError when the file is missing, damaged or of another format
        """
        values = read_json(path)
        if (version := values.pop("format", None)) != FORMAT:
            raise RunError(f"{path} is of format {version}, but this chainrule reads {FORMAT}")
        try:
            measured = [Measured(**one) for one in values.pop("measured")]
            return cls(values.pop("facts"), values.pop("pretraining"), measured)
        except (KeyError, TypeError) as error:
            raise RunError(
                f"{path} is damaged ({error!r}): delete the folder to begin anew"
            ) from None

    def write(self, path: Path) -> None:
        """Write it whole, or not at all."""
        write_json(path, {"format": FORMAT, **asdict(self)})

    def has(self, way: str, shots: int, seed: int) -> bool:
        """Whether this training was done."""
        return any((one.way, one.shots, one.seed) == (way, shots, seed) for one in self.measured)
