"""Holding out a part of a Split: for validation, or for a test."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.sets import Split
from chainrule.errors import UsageError


def split(
    whole: Split, amount: float, *, seed: int, stratified: bool = True
) -> tuple[Split, Split]:
    """(rest, held out), chosen by seed; both keep the order of the whole.

    amount: a fraction between 0 and 1, or a count. stratified holds out the same share of every
    class, by largest remainder, so that the counts add up exactly.
    Raises UsageError when nothing would remain on one side.
    """
    count = _count(whole, amount)
    rng = np.random.default_rng(_checked_seed(seed))
    if stratified:
        shares = _shares(np.bincount(whole.labels), count)
        held = np.concatenate(
            [
                rng.permutation(np.flatnonzero(whole.labels == label))[:share]
                for label, share in enumerate(shares)
            ]
        )
    else:
        held = rng.permutation(len(whole))[:count]
    return _parted(whole, held)


def split_last(whole: Split, amount: float) -> tuple[Split, Split]:
    """(rest, held out), the last images unshuffled: what Keras calls validation_split.

    Sensible only where the order is random already; where images come class by class, the last
    are all of one class.
    """
    rest = len(whole) - _count(whole, amount)
    return whole.subset(slice(rest)), whole.subset(slice(rest, None))


def _count(whole: Split, amount: float) -> int:
    """The amount in images."""
    if isinstance(amount, (int, np.integer)) and not isinstance(amount, bool):
        if not 0 < amount < len(whole):
            raise UsageError(
                f"cannot hold out {amount:,} of {len(whole):,} images: "
                f"give a count from 1 to {len(whole) - 1:,}, or a fraction"
            )
        return int(amount)
    if isinstance(amount, bool) or not 0 < amount < 1:
        raise UsageError(
            f"cannot hold out {amount} of {len(whole):,} images: "
            "give a fraction between 0 and 1, or a whole number of images"
        )
    count = round(amount * len(whole))
    if not 0 < count < len(whole):
        raise UsageError(
            f"cannot hold out {amount:g} of {len(whole):,} images: that is {count:,}, and leaves "
            "one side without any; add images, or give a whole number of images"
        )
    return count


def _shares(counts: NDArray[np.integer], total: int) -> NDArray[np.int64]:
    """How many to take of each class so that they add up to total (largest remainder).

    The last image of a class is taken only when there is no other way to reach the total.
    """
    quotas = counts * total / counts.sum()
    shares: NDArray[np.int64] = quotas.astype(np.int64)
    missing = total - int(shares.sum())
    takes_last = shares + 1 >= counts
    order = np.lexsort((shares - quotas, takes_last))
    shares[order[:missing]] += 1
    return shares


def _parted(whole: Split, held: NDArray[np.int64]) -> tuple[Split, Split]:
    is_held = np.zeros(len(whole), bool)
    is_held[held] = True
    return whole.subset(np.flatnonzero(~is_held)), whole.subset(np.flatnonzero(is_held))


def _checked_seed(seed: int) -> int:
    if seed < 0:
        raise UsageError(f"seed is {seed}, but needs to be 0 or more")
    return seed
