"""From a ladder's finished runs to each rung's gain over the one before."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.runs.claims.claim import Figures
from chainrule.runs.claims.compiling import figures_of, training_of
from chainrule.runs.claims.decks import data_words
from chainrule.runs.claims.statistics import Gain, gain_over_images, gain_over_seeds
from chainrule.runs.ladder.rungs import Ladder, Rung
from chainrule.runs.run import Run


@dataclass(frozen=True)
class Step:
    """A rung that was measured.

    gain     over the rung before; None for the first
    verdict  the gain in words; "" for the first
    """

    rung: Rung
    parameters: int
    figures: Figures
    gain: Gain | None
    verdict: str


@dataclass(frozen=True)
class Outcome:
    """A ladder that was climbed.

    data   what its images are called
    quick  whether on a part of them only
    """

    ladder: str
    about: str
    data: str
    quick: bool
    backend: str
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


def measure(ladder: Ladder, runs: Sequence[Run], *, quick: bool) -> Outcome:
    """What finished runs of every rung, with the same seeds each, come to."""
    by_recipe = {rung.recipe: _of(rung.recipe, runs) for rung in ladder.rungs}
    steps, before = list[Step](), list[Run]()
    for rung in ladder.rungs:
        now = by_recipe[rung.recipe]
        gain = _gain(before, now) if before else None
        steps.append(
            Step(
                rung,
                parameters=now[0].record["parameters"],
                figures=figures_of([training_of(run) for run in now], _test_images(now)),
                gain=gain,
                verdict=verdict(gain, rung.idea, len(now)) if gain else "",
            )
        )
        before = now
    record = runs[0].record
    data = record["data"]
    return Outcome(
        ladder=ladder.name,
        about=ladder.about,
        data=_images(data, quick=quick),
        quick=quick,
        backend=record["backend"],
        steps=tuple(steps),
    )


def claimed_verdict(before: Figures, now: Figures, idea: str) -> str | None:
    """What two claims say of a rung's gain; None where they have fewer than two seeds in common."""
    a, b = ({t.seed: t.accuracy for t in figures.trainings} for figures in (before, now))
    seeds = sorted(set(a) & set(b))
    if len(seeds) < 2:
        return None
    gain = gain_over_seeds([a[seed] for seed in seeds], [b[seed] for seed in seeds])
    return verdict(gain, idea, len(seeds))


def verdict(gain: Gain, idea: str, seeds: int) -> str:
    """A gain in words: "+5.1 points (4.2 to 6.0): batch norm helps"."""
    if not gain.shown:
        return f"{points(gain)}: no difference shown with {seeds} seed{'s' if seeds > 1 else ''}"
    effect = "helps" if gain.value > 0 else "does harm"
    return f"{points(gain)}: {idea} {effect}{'' if seeds > 1 else ' with this seed'}"


def points(gain: Gain) -> str:
    """A gain in points of accuracy, with its interval: "+5.1 points (4.2 to 6.0)"."""
    return f"{100 * gain.value:+.1f} points ({100 * gain.low:.1f} to {100 * gain.high:.1f})"


def _of(recipe: str, runs: Sequence[Run]) -> list[Run]:
    return sorted(
        (run for run in runs if run.record["recipe"] == recipe), key=lambda run: run.record["seed"]
    )


def _gain(before: Sequence[Run], now: Sequence[Run]) -> Gain:
    if len(now) == 1:
        return gain_over_images(_right(before[0]), _right(now[0]))
    return gain_over_seeds(_accuracies(before), _accuracies(now))


def _accuracies(runs: Sequence[Run]) -> list[float]:
    return [run.record["results"]["test_accuracy"] for run in runs]


def _right(run: Run) -> NDArray[np.bool_]:
    measured, _, _ = run.evaluation()
    return np.asarray(measured.predicted == measured.labels)


def _test_images(runs: Sequence[Run]) -> int:
    count: int = runs[0].record["data"]["test"]
    return count


def _images(data: dict[str, Any], *, quick: bool) -> str:
    if quick:
        return f"{data['train'] + data['validation']:,} images of {data['name']}"
    return data_words(data["name"], data["sha256"])
