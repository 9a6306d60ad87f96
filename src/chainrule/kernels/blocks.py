"""Element-by-element work on large arrays, a cache-sized piece at a time, on every core."""

from collections.abc import Callable

import numpy as np

from chainrule.backends import Array
from chainrule.kernels.threads import share

BLOCK = 1 << 16
"""Elements in a piece: 256 KB of float32. Arrays up to this size are worked on in one go."""


def by_blocks(rule: Callable[..., None], out: Array, *arrays: Array) -> Array:
    """Call rule(out, *arrays) piece by piece, and return out.

    rule works element by element. It writes into out and, if it likes, into arrays that lie in
    memory as out does; others of out's shape come to it as copies in out's order. out has no gaps.
    """
    if out.size <= BLOCK:
        rule(out, *arrays)
        return out
    laid = [_flat(_laid_like(out, a)) for a in (out, *arrays)]

    def work(start: int) -> None:
        rule(*[a[start : start + BLOCK] for a in laid])

    share(work, range(0, out.size, BLOCK))
    return out


def _laid_like(model: Array, a: Array) -> Array:
    """The same values in the model's memory order: channels-last if the model is."""
    if [s * model.itemsize for s in a.strides] == [s * a.itemsize for s in model.strides]:
        return a
    copy = np.empty_like(model, dtype=a.dtype)
    copy[...] = a
    return copy


def _flat(a: Array) -> Array:
    """All values of an array without gaps, in the order of memory, without a copy."""
    order = np.argsort([-s for s in a.strides], kind="stable")
    return np.reshape(a.transpose(order), -1, copy=False)
