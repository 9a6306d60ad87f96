"""A network and numbers, by the size, the number and the balance of the images."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Split
from chainrule.sentence import Sentence
from chainrule.zoo.recipe import Recipe, Settings

FEW = 2_000
"""Training images below which the smaller network, which forgets by dropout, does better."""

UNEVEN = 3.0
"""Images of the largest class per image of the smallest, from which rare classes get a say."""

MOST_HELD_OUT = 5_000
"""Enough to tell epochs apart by a quarter of a per cent; the others are better learned from."""

RATES: dict[str, dict[str, Any]] = {
    "adamw": {"lr": 4e-3, "weight_decay": 0.05},
    "muon": {"lr": 2e-2, "others_lr": 4e-3, "momentum": 0.9, "weight_decay": 0.1},
}
"""Each rule's numbers for steps of 128 images."""

VIEWS = Sentence("an answer is the mean over views of an image, two of them moved by a pixel")


def recipe_for(
    name: str, examples: Split, classes: Sequence[object], network: str | None = None
) -> tuple[Recipe, list[Sentence]]:
    """A recipe for training images nobody has one for, and the reasons, one sentence each.

    network: a name in zoo.NETWORKS, that of a checkpoint to begin from; None: chosen here

    Nothing is tried out here: settle decides about mirror images and makes the epochs fit the time.
    """
    images, C, H, W = examples.images.shape
    counts = np.bincount(examples.labels, minlength=len(classes))
    few = images < FEW
    # Muon learns more in the same minutes; what was learned before was seldom learned by it.
    rule = "adamw" if few or network else "muon"
    batch_size = 128 if images >= 10_000 else 64 if images >= FEW else 16
    batch_size = min(batch_size, max(1, images // 2))
    settings = Settings(
        network=network or ("own-cnn" if few else "own-resnet"),
        epochs=epochs_that_pay(images),
        batch_size=batch_size,
        optimizer=rule,
        **RATES[rule],
        schedule="one-cycle",
        label_smoothing=0.1,
        class_balance=0.5 if imbalance(counts) >= UNEVEN else 0.0,
        validation=MOST_HELD_OUT if images > 10 * MOST_HELD_OUT else max(0.1, 1 / images),
        shift=min(max(1, min(H, W) // 12), min(H, W) - 1),
        rotation=10.0,
        zoom=0.1,
        colour=0.3 if C == 3 else 0.0,
        test_time="shift" if min(H, W) > 1 else "plain",
    ).at_rates((batch_size / 128) ** 0.5)
    kind = Sentence("grey") if C == 1 else Sentence("colour")
    reasons = [
        Sentence(
            "{images:,} training images of {classes} classes, {width}x{height} {kind}",
            images=images,
            classes=len(classes),
            width=W,
            height=H,
            kind=kind,
        ),
        *_about_balance(counts, classes, settings.class_balance),
        *([] if network else [_about_network(settings, few)]),
        _about_augmentation(settings),
        *([VIEWS] if settings.test_time == "shift" else []),
    ]
    recipe = Recipe(
        name=name,
        about=Sentence(
            "own images: {images:,} of {classes} classes", images=images, classes=len(classes)
        ),
        data=name,
        settings=settings,
        source="chosen by chainrule.zoo.own",
    )
    return recipe, reasons


def epochs_that_pay(images: int) -> int:
    """Passes after which more would hardly help: the fewer images, the more often each is seen.

    100 for up to 3,600 images, 30 for 40,000, 17 for 125,000, never below 12.
    """
    return round(min(max(6_000 / math.sqrt(images), 12), 100))


def imbalance(counts: NDArray[np.integer]) -> float:
    """Images of the largest class per image of the smallest that has any."""
    return float(counts.max() / counts[counts > 0].min())


def _about_balance(
    counts: NDArray[np.integer], classes: Sequence[object], balance: float
) -> list[Sentence]:
    if not balance:
        return []
    rare, common = int(counts.argmin()), int(counts.argmax())
    return [
        Sentence(
            "the classes are uneven, from {fewest:,} of {rare} to {most:,} of {common}: "
            "an image of a rare class counts more, up to {times:.1f} times as much",
            fewest=int(counts[rare]),
            rare=str(classes[rare]),
            most=int(counts[common]),
            common=str(classes[common]),
            times=imbalance(counts) ** balance,
        )
    ]


def _about_network(settings: Settings, few: bool) -> Sentence:
    if few:
        return Sentence(
            "network {network}: small, as fewer than {few:,} images teach little",
            network=settings.network,
            few=FEW,
        )
    return Sentence(
        "network {network}: residual stages, as there are {few:,} images or more",
        network=settings.network,
        few=FEW,
    )


def _about_augmentation(settings: Settings) -> Sentence:
    one = settings.shift == 1
    pixels = Sentence("1 pixel") if one else Sentence("{pixels} pixels", pixels=settings.shift)
    moved = Sentence(
        "shifts up to {pixels}, turns up to {rotation:g} degrees, zooms up to {zoom:g} %",
        pixels=pixels,
        rotation=settings.rotation,
        zoom=100 * settings.zoom,
    )
    if not settings.colour:
        return Sentence("augmentation: {moved}", moved=moved)
    return Sentence(
        "augmentation: {moved}, colours up to {colour:g} %",
        moved=moved,
        colour=100 * settings.colour,
    )
