"""A run: a recipe carried out on data, from an empty folder to measured results."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.backends import backend_named
from chainrule.data import Dataset, Preprocessing, Progress, Split
from chainrule.errors import ChainruleError, RunError, UsageError
from chainrule.nn import Module, count_parameters, init, summary
from chainrule.runs.alone import alone_in
from chainrule.runs.classifier import Classifier, build
from chainrule.runs.computing import Computing, backend_of_record, facts_of
from chainrule.runs.folder import RunFolder, read_json, write_json
from chainrule.runs.record import surroundings
from chainrule.runs.source import Source
from chainrule.runs.start import Start
from chainrule.sentence import Sentence, written
from chainrule.training import Evaluation, History
from chainrule.training.checkpoint import load_arrays, save_arrays
from chainrule.training.checks import check_fit
from chainrule.training.trainer import Callback, Trainer
from chainrule.zoo import Recipe, Settings

NEEDED = {"seed": int, "data": dict, "command": str, "results": dict}
"""What a record has besides settings and source, and of what kind; results when it is finished."""
MISTAKES = 24
"""Pictures of mistakes kept for the report."""


class Run:
    """A run folder together with the means to go on with it and to use what it holds.

    about: one line for people
    reasons: why the settings are what they are, where they were chosen for the images
    """

    def __init__(self, folder: RunFolder, record: dict[str, Any]) -> None:
        self.folder = folder
        self.record = record
        self.settings = Settings.from_dict(record["settings"])
        self.source = Source.from_dict(record["source"])
        self.about = Sentence.from_dict(record["about"])
        self.reasons = [Sentence.from_dict(reason) for reason in record.get("reasons", ())]

    @classmethod
    def begin(
        cls,
        folder: RunFolder,
        recipe: Recipe,
        source: Source,
        dataset: Dataset,
        *,
        seed: int,
        command: str,
        backend: str | Computing = "numpy",
        start: Start | None = None,
    ) -> "Run":
        """A new run, with everything about it written down before it starts.

        backend: the array library's name, or more exactly what to compute with
        start: what another training has learned, to begin from instead of at random; the recipe's
        network is then that one's

        Raises    UsageError when recipe, data and start do not go together, RunError when the
                  folder cannot be written to; then it is as it was, with an older run in it
        """
        if isinstance(backend, str):
            backend = Computing(backend_named(backend), "")
        settings = recipe.settings
        train, validation = parts(dataset, settings, seed)
        _check(settings, len(train), len(validation))
        preprocessing = start.preprocessing_for(dataset.image_shape) if start else None
        preprocessing = preprocessing or settings.make_preprocessing(train.images)
        new = list[str]()
        if start is None:
            model = build(settings.network, preprocessing, dataset.classes, seed)
        else:
            model, new = start.give(dataset.image_shape, dataset.classes, seed)
        settings.freeze_parts(model)
        run = cls(
            folder,
            {
                "recipe": recipe.name,
                "about": written(recipe.about),
                "recipe_source": recipe.source,
                "reasons": [reason.to_dict() for reason in recipe.reasons],
                "settings": settings.to_dict(),
                "keras_count": recipe.keras_count,
                "seed": seed,
                **facts_of(backend),
                "command": command,
                "source": source.fixed(dataset).to_dict(),
                "data": {
                    "name": dataset.name,
                    "source": dataset.source,
                    "sha256": dataset.digest(),
                    "notes": [written(note) for note in dataset.notes],
                    "train": len(train),
                    "validation": len(validation),
                    "test": len(dataset.test),
                },
                "parameters": sum(
                    layer.parameters
                    for layer in summary(model, dataset.image_shape, keras_count=recipe.keras_count)
                ),
                "trainable": count_parameters(model),
                **({"start": start.facts(new)} if start else {}),
                **surroundings(backend.backend),
                "status": "begun",
                "results": None,
            },
        )
        with folder.filling() as new_folder:
            write_json(
                new_folder.model,
                {
                    "network": settings.network,
                    "preprocessing": preprocessing.to_dict(),
                    "classes": list(dataset.classes),
                },
            )
            if start is not None:
                save_arrays(new_folder.start, model.state_dict(), {})
            new_folder.write_record(run.record)
        return run

    @classmethod
    def open(cls, path: Path | str) -> "Run":
        """The run in a folder.

        Raises    RunError when there is none, or it is damaged, of another version, or a baseline
        """
        folder = RunFolder.open(path)
        record = folder.read_record()
        if "baseline" in record:
            raise RunError(
                f"{path} is a baseline, {record['baseline']}: it has no network to use or to train "
                f"further, only its results, in {folder.record.name}"
            )
        try:
            run = cls(folder, record)
        except (KeyError, TypeError, ChainruleError) as error:
            raise RunError(f"{folder.record} is damaged ({error}): take another copy") from error
        for name, kind in NEEDED.items():
            found = record.get(name)
            if not isinstance(found, kind) and (name != "results" or run.finished):
                raise RunError(
                    f"{folder.record} is damaged (its {name} is {found!r}): take another copy"
                )
        return run

    @property
    def computed_by(self) -> str:
        """Library, version, device and precision; of runs of earlier versions the library alone."""
        words: str = self.record.get("computing", self.record["backend"])
        return words

    @property
    def steps_in_words(self) -> str:
        """How the steps were run; "" for NumPy, which has one way, and where it is not known."""
        return "" if self.record["backend"] == "numpy" else self.record.get("steps", "")

    @property
    def finished(self) -> bool:
        """Whether it was trained to its end, and measured."""
        return bool(self.record.get("status") == "finished")

    def write_record(self) -> None:
        """Write the record as it stands."""
        self.folder.write_record(self.record)

    def load(self, folder: Path | None = None, progress: Progress | None = None) -> Dataset:
        """The images the run was begun with.

        folder: where the images lie now, if not where they were

        Raises    RunError when they have changed since
        """
        source = replace(self.source, folder=str(folder)) if folder else self.source
        dataset = source.load(progress)
        self._refuse_other_images(dataset)
        return dataset

    def extend(self, settings: Settings, command: str) -> None:
        """Write down that the run goes on, with what settings and by which command.

        Raises    with nothing changed: UsageError for settings that cannot work; RunError when
                  the last save is damaged, or is missing though there was one
        """
        _check(settings, self.record["data"]["train"], self.record["data"]["validation"])
        history, last = self.folder.history, self.folder.last
        if last.exists():
            load_arrays(last)
        elif history.exists() and history.stat().st_size:
            raise RunError(
                f"{last} is missing, from which to go on: what was learned so far can be used, but "
                f"not continued; to train anew into another --out: {self.record['command']}"
            )
        self.settings = settings
        self.record["status"] = "begun"
        self.record["settings"] = settings.to_dict()
        self.record["resumed"] = [*self.record.get("resumed", ()), command]
        self.write_record()

    def train(
        self, dataset: Dataset, *, callbacks: Sequence[Callback] = (), resume: bool = False
    ) -> Evaluation:
        """Train by the settings, measure on the test part, and save all there is to know.

        resume: go on from the last save instead of from the start

        Raises    what Trainer.fit raises; RunError when the data are not the run's, or another
                  process is training in its folder
        """
        self._refuse_other_images(dataset)
        with alone_in(self.folder):
            return self._train(dataset, callbacks, resume=resume)

    def _train(
        self, dataset: Dataset, callbacks: Sequence[Callback], *, resume: bool
    ) -> Evaluation:
        seed, settings = self.record["seed"], self.settings
        train, validation = parts(dataset, settings, seed)
        preprocessing, classes = self.model_facts()
        trainer = settings.make_trainer(
            self._model_before_learning(preprocessing, classes),
            preprocessing,
            seed=seed,
            class_counts=np.bincount(train.labels, minlength=len(classes)).tolist(),
            callbacks=callbacks,
            folder=self.folder.path,
            backend=backend_of_record(self.record),
        )
        if resume:
            trainer.resume()
        else:
            self.record |= {"graphs": 0, "compile_seconds": 0.0, "wall_seconds": 0.0}
        began = time.perf_counter()
        try:
            history = trainer.fit(
                train,
                validation=validation,
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                patience=settings.patience,
            )
            measured = trainer.evaluate(dataset.test)
        except KeyboardInterrupt:
            self.record["status"] = "interrupted"
            self._note_steps(trainer, time.perf_counter() - began)
            self.write_record()
            raise
        self._note_steps(trainer, time.perf_counter() - began)
        self._finish(history, measured, dataset.test)
        return measured

    def _note_steps(self, trainer: Trainer, seconds: float) -> None:
        """How this process ran the steps, beside what it took those before it."""
        for name, more in (
            ("graphs", trainer.graphs),
            ("compile_seconds", trainer.compile_seconds),
            ("wall_seconds", seconds),
        ):
            self.record[name] = round(self.record.get(name, 0) + more, 3)
        if trainer.steps_taken:
            self.record["steps"] = trainer.steps

    def _refuse_other_images(self, dataset: Dataset) -> None:
        if self.record["data"]["sha256"] != dataset.digest():
            raise RunError(
                f"{self.folder.path} was begun with other images than {dataset.source} holds now: "
                f"they no longer have the digest in {self.folder.record.name}"
            )

    def _finish(self, history: History, measured: Evaluation, test: Split) -> None:
        mistakes = measured.surest_mistakes(MISTAKES)
        arrays: dict[str, np.ndarray] = {
            "labels": measured.labels,
            "probabilities": measured.probabilities,
            "mistakes": mistakes,
            "mistake_images": test.images[mistakes],
        }
        names = [test.names[place] for place in mistakes] if test.names else []
        save_arrays(self.folder.evaluation, arrays, {"loss": measured.loss, "names": names})
        best = history.best
        self.record["status"] = "finished"
        self.record["results"] = {
            "epochs": len(history),
            "best_epoch": best.epoch,
            "train_seconds": round(sum(epoch.seconds for epoch in history), 3),
            "validation_accuracy": best.validation_accuracy,
            "validation_loss": best.validation_loss,
            "test_accuracy": measured.accuracy,
            "test_loss": measured.loss,
        }
        self.write_record()

    def history(self) -> History:
        """The epochs so far."""
        return History.read(self.folder.history) if self.folder.history.exists() else History()

    def evaluation(self) -> tuple[Evaluation, np.ndarray, np.ndarray]:
        """The test's outcome; the positions of the surest mistakes; their images.

        Raises    RunError while the run is not finished
        """
        arrays, facts = load_arrays(self.folder.evaluation)
        measured = Evaluation(facts["loss"], arrays["labels"], arrays["probabilities"])
        return measured, arrays["mistakes"], arrays["mistake_images"]

    def mistake_names(self) -> list[str]:
        """The files of the surest mistakes; none when the images came without.

        Raises    RunError while the run is not finished
        """
        names: list[str] = load_arrays(self.folder.evaluation)[1].get("names", [])
        return names

    def classifier(self) -> Classifier:
        """The network with its best weights, ready for use.

        Raises    RunError when nothing has been saved yet, or a file is damaged
        """
        classifier = self.untrained()
        weights, _ = load_arrays(self.folder.best)
        try:
            classifier.model.load_state_dict(weights)
        except ChainruleError as error:
            raise RunError(f"{self.folder.best} cannot be used: {error}") from error
        return classifier

    def untrained(self) -> Classifier:
        """The network as it was before learning: all there is before the first save."""
        preprocessing, classes = self.model_facts()
        model = self._model_before_learning(preprocessing, classes)
        self.settings.freeze_parts(model)
        network, test_time = self.settings.network, self.settings.test_time
        return Classifier(network, model.eval(), preprocessing, classes, test_time)

    def _model_before_learning(
        self, preprocessing: Preprocessing, classes: Sequence[str]
    ) -> Module:
        """As the seed draws it, or as the run was given it."""
        if "start" not in self.record:
            return build(self.settings.network, preprocessing, classes, self.record["seed"])
        with init.undrawn():
            model = build(self.settings.network, preprocessing, classes, self.record["seed"])
        tensors, _ = load_arrays(self.folder.start)
        try:
            model.load_state_dict(tensors)
        except ChainruleError as error:
            raise RunError(f"{self.folder.start} cannot be used: {error}") from error
        return model

    def model_facts(self) -> tuple[Preprocessing, tuple[str, ...]]:
        """The preprocessing and the class names, which are known before anything is learned."""
        facts = read_json(self.folder.model)
        try:
            return Preprocessing.from_dict(facts["preprocessing"]), tuple(facts["classes"])
        except (KeyError, TypeError, ChainruleError) as error:
            raise RunError(f"{self.folder.model} is damaged ({error!r})") from error


def _check(settings: Settings, train: int, validation: int) -> None:
    """Raise UsageError unless so many images can be learned from by these settings."""
    check_fit(
        train,
        validation,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        patience=settings.patience,
        schedule=settings.make_schedule(),
    )


def parts(dataset: Dataset, settings: Settings, seed: int) -> tuple[Split, Split]:
    """(train, validation): the data set's own validation part, or one held out by the settings.

    Raises    UsageError when there are too few images for that
    """
    if dataset.validation is not None:
        return dataset.train, dataset.validation
    try:
        return settings.part(dataset.train, seed)
    except UsageError as error:
        raise UsageError(f"{dataset.source} gives no images for validation: {error}") from error
