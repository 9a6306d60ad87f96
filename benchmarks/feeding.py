"""Whether image files are decoded as fast as a training learns from them.

    python benchmarks/feeding.py [--sides 32 224 1000] [--backend numpy]

For photos of each size: images per second that a folder streams, decoded and resized; that the
training step for so large a folder of own images takes from memory; and that it takes from the
files, decoded and changed at random while the step before is under way: on the same cores, so that
files can slow a step that never waits for them. They lie in the disk's cache; no disk is measured.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image
from rich import box
from rich.console import Console
from rich.table import Table

import record
from chainrule.backends import Backend, backend_named
from chainrule.data import Feed, FileImages, Preprocessing, Split, batches
from chainrule.data.decoding import choose_shape
from chainrule.training.losses import loss_named
from chainrule.zoo import Settings, network_named, recipe_for
from opponents.ours import Learn, learner

FOLDER = 10_000
"""Images of the folder, for which network and batch are chosen; files are taken again and again."""
CLASSES = 10
GRAIN = 16
"""Pixels from one colour of a photo to the next."""
NOISE = 6.0
"""Standard deviation of what a camera adds, in steps of 0..255."""


@dataclass(frozen=True)
class Fed:
    """What came of photos of one size; rates are medians over the rounds, in images per second.

    side       of the files, in pixels
    file_kb    of a file, in the mean
    shape      (C, H, W) that a folder of them is brought to
    decoded    from files, by all cores, with nothing else under way
    learned    from memory
    fed        learned from files
    waiting    the share of a step from files that it waits for its batch
    rounds     (decoded, learned, fed, waiting) of each round
    """

    side: int
    file_kb: float
    shape: tuple[int, int, int]
    network: str
    batch_size: int
    decoded: float
    learned: float
    fed: float
    waiting: float
    rounds: tuple[tuple[float, float, float, float], ...]


def photos(folder: Path, side: int, count: int) -> list[Path]:
    """Files of random patches of colour that run into each other, with a camera's noise."""
    rng = np.random.default_rng(side)
    patches = max(2, side // GRAIN)
    paths = []
    for number in range(count):
        colours = rng.integers(0, 256, (patches, patches, 3), dtype=np.uint8)
        smooth = Image.fromarray(colours).resize((side, side), Image.Resampling.BICUBIC)
        pixels = np.asarray(smooth) + rng.normal(0, NOISE, (side, side, 3))
        paths.append(folder / f"{number}.jpg")
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(paths[-1], quality=90)
    return paths


def streamed(paths: Sequence[Path]) -> Split:
    """A folder of these files, each in it as often as it takes, in classes of one size."""
    shape = choose_shape(paths, size=None, channels=None, skip_unreadable=False)
    again = [paths[place % len(paths)] for place in range(FOLDER)]
    return Split(FileImages(again, shape), np.arange(FOLDER) % CLASSES)


def step_for(settings: Settings, shape: tuple[int, int, int], backend: Backend) -> Learn:
    """The step of the network that is chosen for such images."""
    model = network_named(settings.network)(shape, CLASSES).to(backend)
    optimizer = settings.make_optimizer()
    optimizer.attach(settings.groups(model))
    loss = loss_named(settings.make_loss(None, backend))
    unit = Preprocessing(*shape, mean=(0.0,) * shape[0], std=(1.0,) * shape[0])
    return learner(model, optimizer, loss, unit, backend)


def measured(side: int, *, files: int, count: int, rounds: int, backend: Backend) -> Fed:
    """All three rates in turns, each of so many batches."""
    with tempfile.TemporaryDirectory() as folder:
        paths = photos(Path(folder), side, files)
        split = streamed(paths)
        shape = split.images.shape[1:]
        settings = recipe_for("photos", split, range(CLASSES))[0].settings
        size, learn = settings.batch_size, step_for(settings, shape, backend)
        feed = Feed(
            split, size, settings.make_augmentation(), classes=CLASSES, seed=0, backend=backend
        )
        found = []
        for epoch in range(rounds + 1):
            began = perf_counter()
            held = list(islice(batches(split, size, seed=0, epoch=epoch), count))
            decoded = perf_counter()
            for batch in held:
                learn(*batch)
            learned = perf_counter()
            seconds, waited = from_files(feed, learn, epoch, count)
            if epoch:  # the first compiles, and fills caches
                rates = (count * size / s for s in (decoded - began, learned - decoded, seconds))
                found.append((*rates, waited / seconds))
        return Fed(
            side,
            mean(path.stat().st_size for path in paths) / 1e3,
            shape,
            settings.network,
            size,
            *(median(values) for values in zip(*found, strict=True)),
            rounds=tuple(found),
        )


def from_files(feed: Feed, learn: Learn, epoch: int, count: int) -> tuple[float, float]:
    """(seconds of so many steps, those of them spent waiting for a batch).

    One step more goes before them, which waits as the first of an epoch only does.
    """
    with feed.ahead(epoch) as coming:
        learn(*next(coming))
        began, waited = perf_counter(), 0.0
        for _ in range(count):
            asked = perf_counter()
            batch = next(coming)
            waited += perf_counter() - asked
            learn(*batch)
        return perf_counter() - began, waited


def table(found: Sequence[Fed]) -> Table:
    """A row per size of the files."""
    first = found[0]  # the network goes by the number of images, which is the same for all
    shown = Table(
        box=box.SIMPLE,
        title=f"Images per second, {first.network}, batch {first.batch_size}",
        caption="learned: from memory, and then from files; waiting: share of a step from files",
    )
    for title in ("pixels", "kB a file", "brought to", "decoded", "learned", "fed", "waiting"):
        shown.add_column(title, justify="right", no_wrap=True)
    for one in found:
        _, H, W = one.shape
        rates = (f"{rate:,.0f}" for rate in (one.decoded, one.learned, one.fed))
        shown.add_row(
            f"{one.side}x{one.side}",
            f"{one.file_kb:,.1f}",
            f"{W}x{H}",
            *rates,
            f"{one.waiting:.0%}",
        )
    return shown


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sides", nargs="+", type=int, default=[32, 224, 1000], help="pixels")
    parser.add_argument("--files", type=int, default=256, help="that are different, of each size")
    parser.add_argument("--batches", type=int, default=12, help="of a turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each rate")
    parser.add_argument("--backend", choices=("numpy", "torch"), default="torch")
    options = parser.parse_args(arguments)
    for name in ("files", "batches", "rounds"):
        if (value := getattr(options, name)) < 1:
            parser.error(f"--{name} is {value}, but 1 or more is needed")
    if min(options.sides) < 2:
        parser.error(f"--sides has {min(options.sides)}, but 2 pixels or more are needed")
    return options


def result_of(options: argparse.Namespace) -> dict[str, Any]:
    """The record."""
    about = record.about()
    backend = backend_named(options.backend).configured(
        device="cpu", precision="float32", compiling=True if options.backend == "torch" else None
    )
    found = [
        measured(
            side,
            files=options.files,
            count=options.batches,
            rounds=options.rounds,
            backend=backend,
        )
        for side in options.sides
    ]
    Console().print(table(found))
    return {**about, **vars(options), "found": [asdict(one) for one in found]}


def main() -> None:
    """Measure, print, keep."""
    path = record.write(result_of(parsed()), "feeding")
    print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    main()
