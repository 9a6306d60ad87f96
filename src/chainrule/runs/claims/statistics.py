"""What a few trainings say of all the others: means, intervals, gains, and comparisons.

Everything here is 95 %. An accuracy is a share in 0..1; s is the sample standard deviation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import UsageError
from chainrule.runs.interval import wilson

LEVEL = 0.95
POWER = 0.8
"""How sure to be that seeds enough are trained to show what is there to be shown."""
MARGIN = 0.005
"""A peer within half a point is as good: less than seeds, compilers and libraries decide."""

Interval = tuple[float, float]


def mean(values: Sequence[float]) -> float:
    """The mean of one value or more."""
    return float(np.mean(values))


def spread(values: Sequence[float]) -> float | None:
    """The sample standard deviation; None for a single value, which has none."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def mean_interval(values: Sequence[float], images: int) -> Interval:
    """Where the mean over all seeds lies, after these seeds; images: of the test part.

    Rule      mean +- t(n - 1) * s / sqrt(n); for one seed Wilson's interval of its test images
    """
    if len(values) == 1:
        return wilson(round(values[0] * images), images)
    return _around(mean(values), _needed_spread(values) / math.sqrt(len(values)), len(values) - 1)


def prediction_interval(values: Sequence[float], images: int, new: int = 1) -> Interval:
    """Where the mean of so many new seeds lies, after these seeds; images: of the test part.

    Rule      mean +- t(n - 1) * s * sqrt(1 / n + 1 / new); for one seed Wilson's interval of its
              test images, which knows nothing of how much seeds differ
    Source    G. J. Hahn and W. Q. Meeker 1991, "Statistical Intervals", section 4.8
    """
    if len(values) == 1:
        return wilson(round(values[0] * images), images)
    error = _needed_spread(values) * math.sqrt(1 / len(values) + 1 / new)
    return _around(mean(values), error, len(values) - 1)


@dataclass(frozen=True)
class Gain:
    """How much higher one accuracy is than another, and how sure that is.

    value      the difference of the two accuracies
    low, high  its interval
    by         what the interval rests on, in words
    """

    value: float
    low: float
    high: float
    by: str

    @property
    def shown(self) -> bool:
        """Whether the interval leaves no doubt of the direction."""
        return self.low > 0 or self.high < 0


def gain_over_seeds(before: Sequence[float], after: Sequence[float]) -> Gain:
    """The gain from pairs of trainings, one pair per seed.

    What a seed decides for both, the images held out and their order, does not blur the gain.

    Rule      d = after - before; mean(d) +- t(n - 1) * s(d) / sqrt(n)
    """
    if len(before) != len(after) or len(before) < 2:
        raise UsageError(
            f"gain: {len(before)} and {len(after)} accuracies came, but two pairs are needed"
        )
    gains = [b - a for a, b in zip(before, after, strict=True)]
    low, high = _around(mean(gains), _needed_spread(gains) / math.sqrt(len(gains)), len(gains) - 1)
    return Gain(mean(gains), low, high, f"t over {len(gains)} pairs of seeds")


def gain_over_images(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Gain:
    """The gain from two trainings of one seed, by which of the same test images each got right.

    Only images that one of the two got right and the other did not tell anything (McNemar). The
    interval says nothing of other seeds.

    Rule      b, c images right only before, only after, each with 1/2 added, n + 2 images:
              (c - b) / n +- 1.96 * sqrt(b + c - (c - b)**2 / n) / n
    Source    A. Agresti and Y. Min 2005, "Simple improved confidence intervals for comparing
              matched proportions"
    """
    if before.shape != after.shape:
        raise UsageError(f"gain: {before.shape} and {after.shape} images are not the same")
    b, c = int(np.sum(before & ~after)) + 0.5, int(np.sum(after & ~before)) + 0.5
    n = len(before) + 2
    error = math.sqrt(b + c - (c - b) ** 2 / n) / n
    low, high = _around((c - b) / n, error, math.inf)
    by = f"McNemar over {len(before):,} test images, one seed"
    return Gain(float(after.mean() - before.mean()), low, high, by)


@dataclass(frozen=True)
class Comparison:
    """Our accuracies against a peer's.

    difference  our mean - the peer's
    low, high   its interval
    p_below     how probable so low a difference would be, were we as good; below 0.05: we are not
    margin      by how much we may be below and still count as as good
    verdict     "above": the interval lies over 0; "below": p_below < 0.05; "not below": at worst,
                one-sided 95 %, within the margin; "open": none of these, more seeds would tell
    by          the test, in words
    """

    difference: float
    low: float
    high: float
    p_below: float
    margin: float
    verdict: str
    by: str


def compare(
    ours: Sequence[float], peer: Sequence[float], images: int, margin: float = MARGIN
) -> Comparison:
    """Whether our mean is not below the peer's, by accuracies of one seed or more on each side.

    images: of the test part, which one seed on each side is judged by

    Rule      Welch's t over the seeds; with one seed on a side, its spread is taken to be the
              other's; with one on each side, a test of two shares of the test images
    Source    B. L. Welch 1947; the margin as in a trial of non-inferiority
    """
    difference = mean(ours) - mean(peer)
    error, freedom, by = _standard_error(ours, peer, images)
    low, high = _around(difference, error, freedom)
    worst = difference - _quantile(LEVEL, freedom) * error
    p_below = _below(difference, error, freedom)
    if low > 0:
        verdict = "above"
    elif p_below < 1 - LEVEL:
        verdict = "below"
    else:
        verdict = "not below" if worst > -margin else "open"
    return Comparison(difference, low, high, p_below, margin, verdict, by)


def seeds_to_tell(
    ours: Sequence[float], peer: Sequence[float], margin: float = MARGIN
) -> int | None:
    """How many seeds a side would show that ours is within the margin, were both as good.

    None when no side has two seeds: then nothing is known of their spread.

    Rule      n = 2 * (z(LEVEL) + z(POWER))**2 * s**2 / margin**2, rounded up; s**2 the mean of the
              sides' variances
    Source    S. A. Julious 2004, "Sample sizes for clinical trials with Normal data", on trials of
              non-inferiority
    """
    variances = [s**2 for s in (spread(ours), spread(peer)) if s is not None]
    if not variances:
        return None
    z = _quantile(LEVEL, math.inf) + _quantile(POWER, math.inf)
    return max(2, math.ceil(2 * z**2 * mean(variances) / margin**2))


def _standard_error(
    ours: Sequence[float], peer: Sequence[float], images: int
) -> tuple[float, float, str]:
    """Of the difference of the means; its degrees of freedom; and how it was found."""
    spreads = [s for s in (spread(ours), spread(peer)) if s is not None]
    if not spreads:
        p = (ours[0] + peer[0]) / 2
        error = math.sqrt(2 * p * (1 - p) / images)
        return error, math.inf, f"two shares of {images:,} test images, one seed each"
    if len(spreads) == 1:
        error = spreads[0] * math.sqrt(1 / len(ours) + 1 / len(peer))
        return error, max(len(ours), len(peer)) - 1, "t over seeds, one side's spread for both"
    a, b = spreads[0] ** 2 / len(ours), spreads[1] ** 2 / len(peer)
    by = f"Welch's t over {len(ours)} and {len(peer)} seeds"
    if a + b == 0:
        return 0.0, math.inf, by
    freedom = (a + b) ** 2 / (a**2 / (len(ours) - 1) + b**2 / (len(peer) - 1))
    return math.sqrt(a + b), freedom, by


def _below(difference: float, error: float, freedom: float) -> float:
    if error == 0:
        return 0.0 if difference < 0 else 1.0
    return float(_student(freedom).cdf(difference / error))


def _around(middle: float, error: float, freedom: float) -> Interval:
    reach = _quantile((1 + LEVEL) / 2, freedom) * error
    return middle - reach, middle + reach


def _quantile(share: float, freedom: float) -> float:
    return float(_student(freedom).ppf(share))


def _student(freedom: float) -> Any:
    """Student's t, which with infinite freedom is the normal distribution."""
    from scipy.stats import norm, t  # takes about a second to import, and this is its one door

    return norm() if math.isinf(freedom) else t(freedom)


def _needed_spread(values: Sequence[float]) -> float:
    found = spread(values)
    assert found is not None
    return found
