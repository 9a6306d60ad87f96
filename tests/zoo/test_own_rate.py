"""The learning rate: the proven one, or less where the loss does not bear it."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.data import Split
from chainrule.zoo import own_cnn, recipe_for
from chainrule.zoo.own.rate import safe_rate


@pytest.fixture
def stripes(rng):
    """(split, settings): noise with an upright stripe, or a level one."""
    images = rng.integers(0, 120, (80, 1, 12, 12), dtype="uint8")
    images[:40, :, :, 5:7] += 120
    images[40:, :, 5:7, :] += 120
    examples = Split(images, np.repeat([0, 1], 40))
    return examples, recipe_for("x", examples, "ab")[0].settings


def rate_for(stripes, **changes):
    examples, settings = stripes
    return safe_rate(own_cnn, replace(settings, **changes), examples, 2)


def test_a_rate_that_is_borne_is_kept(stripes):
    rate, reason = rate_for(stripes, lr=1e-4)
    assert rate == 1e-4
    assert reason.startswith("learning rate 0.0001: proven, and in a search the loss fell up to ")


def test_a_rate_that_is_too_large_is_lowered_to_a_third_of_the_best(stripes):
    rate, reason = rate_for(stripes, lr=0.3)
    best = float(reason.rpartition(" ")[2])
    assert rate == pytest.approx(best / 3, rel=0.05)
    assert rate < 0.2
    assert reason == f"learning rate {rate:g}: in a search the loss rose again from {best:.2g}"


def test_where_no_rate_helps_a_small_one_is_taken_and_it_is_said(stripes):
    rate, reason = rate_for(stripes, lr=1e6)
    assert rate == pytest.approx(1e6 / 3)
    assert reason.endswith("a search saw none lower the loss, so a small one")


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
