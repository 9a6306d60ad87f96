"""Least squares: the closed form, the way down, and both against the fifth deck and sklearn."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from chainrule.classical import LeastSquares
from chainrule.classical.least_squares import (
    cost,
    descend,
    largest_stable_step,
    solve,
    with_ones,
)
from chainrule.errors import ShapeError, UsageError

DECK = with_ones([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
"""The fifth deck's exercise: a line through three points."""


def test_the_decks_line_has_constant_0_and_slope_1() -> None:
    np.testing.assert_allclose(solve(*DECK), [0, 1], atol=1e-12)


def test_one_feature_gives_galtons_formulas(rng: np.random.Generator) -> None:
    x = rng.standard_normal(30)
    y = 3 + 2 * x + rng.standard_normal(30)
    n, xm, ym = len(x), x.mean(), y.mean()
    slope = (np.sum(x * y) - n * xm * ym) / (np.sum(x**2) - n * xm**2)
    np.testing.assert_allclose(solve(with_ones(x), y), [ym - slope * xm, slope], rtol=1e-12)


@pytest.mark.parametrize("outputs", [(), (3,)])
def test_the_closed_form_is_sklearns_linear_regression(
    rng: np.random.Generator, outputs: tuple[int, ...]
) -> None:
    X, y = rng.standard_normal((40, 5)), rng.standard_normal((40, *outputs))
    w = solve(with_ones(X), y)
    judge = LinearRegression().fit(X, y)
    np.testing.assert_allclose(w[0], judge.intercept_, rtol=1e-9)
    np.testing.assert_allclose(w[1:].T, judge.coef_, rtol=1e-9)


@pytest.mark.parametrize("shape", [(40, 5), (4, 9)], ids=["tall", "wide"])
def test_with_a_penalty_it_is_sklearns_ridge(
    rng: np.random.Generator, shape: tuple[int, int]
) -> None:
    X, y = rng.standard_normal(shape), rng.standard_normal(shape[0])
    judge = Ridge(alpha=0.7, fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(solve(X, y, l2=0.7), judge.coef_, rtol=1e-9)


def test_the_gradient_vanishes_at_the_solution(rng: np.random.Generator) -> None:
    X, y = rng.standard_normal((20, 4)), rng.standard_normal(20)
    w = solve(X, y)
    np.testing.assert_allclose(X.T @ X @ w, X.T @ y, rtol=1e-12)
    assert all(cost(X, y, w) < cost(X, y, w + step) for step in 1e-3 * np.eye(4))


def test_of_many_solutions_the_shortest_is_taken(rng: np.random.Generator) -> None:
    X, y = rng.standard_normal((3, 8)), rng.standard_normal(3)
    np.testing.assert_allclose(solve(X, y), np.linalg.pinv(X) @ y, rtol=1e-9)


def test_the_largest_stable_step_of_the_decks_exercise() -> None:
    assert largest_stable_step(DECK[0]) == pytest.approx(0.0601, abs=5e-5)


def test_below_the_largest_stable_step_descent_arrives_and_above_it_runs_away() -> None:
    limit = largest_stable_step(DECK[0])
    way = descend(*DECK, lr=0.99 * limit, steps=3000)
    assert way.shape == (3001, 2)
    np.testing.assert_allclose(way[-1], [0, 1], atol=1e-6)
    costs = [cost(*DECK, w) for w in descend(*DECK, lr=1.01 * limit, steps=300)]
    assert costs[-1] > 100 * costs[0]


def test_with_the_mean_for_the_sum_a_step_of_a_tenth_arrives_and_of_a_fifth_does_not() -> None:
    a_third = 1 / 3
    np.testing.assert_allclose(descend(*DECK, lr=0.1 * a_third, steps=3000)[-1], [0, 1], atol=1e-6)
    assert np.abs(descend(*DECK, lr=0.2 * a_third, steps=500)[-1]).max() > 1e20


def test_as_a_classifier_it_is_ridge_on_one_hot_targets(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (60, 1, 3, 3), dtype=np.uint8)
    labels = rng.integers(0, 3, 60)
    model = LeastSquares(l2=0.5).fit(images, labels)
    judge = Ridge(alpha=0.5).fit(images.reshape(60, -1) / 255, np.eye(3)[labels])
    np.testing.assert_allclose(model.weight, judge.coef_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(model.bias, judge.intercept_, rtol=1e-6)


def test_a_pixel_that_never_changes_gets_no_weight(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (60, 1, 3, 3), dtype=np.uint8)
    images[:, :, 1, 1] = 7
    model = LeastSquares().fit(images, rng.integers(0, 3, 60))
    np.testing.assert_allclose(model.weight[:, 4], 0, atol=1e-9)


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"X \(3, 2\) and y \(2,\)"):
        solve(DECK[0], [1.0, 2.0])


def test_a_negative_penalty_is_refused() -> None:
    with pytest.raises(UsageError, match="l2 is -1"):
        solve(*DECK, l2=-1)
    with pytest.raises(UsageError, match="l2 is -1"):
        LeastSquares(l2=-1)
