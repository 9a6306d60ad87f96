"""Everything a run has to say, read once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.explain.layers import Layers, layers_in
from chainrule.runs import Classifier, Run
from chainrule.training import Evaluation, History


@dataclass(frozen=True)
class Test:
    """What became of the test images.

    mistakes  positions of the surest mistakes; images: theirs; names: their files, if any
    """

    measured: Evaluation
    mistakes: NDArray[np.int64]
    images: NDArray[np.uint8 | np.float32]
    names: list[str]


@dataclass(frozen=True)
class Facts:
    """A run, opened and read.

    record      what run.json says
    trained     whether the classifier has learned anything yet
    layers      the layer table, and how many parameters are learned
    test        None until the run is finished
    """

    run: Run
    record: dict[str, Any]
    history: History
    classifier: Classifier
    trained: bool
    layers: Layers
    test: Test | None

    @property
    def classes(self) -> list[str]:
        return [str(name) for name in self.classifier.classes]


def facts_of(run: Run) -> Facts:
    """Read all files of a run that are there by now.

    Raises    RunError when one is damaged, or missing though the run is finished
    """
    finished = run.finished
    trained = finished or run.folder.best.exists()
    classifier = run.classifier() if trained else run.untrained()
    preprocessing = classifier.preprocessing
    shape = (preprocessing.channels, preprocessing.height, preprocessing.width)
    return Facts(
        run=run,
        record=run.record,
        history=run.history(),
        classifier=classifier,
        trained=trained,
        layers=layers_in(
            classifier.model, classifier.network, shape, keras_count=run.record["keras_count"]
        ),
        test=Test(*run.evaluation(), run.mistake_names()) if finished else None,
    )
