"""How long a training on CIFAR-10 takes, and what it reaches: ours and the opponent's, in turns.

    python benchmarks/time_to_accuracy.py [--seeds 3] [--epochs 3] [--images 2000]

Each training runs in a process of its own, with nothing else in it. Its seconds count from the
first step to the last, compiling among them; loading the images does not count, for either side.
What is finished is kept: after Ctrl-C, the same command goes on from there.

    python benchmarks/time_to_accuracy.py --only ours --seeds 1      one side alone
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

import record
from chainrule.data import Dataset, load
from chainrule.zoo import Settings, recipe_named
from chainrule.zoo.cifar10_record import WIDTHS

RECIPE = "cifar10-record"
NAMES = {"ours": "chainrule", "airbench": "airbench94 in PyTorch"}
TARGET = 0.55
"""Our seconds over the opponent's: what we want to stay below, at its accuracy or a better one."""


def our_settings(epochs: int | None) -> Settings:
    """The recipe's, but for the epochs where others are asked for."""
    settings = recipe_named(RECIPE).settings
    return replace(settings, epochs=epochs or settings.epochs)


def ours(data: Dataset, seed: int, epochs: int | None) -> dict[str, Any]:
    """Our recipe, as chainrule train carries it out."""
    from chainrule.backends import backend_named
    from chainrule.runs.classifier import build
    from chainrule.training import Evaluator

    settings = our_settings(epochs)
    preprocessing = settings.make_preprocessing(data.train.images)
    backend = backend_named("torch").configured()
    trainer = settings.make_trainer(
        build(settings.network, preprocessing, data.classes, seed),
        preprocessing,
        seed=seed,
        backend=backend,
    )
    begin = perf_counter()
    trainer.fit(data.train, epochs=settings.epochs, batch_size=settings.batch_size)
    seconds = perf_counter() - begin

    def accuracy(test_time: str) -> float:
        measures = Evaluator(trainer.model, preprocessing, backend=backend, test_time=test_time)
        return measures.evaluate(data.test).accuracy

    return {
        "seconds": seconds,
        "compile_seconds": trainer.compile_seconds,
        "epochs": settings.epochs,
        "precision": backend.precision,
        "accuracy": accuracy("plain"),
        "accuracy_six_views": accuracy("mirror-shift"),
    }


def airbench(data: Dataset, seed: int, epochs: int | None) -> dict[str, Any]:
    """The opponent; it has its own number of epochs."""
    import torch

    from opponents.airbench import EPOCHS, Training

    def tensors(part: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(part.images), torch.from_numpy(part.labels)

    training = Training(*tensors(data.train), seed=seed)
    seconds = training.run()
    accuracy, six_views = training.accuracy(*tensors(data.test))
    return {
        "seconds": seconds,
        "compile_seconds": 0.0,
        "epochs": EPOCHS,
        "precision": str(training.dtype).removeprefix("torch."),
        "accuracy": accuracy,
        "accuracy_six_views": six_views,
    }


SIDES: dict[str, Callable[[Dataset, int, int | None], dict[str, Any]]] = {
    "ours": ours,
    "airbench": airbench,
}


def finished(side: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """What one training came to: found in its file, or trained now and kept there."""
    if options.images:  # a trial
        return trained(side, seed, options)
    path: Path = options.keep / f"{side}-seed{seed}.json"
    ours_by = {**our_settings(options.epochs).to_dict(), "widths": list(WIDTHS)}
    by = ours_by if side == "ours" else {}
    if path.is_file():
        kept: dict[str, Any] = json.loads(path.read_text())
        if kept.pop("by") != by:
            sys.exit(f"{path} was trained by other numbers: delete it, or give another --keep")
        return kept
    result = trained(side, seed, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**result, "by": by}, indent=2))
    return result


def trained(side: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """What one training came to, in a process of its own."""
    numbers = {"epochs": options.epochs, "images": options.images}
    given = [f"--{name}={value}" for name, value in numbers.items() if value]
    command = [sys.executable, __file__, "--train", side, f"--seed={seed}", *given]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    return {"side": side, "seed": seed, "ended": ended, **json.loads(answer.splitlines()[-1])}


def in_short(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Each side's means, and the ratio of the seconds where both ran."""
    means: dict[str, Any] = {}
    for side in dict.fromkeys(run["side"] for run in runs):
        own = [run for run in runs if run["side"] == side]
        names = ("seconds", "compile_seconds", "accuracy", "accuracy_six_views")
        means[side] = {name: mean(run[name] for run in own) for name in names}
    if len(means) == 2:
        means["ratio"] = means["ours"]["seconds"] / means["airbench"]["seconds"]
        means["target"] = TARGET
    return means


def table(runs: list[dict[str, Any]]) -> Table:
    """Every training, then the means."""
    made = Table(box=box.SIMPLE, title=f"Time to accuracy on CIFAR-10: {RECIPE}")
    made.add_column("by", no_wrap=True)
    for title in ("seed", "epochs", "seconds", "compiling", "accuracy", "six views"):
        made.add_column(title, justify="right", no_wrap=True)
    for run in runs:
        made.add_row(NAMES[run["side"]], str(run["seed"]), f"{run['epochs']:g}", *_numbers(run))
    means = in_short(runs)
    for side in NAMES:
        if side in means:
            made.add_row(NAMES[side], "mean", "", *_numbers(means[side]), style="bold")
    if "ratio" in means:
        made.caption = f"seconds, ours over theirs: {means['ratio']:.2f} (wanted: {TARGET} or less)"
    return made


def _numbers(run: dict[str, Any]) -> tuple[str, ...]:
    accuracies = (f"{run[name]:.2%}" for name in ("accuracy", "accuracy_six_views"))
    return f"{run['seconds']:.0f}", f"{run['compile_seconds']:.0f}", *accuracies


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each side")
    parser.add_argument("--epochs", type=int, help="of ours, instead of the recipe's")
    parser.add_argument("--images", type=int, help="train and test on so many, for a trial")
    parser.add_argument(
        "--keep", type=Path, default=Path("runs/time-to-accuracy"), help="folder of what is done"
    )
    parser.add_argument("--only", choices=SIDES, help="one side alone")
    parser.add_argument("--train", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Train in turns, print the table, keep the record."""
    options = parsed()
    if options.train:
        data = load("cifar-10")
        if options.images:
            few = slice(options.images)
            data = replace(data, train=data.train.subset(few), test=data.test.subset(few))
        print(json.dumps(SIDES[options.train](data, options.seed, options.epochs)))
        return
    about, console = record.about(), Console()
    runs: list[dict[str, Any]] = []
    with console.status("starting") as status:
        for seed in range(options.seeds):
            sides = [options.only] if options.only else list(SIDES)
            for side in sides if seed % 2 == 0 else reversed(sides):
                status.update(f"{NAMES[side]}, seed {seed}")
                runs.append(finished(side, seed, options))
    console.print(table(runs))
    if options.images:  # a trial is no record
        return
    result = {**about, "runs": runs, "means": in_short(runs)}
    path = record.write(result, "time-to-accuracy")
    console.print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: what is finished is kept, and the same command goes on from there")
