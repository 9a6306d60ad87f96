"""One opponent and one network in a process of its own, which trains when it is told to.

    python benchmarks/contender.py pytorch cnn

Each line on standard input is a number of steps; the answer is one line of JSON: the seconds each
took, the last loss, and the peak memory so far in MB, that of the imports alone apart.
"""

import importlib
import json
import resource
import sys
from time import perf_counter

import numpy as np

INPUTS = {"cnn": (128, 3, 32, 32), "mlp": (100, 784)}


def peak_memory() -> float:
    """The most memory this process has had at once, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KB here
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Build the network, then train on request until the input ends."""
    opponent, network = sys.argv[1:]
    module = importlib.import_module(f"opponents.{opponent}")
    imports = peak_memory()
    rng = np.random.default_rng(0)
    images = rng.standard_normal(INPUTS[network], dtype=np.float32)
    labels = rng.integers(0, 10, len(images))
    step = module.NETWORKS[network](images, labels)
    for line in sys.stdin:
        seconds, loss = [], 0.0
        for _ in range(int(line)):
            start = perf_counter()
            loss = step()
            seconds.append(perf_counter() - start)
        answer = {"seconds": seconds, "loss": loss, "peak": peak_memory(), "imports": imports}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
