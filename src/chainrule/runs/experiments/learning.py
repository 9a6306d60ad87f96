"""Pre-training, and learning from a few labelled images."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.backends import Backend
from chainrule.data import Preprocessing, Split
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.nn.sequential import Sequential
from chainrule.runs.experiments.tasks import Experiment, Material, Way
from chainrule.training import new_head, pretrain
from chainrule.training.checkpoint import load_arrays, save_arrays
from chainrule.training.trainer import Callback


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned before.

    state          every tensor by name
    preprocessing  of the images it was learned from
    facts          how good it is, and how long it took
    """

    state: Mapping[str, Any]
    preprocessing: Preprocessing
    facts: dict[str, Any]

    def save(self, path: Path) -> None:
        """Write it as one file."""
        facts = {"preprocessing": self.preprocessing.to_dict(), **self.facts}
        save_arrays(path, self.state, facts)

    @classmethod
    def load(cls, path: Path) -> "Learned":
        """What save wrote."""
        state, facts = load_arrays(path)
        return cls(state, Preprocessing.from_dict(facts.pop("preprocessing")), facts)


def learn_before(
    experiment: Experiment, material: Material, seed: int, backend: Backend, watch: Callback
) -> Learned:
    """Pre-train the experiment's network, with the labels or as a stack of autoencoders."""
    before, settings = material.before, experiment.pretraining
    preprocessing = Preprocessing.fit(before.train.images)
    model = network(experiment, material, seed, before_labels=experiment.labels)
    began = time.perf_counter()
    if not experiment.labels:
        layers = pretrain(
            model,
            before.train,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            optimizer=settings.make_optimizer(),
            preprocessing=preprocessing,
            seed=seed,
            backend=backend,
        )
        facts: dict[str, Any] = {"errors": {layer.layer: layer.losses[-1] for layer in layers}}
    else:
        trainer = settings.make_trainer(
            model, preprocessing, seed=seed, callbacks=[watch], backend=backend
        )
        trainer.fit(before.train, epochs=settings.epochs, batch_size=settings.batch_size)
        facts = {"accuracy": trainer.evaluate(before.test).accuracy}
    facts["seconds"] = round(time.perf_counter() - began, 3)
    return Learned(model.state_dict(), preprocessing, facts)


def learn_after(
    experiment: Experiment,
    material: Material,
    way: Way,
    shots: int,
    learned: Learned,
    seed: int,
    backend: Backend,
    watch: Callback,
) -> float:
    """The accuracy on the test images after learning from so many images per class."""
    few = few_of(material.after.train, shots, seed)
    model = network(experiment, material, seed, before_labels=False)
    preprocessing = Preprocessing.fit(few.images)
    if way.pretrained:
        model = network(experiment, material, seed, before_labels=experiment.labels)
        model.load_state_dict(learned.state)
        new_head(model, len(material.after.classes), seed=seed)
        preprocessing = learned.preprocessing
    settings = replace(
        experiment.settings,
        batch_size=min(experiment.settings.batch_size, len(few)),
        **way.changes,
    )
    batches = math.ceil(len(few) / settings.batch_size)
    epochs = max(experiment.passes, round(experiment.steps / batches))
    trainer = settings.make_trainer(
        model, preprocessing, seed=seed, callbacks=[watch], backend=backend
    )
    trainer.fit(few, epochs=epochs, batch_size=settings.batch_size)
    return trainer.evaluate(material.after.test).accuracy


def network(
    experiment: Experiment, material: Material, seed: int, *, before_labels: bool
) -> Sequential:
    """The network as this seed draws it, for the classes of before or of after."""
    dataset = material.before if before_labels else material.after
    with init.seeded(seed):
        return experiment.build(dataset.image_shape, len(dataset.classes))


def few_of(whole: Split, shots: int, seed: int) -> Split:
    """So many images of every class, chosen by seed; more shots hold all that fewer hold.

    Raises    UsageError when a class has fewer
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for label in range(int(whole.labels.max()) + 1):
        places = rng.permutation(np.flatnonzero(whole.labels == label))
        if len(places) < shots:
            raise UsageError(
                f"{shots} images of each class were asked for, but class {label} has {len(places)}"
            )
        chosen.append(places[:shots])
    return whole.subset(np.sort(np.concatenate(chosen)))
