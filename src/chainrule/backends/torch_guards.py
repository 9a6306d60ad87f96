"""What torch checks before each compiled step: whether all that the graph rests on is unchanged."""

import re
import sys
from collections.abc import Sequence
from typing import Any

LIBRARIES = {"chainrule", "torch", "array_api_compat", *sys.stdlib_module_names}
HELD_BY = re.compile(r"G\['(?:__builtins_dict|__import_(\w+?)(?:_dot_\w+)?'\])")
"""The package whose module holds a name, as torch writes it: G['__import_chainrule_dot_tape'].x"""
STATE = re.compile(r"\._(in_use|tape)\b")
"""What modules of ours hold, and is no constant: the backend in use, and whether a tape records."""


def worth_checking(guards: Sequence[Any]) -> list[bool]:
    """Which of these guards are checked before each step: all but a library's own names.

    guards: torch's GuardFilterEntry, each with the name of what has to be unchanged

    Functions, classes and constants of libraries do not change while a step runs, but they were
    half of what the step of mnist-mlp rests on, and looking at them took a tenth of it. Shapes,
    the model, the optimizer and what a user's own module reads are checked as before.
    """
    return [not _of_a_library(guard.name) or bool(STATE.search(guard.name)) for guard in guards]


def _of_a_library(name: str) -> bool:
    held = HELD_BY.search(name)
    return held is not None and (held[1] is None or held[1] in LIBRARIES)
