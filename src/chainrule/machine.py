"""What machine this is: its processor, and the cores and the memory there are to take."""

import os
import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
MEMINFO = Path("/proc/meminfo")
"""Where Linux says what others do not."""


def available_cores() -> int:
    """The cores this process may run on, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_memory() -> int | None:
    """Bytes a program may still take: on Linux what is free, elsewhere all there is, or None."""
    if free := _said(MEMINFO).get("MemAvailable"):
        return int(free.split()[0]) * 1024
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def processor() -> str:
    """The processor's name, as its maker gives it."""
    return _said(CPUINFO).get("model name") or platform.processor() or "unknown"


def processor_flags() -> set[str]:
    """What the processor can do, in the words of Linux, "avx512f" among them; elsewhere nothing."""
    return set(_said(CPUINFO).get("flags", "").split())


def _said(listing: Path) -> dict[str, str]:
    """The first value of each name in a listing of "name: value"; {} where there is none."""
    said: dict[str, str] = {}
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            name, colon, value = line.partition(":")
            if colon:
                said.setdefault(name.strip(), value.strip())
    return said
