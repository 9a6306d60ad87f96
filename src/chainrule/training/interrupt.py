"""Ctrl-C and its like, held back until the step under way is finished and saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""Ctrl-C, the end that kill and a shutdown ask for, and that of the terminal."""


class Interruption:
    """Whether somebody pressed Ctrl-C, or asked for the end otherwise."""

    requested = False


@contextmanager
def held_back() -> Iterator[Interruption]:
    """Inside, the first signal is only noted; a second one does what it always does.

    Only the main thread hears signals: elsewhere nothing is held back. The terminal's end is left
    alone where it is ignored, as nohup wants it.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return

    def note(number: int, frame: FrameType | None) -> None:
        interruption.requested = True
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    before = {number: was for number, was in handlers.items() if _may_be_held_back(number, was)}
    for number in before:
        signal.signal(number, note)
    try:
        yield interruption
    finally:
        restore()


def _may_be_held_back(number: int, handler: Any) -> bool:
    """Not a handler that is none of Python's, nor one that ignores the signal; Ctrl-C always."""
    return handler is not None and (handler is not signal.SIG_IGN or number == signal.SIGINT)
