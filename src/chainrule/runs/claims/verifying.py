"""Whether a claim holds: its recipe carried out again, and the outcome against what was claimed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chainrule.errors import RunError
from chainrule.runs.claims.claim import Claim
from chainrule.runs.claims.decks import data_words
from chainrule.runs.claims.statistics import mean, prediction_interval
from chainrule.runs.run import Run
from chainrule.zoo import Recipe

Answer = Literal["holds", "below", "above", "other data"]
ROUNDING = 1e-9
"""A mean of equal accuracies may differ from them by less; an image of a test counts for more."""


@dataclass(frozen=True)
class Verdict:
    """What repeating a claim came to.

    answer     "holds": the new mean lies in the interval; "below" or "above" it: the claim does
               not hold; "other data": it cannot be said, for the images are not the claim's
    accuracy   the mean of the new trainings
    low, high  where the claim lets it lie, with a probability of 95 %
    by         what that interval rests on, in words
    repeated   how many of the claim's own seeds, among the new ones, gave the very same accuracy
    known      how many of the claim's own seeds are among the new ones
    data       what the images are called that were used now
    """

    answer: Answer
    accuracy: float
    low: float
    high: float
    by: str
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]
    repeated: int
    known: int
    data: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


def require_current(claim: Claim, recipe: Recipe) -> None:
    """Raise RunError when the recipe has changed since its claim was measured."""
    was, now = claim.settings.to_dict(), recipe.settings.to_dict()
    changed = [
        f"{name} {was[name]!r} then, {now[name]!r} now" for name in now if was[name] != now[name]
    ]
    if changed:
        raise RunError(
            f"the claim of {recipe.name} is about other settings ({'; '.join(changed)}): "
            "measure it anew"
        )


def new_seeds(claim: Claim, count: int) -> list[int]:
    """Seeds that the claim has not seen."""
    first = max(claim.figures.seeds) + 1
    return list(range(first, first + count))


def judge(claim: Claim, runs: Sequence[Run]) -> Verdict:
    """The claim against finished runs of its recipe."""
    ours, images = claim.figures, claim.data.test
    accuracies = tuple(run.record["results"]["test_accuracy"] for run in runs)
    seeds = tuple(run.record["seed"] for run in runs)
    low, high = prediction_interval(ours.accuracies, images, new=len(runs))
    foreseen = "one more" if len(runs) == 1 else f"the mean of {len(runs)} more"
    by = (
        f"what {len(ours.seeds)} seeds let expect of {foreseen}"
        if len(ours.seeds) > 1
        else f"Wilson's interval of {images:,} test images, for the claim rests on one seed"
    )
    claimed = dict(zip(ours.seeds, ours.accuracies, strict=True))
    known = [(seed, got) for seed, got in zip(seeds, accuracies, strict=True) if seed in claimed]
    data = runs[0].record["data"]
    return Verdict(
        answer=_answer(mean(accuracies), low, high, data["sha256"] == claim.data.sha256),
        accuracy=mean(accuracies),
        low=low,
        high=high,
        by=by,
        seeds=seeds,
        accuracies=accuracies,
        repeated=sum(got == claimed[seed] for seed, got in known),
        known=len(known),
        data=data_words(data["name"], data["sha256"]),
    )


def _answer(accuracy: float, low: float, high: float, same_data: bool) -> Answer:
    if not same_data:
        return "other data"
    if accuracy < low - ROUNDING:
        return "below"
    return "above" if accuracy > high + ROUNDING else "holds"
