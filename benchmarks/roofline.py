"""How far one step of the CIFAR-74 network is from what this machine can do at most.

    python benchmarks/roofline.py [--precision bfloat16] [--batch-size 128]

The roof of an operation is the longer of two times: its multiplications at the rate of a large
matrix product, and the bytes that have to move at the rate of a large copy. What has to move is
each operation's input and output once, in either direction, and the optimizer's arrays; everything
between two matrix products could be fused with them. The rest of the step is told by operation.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
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
from races import RACES

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


def works(
    network: networks.Network, shape: tuple[int, int, int], N: int, size: int
) -> Iterator[Work]:
    """The matrix products of a step, forward and backward, and the optimizer's pass.

    size: of a value in bytes
    """
    C, H, W = shape
    parameters, learns = 0, False
    for piece in network:
        match piece:
            case networks.Conv(filters, K, padding):
                x = N * C * H * W
                if padding == "valid":
                    H, W = H - K + 1, W - K + 1
                flop, y = 2.0 * N * H * W * filters * C * K * K, N * filters * H * W
                yield from _passes(f"conv {C} to {filters}, {H}x{W}", flop, x, y, learns, size)
                parameters += filters * (C * K * K + 1)
                C, learns = filters, True
            case networks.MaxPool():
                H, W = H // 2, W // 2
            case networks.Flatten():
                C, H, W = C * H * W, 1, 1
            case networks.Dense(units):
                flop, w = 2.0 * N * C * units, C * units
                yield from _passes(f"linear {C} to {units}", flop, N * C + w, N * units, True, size)
                parameters += w + units
                C = units
    # Adam reads and writes w, m and v; the gradient is written before it is read.
    yield Work("Adam", 12.0 * parameters, 8 * 4 * parameters)


def _passes(name: str, flop: float, x: int, y: int, learns: bool, size: int) -> Iterator[Work]:
    """Forward reads x and writes y; the weights' gradient reads both; the input's reads one and
    writes the other, and is not needed where nothing before it learns.
    """
    directions = ("forward", "weights", "inputs") if learns else ("forward", "weights")
    for direction in directions:
        yield Work(f"{name}, {direction}", flop, (x + y) * size)


def step_by_part(race: Any, images: Any, labels: Any, precision: str) -> tuple[float, dict]:
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


def measured(precision: str, batch_size: int) -> dict[str, Any]:
    """All of it, for the table and the record."""
    # Without this the compiler's loops are one nameless piece to the profiler.
    torch._inductor.config.cpp.enable_kernel_profile = True
    race = replace(RACES["cifar10-74"], batch_size=batch_size)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch_size, *race.shape), dtype=np.uint8)
    labels = rng.integers(0, 10, batch_size)
    rates, bandwidth = matrix_rates(), memory_rate()
    rate = rates[f"torch {precision}"]
    size = 2 if precision == "bfloat16" else 4
    parts = list(works(race.network, race.shape, batch_size, size))
    seconds, spent = step_by_part(race, images, labels, precision)
    return {
        "network": race.name,
        "batch_size": batch_size,
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
    least = Table(box=box.SIMPLE, title=f"The least a step can take, {result['precision']}")
    least.add_column("operation")
    for title in ("GFLOP", "MB", "ms"):
        least.add_column(title, justify="right")
    for work in result["works"]:
        cells = (work["flop"] / 1e9, work["moved"] / 1e6, work["least_ms"])
        least.add_row(work["name"], *(f"{value:.2f}" for value in cells))
    console.print(least)
    rates = ", ".join(f"{name} {rate / 1e9:,.0f}" for name, rate in result["matrix_rates"].items())
    console.print(
        f"matrix products, GFLOP/s: {rates}; copy: {result['memory_rate'] / 1e9:.1f} GB/s"
    )
    spent = Table(box=box.SIMPLE, title="Where the step's time goes")
    spent.add_column("part")
    spent.add_column("ms", justify="right")
    for name, value in sorted(result["spent_ms"].items(), key=lambda part: -part[1]):
        spent.add_row(name, f"{value:.1f}")
    console.print(spent)
    share = result["roof_ms"] / result["step_ms"]
    console.print(
        f"a step takes {result['step_ms']:.1f} ms, and cannot take less than "
        f"{result['roof_ms']:.1f} ms: {share:.0%} of what the machine can do"
    )


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    native = "bfloat16" if native_bfloat16("cpu") else "float32"
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default=native)
    parser.add_argument("--batch-size", type=int, default=128)
    options = parser.parse_args()
    if options.precision == "bfloat16" and native == "float32":
        parser.error("bfloat16 is not native on this processor")
    about = record.about()
    result = measured(options.precision, options.batch_size)
    show(result, Console())
    path = record.write({**about, **result}, "roofline")
    print(f"written to benchmarks/records/{path.name}")


if __name__ == "__main__":
    main()
