"""How long one waits before anything happens: imports, and the command line's help."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "import numpy": [sys.executable, "-c", "import numpy"],
    "import chainrule": [sys.executable, "-c", "import chainrule"],
    "import torch": [sys.executable, "-c", "import torch"],
    "chainrule --help": [str(Path(sys.executable).with_name("chainrule")), "--help"],
}


def measure(rounds: int, progress: Callable[[str], None]) -> dict[str, float]:
    """Milliseconds until each command has ended: medians over rounds of all of them in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(rounds + 1):  # the first round fills the disk's cache and does not count
        progress(f"start-up: round {number} of {rounds}")
        for name, command in COMMANDS.items():
            start = perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if number:
                seconds[name].append(perf_counter() - start)
    return {name: 1e3 * median(taken) for name, taken in seconds.items()}
