"""The learning rate: the usual one, unless a search sees the loss rise too near to it.

The usual one is proven for own images learned from scratch. A search usually suggests the rate at
which the loss fell most steeply. Over one cycle, rates several times as high train best within
minutes, so here the search only guards against images, or a checkpoint, that bear less than others
do.
"""

import numpy as np

from chainrule.backends import NUMPY, Backend
from chainrule.data import Preprocessing, Progress, Split
from chainrule.errors import SearchError
from chainrule.nn import init
from chainrule.sentence import Sentence
from chainrule.training import find_learning_rate
from chainrule.zoo.recipe import Builder, Settings

STEPS = 60
BELOW, ABOVE = 100, 30
"""The search goes from a hundredth of the usual rate to so many times as much."""
MARGIN = 3
"""Times to stay below the rate of the lowest loss, for what 60 steps bear thousands may not."""


def safe_rate(
    build: Builder,
    settings: Settings,
    train: Split,
    classes: int,
    *,
    preprocessing: Preprocessing | None = None,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Progress | None = None,
) -> tuple[float, Sentence]:
    """The learning rate to train with, and why.

    preprocessing  of the training; fitted to the images unless given
    progress       called after each step of the search with (done, steps)

    Raises    TrainingError for a batch that finds no memory
    """
    counts = np.bincount(train.labels, minlength=classes).tolist()
    with init.seeded(seed):
        model = build(train.images.shape[1:], classes)
    settings.freeze_parts(model)
    try:
        seen = find_learning_rate(
            model,
            train,
            optimizer=settings.make_optimizer(),
            groups=settings.groups,
            loss=settings.make_loss(counts, backend),
            lowest=settings.lr / BELOW,
            highest=settings.lr * ABOVE,
            steps=STEPS,
            batch_size=settings.batch_size,
            preprocessing=preprocessing or settings.make_preprocessing(train.images),
            seed=seed,
            backend=backend,
            progress=progress,
        )
    except SearchError:
        careful = settings.lr / MARGIN
        none = "learning rate {lr:.2g}: a search saw none lower the loss, so a small one"
        return careful, Sentence(none, lr=careful)
    best = float(seen.rates[seen.losses.argmin()])
    if best >= MARGIN * settings.lr:
        usual = (
            "learning rate {lr:.2g}: the usual one, and in a search the loss fell up to {best:.2g}"
        )
        return settings.lr, Sentence(usual, lr=settings.lr, best=best)
    rate = float(f"{best / MARGIN:.2g}")
    rose = "learning rate {lr:g}: in a search the loss rose again from {best:.2g}"
    return rate, Sentence(rose, lr=rate, best=best)
