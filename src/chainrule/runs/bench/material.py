"""What steps are timed on: the recipe's images where they are, or random ones of their shape."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chainrule.data import REGISTRY, Progress, Split, available, load
from chainrule.errors import UsageError
from chainrule.runs.run import parts
from chainrule.zoo import Recipe

RANDOM_IMAGES = 2000
"""Made where the recipe's own are not there; more where a batch takes more."""


@dataclass(frozen=True)
class Material:
    """Images to learn from, in full batches.

    words: where they come from
    """

    train: Split
    classes: tuple[str, ...]
    words: str


def material_for(
    recipe: Recipe, folder: Path | None = None, progress: Progress | None = None
) -> Material:
    """The training images of a recipe, as many as fill batches; nothing is downloaded for them.

    Raises    UsageError when they do not fill a single batch
    """
    known = REGISTRY[recipe.data]
    batch_size = recipe.settings.batch_size
    there = {status.name: status.present for status in available(folder)}
    if not there[recipe.data]:
        count = batch_size * -(-RANDOM_IMAGES // batch_size)
        return Material(
            _noise(count, known.image_shape, len(known.classes)),
            known.classes,
            f"random images, as {recipe.data} is not there",
        )
    dataset = load(recipe.data, folder, progress=progress)
    train, _ = parts(dataset, recipe.settings, seed=0)
    full = len(train) // batch_size * batch_size
    if not full:
        raise UsageError(
            f"a batch of {batch_size:,} images cannot be filled from the {len(train):,} training "
            f"images of {recipe.data}: choose a smaller --batch-size"
        )
    return Material(train.subset(slice(full)), dataset.classes, f"the images of {recipe.data}")


def _noise(count: int, shape: tuple[int, int, int], classes: int) -> Split:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, *shape), dtype=np.uint8)
    return Split(images, rng.integers(0, classes, count))
