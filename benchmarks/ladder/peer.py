"""Train a recipe in PyTorch or Keras: the same network and numbers, on the same data.

    python benchmarks/ladder/peer.py cifar10-74 --framework pytorch --seed 0 --out FILE.json

Same images, same validation part, same batches in the same order, same augmentation, schedule and
rule for the best epoch; the network's layers, initialisation, dropout, batch norm and Adam are the
framework's own. A run that was interrupted goes on after its last whole epoch when it is started
again. With the result, benchmarks/ladder/collect.py writes the peer's figures into the claim.
"""

import argparse
import importlib
import json
import math
import platform
import shlex
import shutil
import sys
import time
from collections.abc import Container, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chainrule import data
from chainrule.data import Dataset, Feed, Preprocessing, Split
from chainrule.errors import ChainruleError, UsageError
from chainrule.runs.folder import read_json, write_json
from chainrule.runs.record import surroundings
from chainrule.training import Epoch, History
from chainrule.zoo import Recipe, recipe_named

FRAMEWORKS = {"pytorch": "PyTorch", "keras": "Keras"}
LOOKED_AT = 500
"""Images measured at a time."""

Batches = Iterator[tuple[np.ndarray, np.ndarray]]


def train(
    recipe: Recipe, dataset: Dataset, *, framework: str, seed: int, folder: Path
) -> dict[str, Any]:
    """The training and what came of it; folder: of the checkpoints, to go on from."""
    settings = recipe.settings
    rest, validation = settings.part(dataset.train, seed)
    preprocessing = settings.make_preprocessing(rest.images)
    per_epoch = math.ceil(len(rest) / settings.batch_size)
    module = importlib.import_module(f"peer_{framework}")
    _refuse_unknown(recipe, module)
    learner = module.Learner(settings, settings.epochs * per_epoch, seed)
    history, started = _resume(learner, folder)
    for number in range(len(history) + 1, settings.epochs + 1):
        began = time.perf_counter()
        loss, accuracy = learner.learn(
            _augmented(recipe, rest, preprocessing, len(dataset.classes), seed, number), number
        )
        validation_loss, validation_accuracy = learner.measure(_plain(validation, preprocessing))
        seconds = time.perf_counter() - began
        history.append(
            Epoch(
                number, loss, accuracy, validation_loss, validation_accuracy, settings.lr, seconds
            )
        )
        learner.save(folder, f"epoch-{number}")
        history.write(folder / "history.jsonl")
        _forget(folder, {f"epoch-{number}", f"epoch-{history.best.epoch}"})
        print(f"epoch {number}: validation {validation_accuracy:.4f}, {seconds:.0f} s", flush=True)
    learner.load(folder, f"epoch-{history.best.epoch}")
    _, accuracy = learner.measure(_plain(dataset.test, preprocessing))
    return {
        "recipe": recipe.name,
        "framework": FRAMEWORKS[framework],
        "seed": seed,
        "settings": settings.to_dict(),
        "parameters": learner.count(),
        "data": {"name": dataset.name, "sha256": dataset.digest()},
        "training": {
            "seed": seed,
            "accuracy": round(accuracy * len(dataset.test)) / len(dataset.test),  # not a float32
            "epochs": len(history),
            "best_epoch": history.best.epoch,
            "seconds": round(history.typical_seconds(), 3),
            "date": started,
        },
        "machine": surroundings()["machine"],
        "versions": {"python": platform.python_version(), **module.VERSIONS},
        "epochs": [asdict(epoch) for epoch in history],
    }


def _resume(learner: Any, folder: Path) -> tuple[History, str]:
    """The epochs that are done, the learner as it was after them, and when it all began."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = folder / "begun.json"
    if not begun.exists():
        write_json(begun, {"started": datetime.now(UTC).isoformat(timespec="seconds")})
    done = folder / "history.jsonl"
    history = History.read(done) if done.exists() else History()
    if len(history):
        learner.load(folder, f"epoch-{len(history)}")
    return history, read_json(begun)["started"]


def _forget(folder: Path, needed: set[str]) -> None:
    """Remove the checkpoints of epochs that are neither the last nor the best."""
    for path in folder.glob("epoch-*"):
        if path.name.partition(".")[0] not in needed:
            path.unlink()


def _refuse_unknown(recipe: Recipe, module: ModuleType) -> None:
    """Raise UsageError for a recipe that asks for what this library's learner does not do."""
    known: dict[str, Container[Any]] = {
        "network": module.NETWORKS,
        "optimizer": module.OPTIMIZERS,
        "loss": module.LOSSES,
        **dict.fromkeys(("weight_decay", "label_smoothing", "mixup"), (0.0,)),
        **dict.fromkeys(("others_lr", "patience", "freeze"), (None,)),
        "test_time": ("plain",),
    }
    asked = recipe.settings.to_dict()
    if any(asked[name] not in values for name, values in known.items()):
        raise UsageError(f"{recipe.name}: its network or training is not written for peers")


def _augmented(
    recipe: Recipe, train: Split, preprocessing: Preprocessing, classes: int, seed: int, epoch: int
) -> Batches:
    settings = recipe.settings
    feed = Feed(
        train, settings.batch_size, settings.make_augmentation(), classes=classes, seed=seed
    )
    return ((preprocessing(images), labels) for images, labels in feed.batches(epoch))


def _plain(split: Split, preprocessing: Preprocessing) -> Batches:
    for start in range(0, len(split), LOOKED_AT):
        part = split.subset(slice(start, start + LOOKED_AT))
        yield preprocessing(part.images), part.labels


def main() -> None:
    """Parse, train, write."""
    parser = argparse.ArgumentParser(description="A recipe in another library, on the same data.")
    parser.add_argument("recipe")
    parser.add_argument("--framework", choices=FRAMEWORKS, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", help="where the data sets lie")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    given = parser.parse_args()
    recipe = recipe_named(given.recipe)
    dataset = data.load(recipe.data, given.data)
    checkpoints = given.out.with_suffix(".begun")
    result = train(recipe, dataset, framework=given.framework, seed=given.seed, folder=checkpoints)
    words = ["python", "benchmarks/ladder/peer.py", recipe.name, "--framework", given.framework]
    result["command"] = shlex.join([*words, "--seed", str(given.seed), "--out", "FILE.json"])
    write_json(given.out, result)
    shutil.rmtree(checkpoints)
    print(json.dumps(result["training"]), file=sys.stdout)


if __name__ == "__main__":
    try:
        main()
    except ChainruleError as error:
        sys.exit(f"error: {error}")
