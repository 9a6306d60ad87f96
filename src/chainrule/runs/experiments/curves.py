"""From an experiment's measurements to means, intervals and gains."""

from dataclasses import dataclass

from chainrule.runs.claims.statistics import Gain, gain_over_seeds, mean, mean_interval, spread
from chainrule.runs.experiments.record import Record


@dataclass(frozen=True)
class Point:
    """One way with so many images per class, over the seeds that all ways have.

    mean, spread  of the accuracies; spread is the sample standard deviation, None of one seed
    low, high     the 95 % interval of the mean: Student's t over the seeds; Wilson's of the test
                  images for one seed
    gain          over the way it is compared with, from pairs of seeds; None for one seed, and
                  for a way that is compared with none
    """

    shots: int
    accuracies: tuple[float, ...]
    mean: float
    spread: float | None
    low: float
    high: float
    gain: Gain | None


@dataclass(frozen=True)
class Curve:
    """One way, from few images to many; over: the way it is compared with, "" for none."""

    way: str
    over: str
    points: tuple[Point, ...]


def curves(record: Record) -> list[Curve]:
    """What a record comes to, in the order of its ways; what only some ways have is left out."""
    ways = list(dict.fromkeys(one.way for one in record.measured))
    found = {(one.way, one.shots, one.seed): one.accuracy for one in record.measured}
    images = record.facts["data"]["after"]["test"]
    seeds: dict[int, list[int]] = {}
    for shots in sorted({one.shots for one in record.measured}):
        all_seeds = sorted({one.seed for one in record.measured if one.shots == shots})
        complete = [seed for seed in all_seeds if all((w, shots, seed) in found for w in ways)]
        if complete:
            seeds[shots] = complete
    over: dict[str, str] = record.facts["over"]

    def accuracies(way: str, shots: int) -> list[float]:
        return [found[way, shots, seed] for seed in seeds[shots]]

    def point(way: str, shots: int) -> Point:
        mine = accuracies(way, shots)
        paired = over[way] and len(mine) > 1
        gain = gain_over_seeds(accuracies(over[way], shots), mine) if paired else None
        low, high = mean_interval(mine, images)
        return Point(shots, tuple(mine), mean(mine), spread(mine), low, high, gain)

    return [Curve(way, over[way], tuple(point(way, shots) for shots in seeds)) for way in ways]
