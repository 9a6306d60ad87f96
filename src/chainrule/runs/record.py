"""What one has to know to repeat a run: versions, machine, command, time."""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from shlex import join
from typing import Any

from chainrule.backends import NUMPY, Backend
from chainrule.kernels.threads import available_cores
from chainrule.version import __version__


def surroundings(backend: Backend = NUMPY) -> dict[str, Any]:
    """Versions of what computes, and the machine it computes on."""
    return {
        "versions": {
            "chainrule": __version__,
            "python": platform.python_version(),
            NUMPY.name: NUMPY.version,
            backend.name: backend.version,
        },
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": processor(),
            "cores": available_cores(),
        },
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def processor() -> str:
    """The processor's name, as its maker gives it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for text in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    return platform.processor() or "unknown"


def command_line() -> str:
    """The command that started this program, ready to be pasted into a shell."""
    program = Path(sys.argv[0]).name
    started = ["python", "-m", "chainrule"] if program == "__main__.py" else [program]
    return join([*started, *sys.argv[1:]])
