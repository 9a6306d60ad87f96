"""How slow work reports where it stands."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called as progress(done, total), in images or bytes, from the thread that started the work."""
