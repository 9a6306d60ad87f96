"""A classical model measured beside the networks, and the folder it leaves: facts, no weights."""

from importlib.metadata import version
from typing import Any

from chainrule.classical import Baseline, evaluate_baseline
from chainrule.data import Dataset, Progress
from chainrule.runs.folder import RunFolder
from chainrule.runs.record import surroundings
from chainrule.runs.source import Source
from chainrule.sentence import written
from chainrule.training.checkpoint import save_arrays


def measure_baseline(
    folder: RunFolder,
    model: str,
    source: Source,
    dataset: Dataset,
    *,
    seed: int,
    command: str,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Baseline:
    """Let a model of classical.MODELS learn and answer; then write down what came of it.

    run.json holds the facts, evaluation.safetensors the labels of the test images and what the
    model said. Nothing is written, and nothing replaced, before all is measured.

    Raises    what evaluate_baseline raises; RunError when the folder cannot be made
    """
    surrounded = surroundings()
    surrounded["versions"]["scikit-learn"] = version("scikit-learn")
    measured = evaluate_baseline(model, dataset, seed=seed, limit=limit, progress=progress)
    record: dict[str, Any] = {
        "baseline": model,
        "about": measured.about,
        "seed": seed,
        "limit": limit,
        "command": command,
        "source": source.fixed(dataset).to_dict(),
        "data": {
            "name": dataset.name,
            "source": dataset.source,
            "sha256": dataset.digest(),
            "notes": [written(note) for note in dataset.notes],
            "train": measured.train_images,
            "test": measured.images,
        },
        **surrounded,
        "status": "finished",
        "results": measured.to_dict(),
    }
    answers = {"labels": measured.labels, "predicted": measured.predicted}
    with folder.filling() as new:
        save_arrays(new.evaluation, answers, {})
        new.write_record(record)
    return measured
