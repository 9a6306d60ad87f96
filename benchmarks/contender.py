"""One contender in one race, in a process of its own, which trains when it is told to.

    python benchmarks/contender.py torch-f32 cifar10-74

Each line on standard input is a number of steps, answered by one line of JSON: the seconds they
took together, the last loss, and the peak memory so far in MB, that of the imports alone apart.
"""

import importlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np

from races import CONTENDERS, RACES, Contender, Race

BATCHES = 8
"""In memory, used in turn."""
STATUS = Path("/proc/self/status")


def peak_memory() -> float:
    """The most memory this process has had at once, in MB."""
    if STATUS.exists():  # what getrusage says includes the process that started this one
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KB here
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def prepared(contender: Contender, race: Race) -> tuple[Any, float]:
    """What trains, and the memory after its imports."""
    rng = np.random.default_rng(0)
    count = BATCHES * race.batch_size
    images = rng.integers(0, 256, (count, *race.shape), dtype=np.uint8)
    labels = rng.integers(0, 10, count)
    module = importlib.import_module(f"opponents.{contender.opponent}")
    imports = peak_memory()
    return module.build(race, images, labels, **contender.options), imports


def main() -> None:
    """Build the network, then train on request until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer

    contender = next(one for one in CONTENDERS if one.name == sys.argv[1])
    race = RACES[sys.argv[2]]
    train, imports = prepared(contender, race)
    for line in sys.stdin:
        seconds, loss = train(int(line))
        answer = {"seconds": seconds, "loss": loss, "peak": peak_memory(), "imports": imports}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
