"""How far one step of a network is from what this machine can do at most.

    python benchmarks/roofline.py [--network mnist-mlp] [--precision bfloat16] [--batch-size 128]

The roof of an operation is the longer of two times: its multiplications at the rate of a large
matrix product, and the bytes that have to move at the rate of a large copy. What has to move is
each operation's input and output once, in either direction, and the optimizer's arrays; everything
between two matrix products could be fused with them. The rest of the step is told by operation.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from math import prod
from time import perf_counter
from typing import Any

import numpy as np
import torch
from rich import box
from rich.console import Console
from rich.table import Table

import networks
import record
from chainrule.backends.torch_devices import native_bfloat16
from opponents import ours
from races import RACES, Race

SIDE = 2048
"""Rows and columns of the product that stands for the matrix rate."""
COPIED = 1 << 28
"""Bytes of the copy that stands for the memory's rate: far more than a cache holds."""
STEPS = 20
PIECES = (
    ("convolution_backward", "convolutions backward"),
    ("convolution", "convolutions forward"),
    ("mm", "matrix products"),
    ("linear", "matrix products"),
    ("cpp_fused", "fused by the compiler: everything between, and the optimizer"),
    ("pool", "poolings"),
)
"""What the library calls its work, and what it is."""
RULES = {"adam": (12, 8), "sgd": (8, 6)}
"""Operations per parameter, and how often one moves: Adam reads and writes w, m and v, SGD w and
its momentum; the gradient is written before it is read."""
FLOAT32 = 4
"""Bytes of what the optimizer keeps."""


@dataclass(frozen=True)
class Work:
    """One pass of one operation: floating-point operations, and bytes that have to move."""

    name: str
    flop: float
    moved: float

    def seconds(self, rate: float, bandwidth: float) -> float:
        """The least it can take."""
        return max(self.flop / rate, self.moved / bandwidth)


def quickest(work: Callable[[], Any], times: int = 5) -> float:
    """Seconds of the quickest of some times, after one that does not count."""
    work()
    taken = []
    for _ in range(times):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return min(taken)


def matrix_rates() -> dict[str, float]:
    """FLOP per second of a large product, by who computes it and in what."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((SIDE, SIDE), dtype=np.float32)
    x = torch.from_numpy(a)
    works = {"numpy float32": lambda: a @ a, "torch float32": lambda: x @ x}
    if native_bfloat16("cpu"):
        y = x.bfloat16()
        works["torch bfloat16"] = lambda: y @ y
    return {name: 2 * SIDE**3 / quickest(work) for name, work in works.items()}


def memory_rate() -> float:
    """Bytes per second read and written by a large copy."""
    x = torch.ones(COPIED // 4)
    y = torch.empty_like(x)
    return 2 * COPIED / quickest(lambda: y.copy_(x))


def works(race: Race, size: int) -> Iterator[Work]:
    """The matrix products of a step, forward and backward, and the optimizer's pass.

    size: of a value in bytes
    """
    N, (C, H, W) = race.batch_size, race.shape
    parameters, learns = 0, False
    for piece in race.network:
        match piece:
            case networks.Conv(filters, K, padding, bias, frozen):
                x, border = (C, H, W), 0 if padding == "same" else K - 1
                C, H, W = filters, H - border, W - border
                passes = _passes(learned=not frozen, inputs=learns)
                yield from _convolution(N, x, (C, H, W), K, passes, size)
                if not frozen:
                    parameters += C * (x[0] * K * K + bias)
                    learns = True
            case networks.Residual(filters, stride):
                for step in (stride, 1):
                    x = (C, H, W)
                    C, H, W = filters, -(-H // step), -(-W // step)
                    passes = _passes(learned=True, inputs=learns)
                    yield from _convolution(N, x, (C, H, W), 3, passes, size)
                    parameters += C * (x[0] * 9 + 2)  # and the norm's scale and shift
                    learns = True
            case networks.Norm(scale):
                parameters += C * (1 + scale)
                learns = True
            case networks.MaxPool():
                H, W = H // 2, W // 2
            case networks.Global():
                H = W = 1
            case networks.Flatten():
                C, H, W = C * H * W, 1, 1
            case networks.Dense(units, bias):
                flop, moved = 2.0 * N * C * units, (N * (C + units) + C * units) * size
                for name in _passes(learned=True, inputs=learns):
                    yield Work(f"linear {C} to {units}, {name}", flop, moved)
                parameters += units * (C + bias)
                C, learns = units, True
    operations, moves = RULES[race.rule.name]
    yield Work(race.rule.name, operations * parameters, moves * FLOAT32 * parameters)


def _passes(*, learned: bool, inputs: bool) -> list[str]:
    """Forward reads x and writes y; the weights' gradient reads both; the input's reads one and
    writes the other, and is not needed where nothing before it learns.
    """
    return ["forward", *["weights"] * learned, *["inputs"] * inputs]


def _convolution(
    N: int,
    x: tuple[int, int, int],
    y: tuple[int, int, int],
    K: int,
    passes: list[str],
    size: int,
) -> Iterator[Work]:
    (C, *_), (filters, H, W) = x, y
    flop = 2.0 * N * H * W * filters * C * K * K
    moved = N * (prod(x) + prod(y)) * size
    for name in passes:
        yield Work(f"conv {C} to {filters}, {H}x{W}, {name}", flop, moved)


def step_by_part(race: Race, images: Any, labels: Any, precision: str) -> tuple[float, dict]:
    """(seconds of a compiled step, its seconds by part), the parts from torch's profiler."""
    train = ours.build(race, images, labels, backend="torch", precision=precision)
    train(3)
    seconds = min(train(STEPS)[0] / STEPS for _ in range(3))
    with torch.profiler.profile() as profile:
        train(STEPS)
    parts: dict[str, float] = defaultdict(float)
    for event in profile.key_averages():
        named = (what for part, what in PIECES if part in event.key)
        parts[next(named, "the rest of torch")] += event.self_cpu_time_total / 1e6 / STEPS
    parts["outside torch: feeding, Python"] = max(0.0, seconds - sum(parts.values()))
    return seconds, dict(parts)


def measured(race: Race, precision: str) -> dict[str, Any]:
    """All of it, for the table and the record."""
    # Without this the compiler's loops are one nameless piece to the profiler.
    torch._inductor.config.cpp.enable_kernel_profile = True
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (race.batch_size, *race.shape), dtype=np.uint8)
    labels = rng.integers(0, 10, race.batch_size)
    rates, bandwidth = matrix_rates(), memory_rate()
    rate = rates[f"torch {precision}"]
    size = 2 if precision == "bfloat16" else 4
    parts = list(works(race, size))
    seconds, spent = step_by_part(race, images, labels, precision)
    return {
        "network": race.name,
        "batch_size": race.batch_size,
        "precision": precision,
        "matrix_rates": rates,
        "memory_rate": bandwidth,
        "works": [
            {**asdict(work), "least_ms": 1e3 * work.seconds(rate, bandwidth)} for work in parts
        ],
        "flop": sum(work.flop for work in parts),
        "moved": sum(work.moved for work in parts),
        "roof_ms": 1e3 * sum(work.seconds(rate, bandwidth) for work in parts),
        "step_ms": 1e3 * seconds,
        "spent_ms": {name: 1e3 * value for name, value in spent.items()},
    }


def show(result: dict[str, Any], console: Console) -> None:
    """The two halves: what cannot be avoided, and where the time goes."""
    title = f"The least a step of {result['network']} can take, batch {result['batch_size']}"
    least = Table(box=box.SIMPLE, title=f"{title}, {result['precision']}")
    least.add_column("operation")
    for title in ("GFLOP", "MB", "ms"):
        least.add_column(title, justify="right")
    for work in result["works"]:
        cells = (work["flop"] / 1e9, work["moved"] / 1e6, work["least_ms"])
        least.add_row(work["name"], *(f"{value:.3g}" for value in cells))
    console.print(least)
    rates = ", ".join(f"{name} {rate / 1e9:,.0f}" for name, rate in result["matrix_rates"].items())
    console.print(
        f"matrix products, GFLOP/s: {rates}; copy: {result['memory_rate'] / 1e9:.1f} GB/s"
    )
    spent = Table(box=box.SIMPLE, title="Where the step's time goes")
    spent.add_column("part")
    spent.add_column("ms", justify="right")
    for name, value in sorted(result["spent_ms"].items(), key=lambda part: -part[1]):
        spent.add_row(name, f"{value:.3g}")
    console.print(spent)
    share = result["roof_ms"] / result["step_ms"]
    console.print(
        f"a step takes {result['step_ms']:.3g} ms, and cannot take less than "
        f"{result['roof_ms']:.3g} ms: {share:.0%} of what the machine can do"
    )


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    native = "bfloat16" if native_bfloat16("cpu") else "float32"
    parser.add_argument("--network", choices=RACES, default="cifar10-74")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default=native)
    parser.add_argument("--batch-size", type=int, help="the race's own unless given")
    options = parser.parse_args()
    if options.precision == "bfloat16" and native == "float32":
        parser.error("bfloat16 is not native on this processor")
    race = RACES[options.network]
    if options.batch_size is not None:
        race = replace(race, batch_size=options.batch_size)
    about = record.about()
    result = measured(race, options.precision)
    show(result, Console())
    path = record.write({**about, **result}, f"roofline-{race.name}")
    print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    main()
