"""The learning rate: a proven one, unless a search sees the loss explode too near to it."""

from chainrule.backends import NUMPY, Backend
from chainrule.data import Progress, Split
from chainrule.errors import TrainingError
from chainrule.nn import init
from chainrule.training import find_learning_rate
from chainrule.zoo.recipe import Builder, Settings

STEPS = 60
BELOW, ABOVE = 100, 30
"""The search goes from this part of the proven rate to so many times as much."""
MARGIN = 3
"""Times below the rate with the lowest loss: a rise over 60 steps hides what 1,000 would suffer."""


def searched_rate(
    build: Builder,
    settings: Settings,
    train: Split,
    class_counts: list[int],
    *,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> tuple[float, str]:
    """The learning rate to train with, and why.

    The steepest fall of the loss, which is what a search usually goes by, comes several times below
    the rates that train best within minutes; so the search only guards against too large ones.
    """
    proven = settings.lr
    with init.seeded(seed):
        model = build(train.images.shape[1:], len(class_counts))
    try:
        seen = find_learning_rate(
            model,
            train,
            optimizer=settings.make_optimizer(),
            loss=settings.make_loss(class_counts, backend),
            lowest=proven / BELOW,
            highest=proven * ABOVE,
            steps=STEPS,
            batch_size=settings.batch_size,
            preprocessing=settings.make_preprocessing(train.images),
            seed=seed,
            backend=backend,
            progress=progress,
        )
    except TrainingError:
        return proven / MARGIN, (
            f"learning rate {proven / MARGIN:.2g}: a search saw no rate lower the loss, so with care"
        )
    best = float(seen.rates[seen.losses.argmin()])
    if best / MARGIN >= proven:
        return proven, (
            f"learning rate {proven:.2g}: proven, and a search saw the loss fall up to {best:.2g}"
        )
    rate = float(f"{best / MARGIN:.2g}")
    return rate, f"learning rate {rate:g}: a search saw the loss rise again from {best:.2g}"
