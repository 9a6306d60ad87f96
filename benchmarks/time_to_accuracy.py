"""How long a training on CIFAR-10 takes, and what it reaches: ours and the opponent's, in turns.

    python benchmarks/time_to_accuracy.py [--seeds 3] [--epochs 3] [--images 2000]

Each training runs in a process of its own, with nothing else in it. Its seconds count from the
first step to the last, compiling among them; loading the images does not count, for either side.
What is finished is kept: after Ctrl-C, the same command goes on from there. Ours are run folders,
as chainrule train leaves them.

    python benchmarks/time_to_accuracy.py --only ours --seeds 1      one side alone
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

import record
from chainrule.data import Dataset, load
from chainrule.errors import ChainruleError

RECIPE = "cifar10-record"
NAMES = {"ours": "chainrule", "airbench": "airbench94 in PyTorch"}
TARGET = 0.55
"""Our seconds over the opponent's: what we want to stay below, at its accuracy or a better one."""


def ours(data: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """Our recipe, as chainrule train carries it out; the run folder goes on where it stands."""
    from chainrule.runs import Source
    from chainrule.runs.computing import Wish, backend_of_record
    from chainrule.runs.repeating import Job
    from chainrule.zoo import recipe_named

    recipe = recipe_named(RECIPE)
    recipe = replace(
        recipe,
        settings=replace(recipe.settings, epochs=options.epochs or recipe.settings.epochs),
    )
    run = Job(
        options.keep / f"ours-seed{options.seed}",
        recipe,
        Source(data.name, None, known=True),
        options.seed,
        Wish("torch"),
        record.command(),
    ).do(data)
    results = run.record["results"]
    plain = replace(run.classifier(), test_time="plain")
    measured = plain.evaluator(backend_of_record(run.record)).evaluate(data.test)
    return {
        "started": run.record["started"],
        "seconds": results["train_seconds"],
        "compile_seconds": run.record["compile_seconds"],
        "epochs": results["epochs"],
        "precision": run.record["precision"],
        "accuracy": measured.accuracy,
        "accuracy_six_views": results["test_accuracy"],
    }


def airbench(data: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """The opponent; it has its own number of epochs, and keeps nothing before the last."""
    import torch

    from opponents.airbench import EPOCHS, Training

    def tensors(part: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(part.images), torch.from_numpy(part.labels)

    path: Path = options.keep / f"airbench-seed{options.seed}.json"
    if path.is_file():
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept
    started = datetime.now(UTC).isoformat(timespec="seconds")
    training = Training(*tensors(data.train), seed=options.seed)
    seconds = training.run()
    accuracy, six_views = training.accuracy(*tensors(data.test))
    result = {
        "started": started,
        "seconds": seconds,
        "compile_seconds": 0.0,
        "epochs": EPOCHS,
        "precision": str(training.dtype).removeprefix("torch."),
        "accuracy": accuracy,
        "accuracy_six_views": six_views,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2))
    return result


SIDES: dict[str, Callable[[Dataset, argparse.Namespace], dict[str, Any]]] = {
    "ours": ours,
    "airbench": airbench,
}


def trained(side: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """What one training came to, in a process of its own."""
    numbers = {
        "seed": seed,
        "epochs": options.epochs,
        "images": options.images,
        "keep": options.keep,
    }
    given = [f"--{name}={value}" for name, value in numbers.items() if value is not None]
    command = [sys.executable, __file__, "--train", side, *given]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)  # it has said why
    return {"side": side, "seed": seed, **json.loads(done.stdout.splitlines()[-1])}


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


def train(options: argparse.Namespace) -> None:
    """One training, told on standard output as JSON."""
    data = load("cifar-10")
    if options.images:
        few = slice(options.images)
        data = replace(data, train=data.train.subset(few), test=data.test.subset(few))
    print(json.dumps(SIDES[options.train](data, options)))


def race(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All trainings, the sides in turns."""
    runs: list[dict[str, Any]] = []
    with Console().status("starting") as status:
        for seed in range(options.seeds):
            sides = [options.only] if options.only else list(SIDES)
            for side in sides if seed % 2 == 0 else reversed(sides):
                status.update(f"{NAMES[side]}, seed {seed}")
                runs.append(trained(side, seed, options))
    return runs


def main() -> None:
    """Train in turns, print the table, keep the record."""
    options = parsed()
    if options.train:
        train(options)
        return
    about, console = record.about(), Console()
    if options.images:  # a trial is neither kept nor a record
        with tempfile.TemporaryDirectory() as folder:
            options.keep = Path(folder)
            console.print(table(race(options)))
        return
    runs = race(options)
    console.print(table(runs))
    path = record.write({**about, "runs": runs, "means": in_short(runs)}, "time-to-accuracy")
    console.print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    try:
        main()
    except ChainruleError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: what is finished is kept, and the same command goes on from there")
