"""Memory that stays with the process between training steps."""

import ctypes
import sys

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
"""Names and numbers of glibc's malloc.h."""


def keep_freed_memory() -> None:
    """Ask glibc to keep freed memory for the next allocation; elsewhere, do nothing.

    Otherwise arrays of some megabytes go back to the system when they are freed, and each new one
    costs a page fault per 4 KB: a tenth of a training step of the network in benchmarks/.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # musl has none
        mallopt(M_MMAP_THRESHOLD, 1 << 30)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
