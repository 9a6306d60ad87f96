"""Whether torch can be used, found out without importing it."""

from importlib.metadata import version
from importlib.util import find_spec

OLDEST_TORCH = (2, 8)
"""The first whose compiler can be told which guards to leave out."""
NEEDED = ("torch", "array_api_compat")


def why_no_torch() -> str | None:
    """Why torch cannot be used: it, or what we need beside it, is missing or too old; None if not.

    So that a program can do without it, and start two seconds sooner.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not installed"
    return why_too_old(version("torch"))


def why_too_old(found: str) -> str | None:
    """Why a version of torch will not do; None if it will."""
    if tuple(int(part) for part in found.split(".")[:2]) >= OLDEST_TORCH:
        return None
    return f"torch {found} is older than {'.'.join(map(str, OLDEST_TORCH))}"
