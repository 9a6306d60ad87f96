"""The learning rate: the usual one, or less where the loss does not bear it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from chainrule.data import Preprocessing, Split
from chainrule.nn import Flatten, Linear, Sequential
from chainrule.training import find_learning_rate
from chainrule.zoo import own_cnn, recipe_for
from chainrule.zoo.own import rate
from chainrule.zoo.own.rate import safe_rate


@pytest.fixture
def stripes(rng):
    """(split, settings): noise with an upright stripe, or a level one."""
    images = rng.integers(0, 120, (80, 1, 12, 12), dtype="uint8")
    images[:40, :, :, 5:7] += 120
    images[40:, :, 5:7, :] += 120
    examples = Split(images, np.repeat([0, 1], 40))
    return examples, recipe_for("x", examples, "ab")[0].settings


def linear(shape, classes):
    return Sequential(Flatten(), Linear(math.prod(shape), classes))


def rate_for(stripes, **changes):
    examples, settings = stripes
    return safe_rate(own_cnn, replace(settings, **changes), examples, 2)


def test_a_rate_that_is_borne_is_kept(stripes):
    lr, reason = rate_for(stripes, lr=1e-4)
    assert lr == 1e-4
    assert reason.startswith(
        "learning rate 0.0001: the usual one, and in a search the loss fell up to "
    )


def test_a_rate_that_is_too_large_is_lowered_to_a_third_of_the_best(stripes):
    """Of a linear model under plain SGD, whose loss rises from a rate that no rounding moves."""
    examples, settings = stripes
    lr, reason = safe_rate(linear, replace(settings, optimizer="sgd", lr=1.0), examples, 2)
    best = float(reason.rpartition(" ")[2])
    assert lr == pytest.approx(best / 3, rel=0.05)
    assert lr < 0.5
    assert reason == f"learning rate {lr:g}: in a search the loss rose again from {best:.2g}"


def test_where_no_rate_helps_a_small_one_is_taken_and_it_is_said(stripes):
    lr, reason = rate_for(stripes, lr=1e6)
    assert lr == pytest.approx(1e6 / 3)
    assert reason.endswith("a search saw none lower the loss, so a small one")


def test_the_search_sees_what_the_training_will_see(stripes, monkeypatch):
    """What is frozen rests, and a checkpoint's preprocessing is kept."""
    seen = []

    def spy(model, *rest, **options):
        seen.append(([p.needs_grad for p in model.parameters()], options["preprocessing"]))
        return find_learning_rate(model, *rest, **options)

    monkeypatch.setattr(rate, "find_learning_rate", spy)
    examples, settings = stripes
    before = Preprocessing(1, 12, 12, mean=(0.25,), std=(0.5,))
    frozen = replace(settings, lr=1e-4, freeze="features")
    safe_rate(own_cnn, frozen, examples, 2, preprocessing=before)
    ((learning, preprocessing),) = seen
    assert learning == [False] * (len(learning) - 2) + [True] * 2
    assert preprocessing is before


def test_the_search_lets_lower_layers_learn_as_slowly_as_the_training_will(stripes, monkeypatch):
    factors = []

    def spy(model, *rest, groups, **options):
        factors.extend(group.changes.get("lr", 1e-4) / 1e-4 for group in groups(model))
        return find_learning_rate(model, *rest, groups=groups, **options)

    monkeypatch.setattr(rate, "find_learning_rate", spy)
    rate_for(stripes, lr=1e-4, layer_decay=0.5)
    assert factors[-3:] == pytest.approx([0.25, 0.5, 1])


def test_progress_is_told(stripes):
    told = []
    examples, settings = stripes
    safe_rate(
        own_cnn,
        replace(settings, lr=1e-4),
        examples,
        2,
        progress=lambda *done: told.append(done),
    )
    assert told[0] == (1, 60)
    assert told == [(step, 60) for step in range(1, len(told) + 1)]
