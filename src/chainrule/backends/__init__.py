"""Array libraries behind one door.

    base.py      what a backend must offer
    registry.py  which backend an array belongs to
    numpy.py     the one that is always there
    hashing.py   random bytes that depend on a key and a position, and on nothing else

A rule in ops/ is written against `xp`, the namespace its backend hands it, and never asks which
library it runs on. A new library is one subclass of Backend and one call of register().
"""

from chainrule.backends.base import Array, Backend, Namespace
from chainrule.backends.numpy import NUMPY
from chainrule.backends.registry import backend_named, backend_of, is_array, register

register(NUMPY)

__all__ = [
    "NUMPY",
    "Array",
    "Backend",
    "Namespace",
    "backend_named",
    "backend_of",
    "is_array",
    "register",
]
