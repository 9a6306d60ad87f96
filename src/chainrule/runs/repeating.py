"""A training that may have been begun before: finished, interrupted, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chainrule.data import Dataset
from chainrule.errors import RunError
from chainrule.runs.computing import Wish
from chainrule.runs.folder import RunFolder
from chainrule.runs.run import Run
from chainrule.runs.source import Source
from chainrule.training.trainer import Callback
from chainrule.zoo import Recipe


@dataclass(frozen=True)
class Job:
    """One training to be found done at the end, in a folder of its own.

    wish     what to compute with; "auto" chooses when it begins, and is what it was from then on
    command  what to write into the run's record
    """

    path: Path
    recipe: Recipe
    source: Source
    seed: int
    wish: Wish
    command: str

    def finished(self) -> Run | None:
        """The run at the path, if it has ended.

        Raises    RunError when another training lies there
        """
        run = self._begun()
        return run if run is not None and run.finished else None

    def do(self, dataset: Dataset, callbacks: Sequence[Callback] = ()) -> Run:
        """The finished run at the path: as it was found, gone on with, or trained from the start.

        Raises    RunError when another training lies there; what Run.begin and Run.train raise
        """
        run = self._begun()
        if run is not None and run.record["data"]["sha256"] != dataset.digest():
            raise self._other("other images")
        if run is not None and run.finished:
            return run
        if run is None or not run.folder.last.exists():
            # Begun, but nothing was learned yet: begin again.
            folder = RunFolder.create(self.path, overwrite=run is not None)
            run = Run.begin(
                folder,
                self.recipe,
                self.source,
                dataset,
                seed=self.seed,
                command=self.command,
                backend=self.wish.for_training(
                    self.recipe.settings, dataset.train, dataset.classes
                ),
            )
        run.train(dataset, callbacks=callbacks, resume=run.folder.last.exists())
        return run

    def _begun(self) -> Run | None:
        if not RunFolder(self.path).record.is_file():
            return None
        run = Run.open(self.path)
        if run.settings != self.recipe.settings:
            raise self._other("other settings")
        wanted = {
            "recipe": self.recipe.name,
            "seed": self.seed,
            "backend": self.wish.backend,
            "device": self.wish.device,
            "precision": self.wish.precision,
        }
        for name, needed in wanted.items():
            found = run.record.get(name, needed)
            fitting = ("auto", found, str(found).partition(":")[0])  # "cuda" is any cuda:N
            if needed not in fitting:
                raise self._other(f"another {name}")
        return run

    def _other(self, what: str) -> RunError:
        return RunError(
            f"{self.path} holds a training with {what}: choose another folder with --out"
        )
