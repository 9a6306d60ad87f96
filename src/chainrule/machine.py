"""What machine this is: its processor, and the cores and the memory there are to take."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
MEMINFO = Path("/proc/meminfo")
"""Where Linux says what others do not."""
MEMBERSHIP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")
"""Where it says which control groups, by which containers are held, this process is in."""
OLD, NEW = (
    ("memory/", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ("", "memory.max", "memory.current", "inactive_file"),
)
"""Folder, limit, what is taken, and what of that can be given back, in versions 1 and 2."""


def available_cores() -> int:
    """The cores this process may run on, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_memory() -> int | None:
    """Bytes a program may still take: on Linux what is free, elsewhere all there is, or None.

    In a container it is what the container has left, if that is less.
    """
    if free := _said(MEMINFO).get("MemAvailable"):
        return min([int(free.split()[0]) * 1024, *_left_in_containers()])
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _left_in_containers() -> Iterator[int]:
    """What each limited control group that this process is in has left.

    Source    Linux's documentation of control groups, version 2 and memory in version 1
    """
    if not MEMBERSHIP.exists():
        return
    for line in MEMBERSHIP.read_text(encoding="utf-8").splitlines():
        _, kinds, group = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        root, limit, taken, inactive = OLD if kinds else NEW
        # Inside of a container its own group may be the root, under a path known outside alone.
        for folder in (Path(group), *Path(group).parents):
            place = GROUPS / root / folder.relative_to("/")
            most = _number(place / limit)
            if most is not None:
                listing = _said(place / "memory.stat", " ")
                yield most - (_number(place / taken) or 0) + int(listing.get(inactive, 0))


def _number(path: Path) -> int | None:
    """The number in a file; None where there is no file, or no limit."""
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return int(text) if text.isdigit() else None


def processor() -> str:
    """The processor's name, as its maker gives it."""
    return _said(CPUINFO).get("model name") or platform.processor() or "unknown"


def processor_flags() -> set[str]:
    """What the processor can do, in the words of Linux, "avx512f" among them; elsewhere nothing."""
    return set(_said(CPUINFO).get("flags", "").split())


def _said(listing: Path, mark: str = ":") -> dict[str, str]:
    """The first value of each name in a listing of "name: value"; {} where there is none."""
    said: dict[str, str] = {}
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            name, found, value = line.partition(mark)
            if found:
                said.setdefault(name.strip(), value.strip())
    return said
