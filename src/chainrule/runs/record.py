"""What one has to know to repeat a run: versions, machine, command, time."""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from shlex import join
from typing import Any

from chainrule.backends import NUMPY, Backend
from chainrule.machine import available_cores, processor
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


def command_line() -> str:
    """The command that started this program, ready to be pasted into a shell."""
    program = Path(sys.argv[0]).name
    started = ["python", "-m", "chainrule"] if program == "__main__.py" else [program]
    return join([*started, *sys.argv[1:]])
