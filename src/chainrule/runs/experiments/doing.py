"""An experiment carried out, or gone on with."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.backends import Backend
from chainrule.data import Dataset
from chainrule.runs.claims.decks import data_words
from chainrule.runs.computing import Computing
from chainrule.runs.computing import facts_of as computing_facts
from chainrule.runs.experiments.learning import Learned, learn_after, learn_before
from chainrule.runs.experiments.record import Measured, Record
from chainrule.runs.experiments.tasks import Experiment, Material, Way
from chainrule.runs.folder import refuse_unwritable
from chainrule.runs.record import surroundings
from chainrule.training import Progress


@dataclass(frozen=True)
class Told:
    """What a watcher is told.

    doing          "fine-tuned, 20 images per class, seed 1", or "learning before, seed 1"
    number, total  of the trainings; what was found done counts
    step           where this training stands; None at its ends
    measured       its outcome, at its end; none of what is learned before, which is told when it
                   begins
    """

    doing: str
    number: int
    total: int
    step: Progress | None = None
    measured: Measured | None = None


Watcher = Callable[[Told], Any]


def carry_out(
    experiment: Experiment,
    before: Dataset,
    after: Dataset,
    folder: Path,
    *,
    seeds: Sequence[int],
    computing: Computing,
    command: str,
    quick: bool = False,
    watch: Watcher = lambda told: None,
) -> Record:
    """Every training of an experiment that its folder does not hold yet; then the whole record.

    The same seed gives every way the same images, shown in the same order. After each training the
    record is written, so that nothing done is lost.

    before, after  the experiment's data sets

    Raises    RunError when the folder holds another experiment, or cannot be written to; what
              Trainer.fit raises
    """
    refuse_unwritable(folder)
    material = experiment.material(before, after)
    path = folder / "transfer.json"
    facts = {
        **facts_of(experiment, computing, command, quick=quick),
        "data": {
            "before": _data(before, material.before),
            "after": _data(after, material.after),
        },
    }
    record = Record.at(path, facts)
    record.write(path)  # what is learned before is of this experiment and of no other
    plan = [
        (seed, shots, way)
        for seed in seeds
        for shots in experiment.shots
        for way in experiment.ways
    ]
    work = _Work(experiment, material, folder, computing.backend, watch, len(plan))
    learned: dict[int, Learned] = {}
    for number, (seed, shots, way) in enumerate(plan, start=1):
        if record.has(way.name, shots, seed):
            continue
        if seed not in learned:
            learned[seed] = work.before(seed, number)
            record.pretraining[str(seed)] = learned[seed].facts
        measured = work.after(way, shots, seed, learned[seed], number)
        record.measured.append(measured)
        record.write(path)
        watch(Told(_name(way, shots, seed), number, len(plan), measured=measured))
    return record


@dataclass(frozen=True)
class _Work:
    """The trainings of an experiment, one at a time, as a watcher sees them."""

    experiment: Experiment
    material: Material
    folder: Path
    backend: Backend
    watch: Watcher
    total: int

    def before(self, seed: int, number: int) -> Learned:
        """What this seed learns before: from its file, or learned and written there."""
        path = self.folder / f"pretrained-seed{seed}.safetensors"
        if path.is_file():
            return Learned.load(path)
        doing = f"learning before, seed {seed}"
        self.watch(Told(doing, number, self.total))
        show = self._steps(doing, number)
        learned = learn_before(self.experiment, self.material, seed, self.backend, show)
        learned.save(path)
        return learned

    def after(self, way: Way, shots: int, seed: int, learned: Learned, number: int) -> Measured:
        """What one way comes to with so many images."""
        show = self._steps(_name(way, shots, seed), number)
        began = time.perf_counter()
        accuracy = learn_after(
            self.experiment, self.material, way, shots, learned, seed, self.backend, show
        )
        seconds = round(time.perf_counter() - began, 3)
        return Measured(way.name, shots, seed, accuracy, seconds)

    def _steps(self, doing: str, number: int) -> Callable[[Progress], Any]:
        def show(step: Progress) -> None:
            self.watch(Told(doing, number, self.total, step))

        return show


def _name(way: Way, shots: int, seed: int) -> str:
    return f"{way.name}, {shots} images per class, seed {seed}"


def facts_of(
    experiment: Experiment, computing: Computing, command: str, *, quick: bool
) -> dict[str, Any]:
    """What is the same for all trainings of an experiment, but for the data."""
    return {
        "experiment": experiment.name,
        "about": experiment.about,
        "classes": experiment.classes,
        "over": {way.name: way.over for way in experiment.ways},
        "quick": quick,
        "numbers": experiment.numbers(),
        **computing_facts(computing),
        "command": command,
        **surroundings(computing.backend),
    }


def _data(whole: Dataset, used: Dataset) -> dict[str, Any]:
    return {
        "name": whole.name,
        "words": data_words(whole.name, whole.digest()),
        "sha256": whole.digest(),
        "classes": list(used.classes),
        "train": len(used.train),
        "test": len(used.test),
    }
