"""Losses as likelihoods: exp(-loss) is a density, and its least loss the deck's estimate."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import losses
from chainrule.tape import Tensor

LINE = np.linspace(-80, 80, 320_001)
STEP = LINE[1] - LINE[0]


def area(loss):
    """The integral of exp(-loss) over the line, by the trapezoid rule."""
    density = np.exp(-loss)
    return STEP * (density.sum() - (density[0] + density[-1]) / 2)


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("loss", [losses.gaussian_nll, losses.laplace_nll])
def test_a_density_has_area_1(loss, scale):
    values = loss(np.full_like(LINE, 0.5), scale, LINE, reduction="none").data
    assert area(values) == pytest.approx(1, abs=1e-6)


def test_a_mixture_of_densities_has_area_1_where_the_decks_has_2():
    rows = len(LINE)
    scores = np.tile(np.log([0.2, 0.5, 0.3]), (rows, 1))
    means = np.tile([-3.0, 0.5, 4.0], (rows, 1))
    scales = np.tile([0.5, 1.0, 2.0], (rows, 1))
    values = losses.laplace_mixture_nll(scores, means, scales, LINE, reduction="none").data
    assert area(values) == pytest.approx(1, abs=1e-6)

    distance = np.abs(LINE[:, None] - means)
    deck = np.sum([0.2, 0.5, 0.3] * np.exp(-distance / (2 * scales)) / (2 * scales), axis=1)
    assert area(-np.log(deck)) == pytest.approx(2, abs=1e-6)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.93])
def test_yes_and_no_have_probability_1_together(p):
    both = losses.bernoulli_nll([p, p], [0, 1], reduction="none").data
    assert np.exp(-both).sum() == pytest.approx(1, abs=1e-6)


def test_all_classes_have_probability_1_together():
    p = np.array([[0.1, 0.2, 0.7]] * 3)
    each = losses.categorical_nll(p, [0, 1, 2], reduction="none").data
    assert np.exp(-each).sum() == pytest.approx(1, rel=1e-12)


def test_closed_forms():
    mean, scale, t = np.array([1.0, -2.0]), 1.5, np.array([3.0, -2.5])
    gaussian = 0.5 * math.log(2 * math.pi * scale**2) + (t - mean) ** 2 / (2 * scale**2)
    laplace = math.log(2 * scale) + np.abs(t - mean) / scale
    assert_allclose(losses.gaussian_nll(mean, scale, t, reduction="none").data, gaussian, 1e-12)
    assert_allclose(losses.laplace_nll(mean, scale, t, reduction="none").data, laplace, 1e-12)


def test_a_mixture_of_one_part_is_its_density():
    mean, scale, t = np.array([[1.0], [-2.0]]), np.array([[0.5], [3.0]]), np.array([0.0, 5.0])
    mixture = losses.laplace_mixture_nll(np.ones((2, 1)), mean, scale, t)
    single = losses.laplace_nll(mean[:, 0], scale[:, 0], t)
    assert mixture.item() == pytest.approx(single.item(), rel=1e-12)


def test_the_mean_is_where_the_normal_loss_is_flat_and_the_median_where_laplaces_is():
    seen = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    for loss, estimate in ((losses.gaussian_nll, seen.mean()), (losses.laplace_nll, 3.0)):
        mean = Tensor(np.full(5, estimate), needs_grad=True)
        loss(mean, 1.0, seen, reduction="sum").backward()
        assert mean.grad.sum() == pytest.approx(0, abs=1e-12)


def test_the_best_width_is_the_standard_deviation():
    seen = np.array([1.0, 2.0, 4.0, 9.0])
    width = Tensor(np.array(seen.std()), needs_grad=True)
    losses.gaussian_nll(np.full(4, seen.mean()), width, seen).backward()
    assert width.grad == pytest.approx(0, abs=1e-12)


def test_the_names_of_densities_are_those_of_cross_entropies():
    p, t = [0.9, 0.2, 0.6], [1, 0, 1]
    assert losses.bernoulli_nll(p, t).item() == losses.binary_cross_entropy(p, t).item()


def test_two_classes_and_a_score_of_0_are_one_sigmoid():
    scores = np.array([1.3, -0.4, 7.0])
    two = np.stack([np.zeros(3), scores], axis=1)
    softmax = losses.softmax_cross_entropy(two, [1, 0, 1], reduction="none").data
    sigmoid = losses.sigmoid_cross_entropy(scores, [1, 0, 1], reduction="none").data
    assert_allclose(softmax, sigmoid, rtol=1e-9)
