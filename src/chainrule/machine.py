"""What machine this is: its processor, and the cores and the memory there are to take."""

import math
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
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ("memory.max", "memory.current", "inactive_file"),
)
"""The limit, what is taken, and what of that can be given back, in versions 1 and 2."""


def available_cores() -> int:
    """The cores this process may run on, which in a container are fewer than the machine has.

    A container may have a share of the time of all cores: it counts as so many, rounded up.
    """
    here = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if here else os.cpu_count() or 1
    return min([cores, *_shares_of_containers()])


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
    """What each limited control group that this process is in has left."""
    for place, old in _groups("memory"):
        limit, taken, inactive = OLD if old else NEW
        for most in _numbers(place / limit):
            listing = _said(place / "memory.stat", " ")
            yield most - sum(_numbers(place / taken)) + int(listing.get(inactive, 0))


def _shares_of_containers() -> Iterator[int]:
    """The cores that each limited control group that this process is in may keep busy."""
    for place, old in _groups("cpu"):
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if old else ("cpu.max",)
        match [number for name in names for number in _numbers(place / name)]:
            case [quota, period]:
                yield math.ceil(quota / period)


def _groups(controller: str) -> Iterator[tuple[Path, bool]]:
    """The folders of the control groups this process is in, and whether each is of version 1.

    Source    Linux's documentation of control groups, version 2; memory and cpu in version 1
    """
    if not MEMBERSHIP.exists():
        return
    for line in MEMBERSHIP.read_text(encoding="utf-8").splitlines():
        _, kinds, group = line.split(":", 2)
        if kinds and controller not in kinds.split(","):
            continue
        root = GROUPS / controller if kinds else GROUPS
        # Inside of a container its own group may be the root, under a path known outside alone.
        for folder in (Path(group), *Path(group).parents):
            yield root / folder.relative_to("/"), bool(kinds)


def _numbers(path: Path) -> list[int]:
    """The numbers in a file; none where there is no file, and none for "max" or "-1": no limit."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [int(word) for word in text.split() if word.isdigit()]


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
