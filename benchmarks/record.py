"""What a measurement needs beside it to mean anything later: machine, date, versions, command."""

import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from chainrule.machine import available_cores, processor, processor_flags

FOLDER = Path(__file__).with_name("records")
LIBRARIES = ("chainrule", "numpy", "torch", "keras", "jax")


def machine() -> dict[str, Any]:
    """The processor, how many of its cores are ours, and how busy they were just now."""
    units = [unit for unit in ("avx2", "avx512f", "amx_bf16") if unit in processor_flags()]
    return {
        "processor": f"{processor()} ({', '.join(units)})",
        "cores": available_cores(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
    }


def command() -> str:
    """What started this program."""
    return shlex.join(["python", *sys.argv])


def about() -> dict[str, Any]:
    """Everything that is the same for all measurements of one run."""
    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command(),
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in LIBRARIES},
            "blas": ", ".join(f"{one['internal_api']} {one['version']}" for one in blas) or None,
        },
    }


def _version(library: str) -> str | None:
    """None where it is not installed."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def write(record: dict[str, Any], kind: str) -> Path:
    """The record as a file named after its date and kind."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{record['date'][:10]}-{kind}.json"
    path.write_text(json.dumps(record, indent=2) + "\n")
    return path


def newest(kind: str) -> dict[str, Any]:
    """The last record of a kind that was measured on such a machine."""
    here = _kind_of_machine(machine())
    for path in sorted(FOLDER.glob(f"*-{kind}.json"), reverse=True):
        found: dict[str, Any] = json.loads(path.read_text())
        if _kind_of_machine(found["machine"]) == here:
            return found
    sys.exit(f"there is no record of {kind} on {here[0]}, {here[1]} cores: measure first")


def _kind_of_machine(facts: dict[str, Any]) -> tuple[str, int]:
    return facts["processor"], facts["cores"]
