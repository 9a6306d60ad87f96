"""Seconds spent in calls, by name."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    """What calls have taken since it was made, or its seconds were cleared.

    settle: waits until a device has done what it was told, for it answers before that
    """

    def __init__(self, settle: Callable[[], Any] = lambda: None) -> None:
        self.settle = settle
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def around(self, owner: type, method: str, name: Callable[[Any], str]) -> Iterator[None]:
        """Inside, every call of a class's method counts; name: what to count it as."""
        original = getattr(owner, method)

        def timed(instance: Any, *args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return original(instance, *args, **kwargs)
            finally:
                self.settle()
                self.seconds[name(instance)] += time.perf_counter() - began

        setattr(owner, method, timed)
        try:
            yield
        finally:
            setattr(owner, method, original)
