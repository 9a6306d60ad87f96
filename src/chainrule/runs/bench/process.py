"""What the process took: memory, and time to start."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.backends import Backend

STATUS = Path("/proc/self/status")


def peak_memory_mb(backend: Backend) -> float | None:
    """The most memory in use at once so far: the GPU's where one computes, else this process's.

    In MB of 1,000,000 bytes; None where the system does not tell.
    """
    if backend.device.startswith("cuda"):
        import torch  # loaded long ago by the backend

        return torch.cuda.max_memory_allocated(backend.device) / 1e6
    if STATUS.exists():  # what getrusage says includes the process that started this one
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ModuleNotFoundError:  # on Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def waiting_for(backend: Backend) -> Callable[[], Any]:
    """What waits until the device has done all it was told; the processor is never late."""
    kind = backend.device.partition(":")[0]
    if kind == "cpu":
        return lambda: None
    import torch  # loaded long ago by the backend

    wait: Callable[[], Any] = getattr(torch, kind).synchronize
    return wait


def start_seconds(backend: Backend) -> float:
    """How long a new process takes to start Python and import chainrule and the backend."""
    program = f"from chainrule.backends import backend_named; backend_named({backend.name!r})"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import chainrule; {program}"], check=True)
    return time.perf_counter() - began
