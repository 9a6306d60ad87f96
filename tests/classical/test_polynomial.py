"""Bishop's ten points: the second deck's two tables, and what is wrong with their headings."""

import math

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from chainrule.classical import Polynomial
from chainrule.errors import ShapeError, UsageError

X = np.arange(10) / 9
T = np.array(
    [
        *[0.349486, 0.830839, 1.007332, 0.971507, 0.133066],
        *[0.166823, -0.848307, -0.445686, -0.563567, 0.261502],
    ]
)
PRINTED = {
    0: [0.19],
    1: [0.82, -1.27],
    3: [0.31, 7.99, -25.43, 17.37],
    9: [
        *[0.35, 232.37, -5321.83, 48568.31, -231639.30],
        *[640042.26, -1061800.52, 1042400.18, -557682.99, 125201.43],
    ],
}
"""The column of degree 3 is headed "M = 6" in the deck."""
PENALISED = {
    "-18": [0.35, 4.74, -0.77, -31.97, -3.89, 55.28, 41.32, -45.95, -91.53, 72.68],
    "0": [0.13, -0.05, -0.06, -0.05, -0.03, -0.02, -0.01, -0.00, 0.00, 0.01],
}
EFFECTIVE = {"-18": 1.039e-7, "0": 10.0}
"""The penalties under which the printed weights come out, by the heading ln lambda."""
LITERAL = {
    "-18": [0.35, 5.77, -14.97, 29.86, -95.63, 35.18, 168.72, -18.04, -273.18, 162.20],
    "0": [0.46, -0.34, -0.37, -0.24, -0.12, -0.02, 0.05, 0.11, 0.16, 0.20],
}
"""What the printed formula gives for the headings as they stand."""


@pytest.mark.parametrize("degree", PRINTED)
def test_bishops_weights_come_out_as_printed(degree: int) -> None:
    w = Polynomial(degree).fit(X, T).w
    np.testing.assert_allclose(w, PRINTED[degree], rtol=3e-7, atol=5.1e-3)


def test_degree_6_has_other_weights_than_those_printed_under_its_name() -> None:
    w = Polynomial(6).fit(X, T).w
    np.testing.assert_allclose(
        w, [0.35, 2.62, 32.10, -206.27, 399.00, -332.71, 105.16], rtol=2e-5, atol=5.1e-3
    )


@pytest.mark.parametrize(
    ("degree", "error"), [(0, 0.614), (1, 0.462), (3, 0.187), (6, 0.182), (9, 0.0)]
)
def test_more_freedom_leaves_less_training_error(degree: int, error: float) -> None:
    assert Polynomial(degree).fit(X, T).error(X, T) == pytest.approx(error, abs=5e-4)


def test_degree_9_passes_every_point_and_fails_between_them() -> None:
    between = (X[:-1] + X[1:]) / 2
    truth = np.sin(2 * np.pi * between)
    wild, tame = Polynomial(9).fit(X, T), Polynomial(3).fit(X, T)
    assert wild.error(X, T) < 1e-6
    assert wild.error(between, truth) > 2 * tame.error(between, truth)


@pytest.mark.parametrize("heading", PENALISED)
def test_the_printed_ridge_weights_need_another_lambda_than_printed(heading: str) -> None:
    w = Polynomial(9, l2=EFFECTIVE[heading]).fit(X, T).w
    np.testing.assert_allclose(w, PENALISED[heading], rtol=1e-3, atol=6e-2 if w[1] > 1 else 5.1e-3)


@pytest.mark.parametrize("heading", LITERAL)
def test_the_printed_lambda_gives_other_weights_than_printed(heading: str) -> None:
    w = Polynomial(9, l2=math.exp(float(heading))).fit(X, T).w
    np.testing.assert_allclose(w, LITERAL[heading], atol=5.1e-3)
    assert np.abs(w - PENALISED[heading]).max() > 0.1


def test_a_penalty_is_sklearns_ridge_on_powers() -> None:
    judge = Ridge(alpha=1e-3, fit_intercept=False, solver="svd")
    judge.fit(np.vander(X, 6, increasing=True), T)
    np.testing.assert_allclose(Polynomial(5, l2=1e-3).fit(X, T).w, judge.coef_, rtol=1e-9)


def test_normal_equations_solved_as_they_stand_lose_the_digits_that_qr_keeps() -> None:
    powers = np.vander(X, 10, increasing=True)
    naive = np.linalg.solve(powers.T @ powers, powers.T @ T)
    assert np.abs(naive - PRINTED[9]).max() > 100
    assert np.abs(Polynomial(9).fit(X, T).w - PRINTED[9]).max() < 0.2


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="degree -1"):
        Polynomial(-1)
    with pytest.raises(UsageError, match=r"l2 -0\.5"):
        Polynomial(2, l2=-0.5)
    with pytest.raises(UsageError, match="call fit first"):
        Polynomial(2).predict(X)
    with pytest.raises(ShapeError, match=r"x is \(2, 5\)"):
        Polynomial(2).fit(X.reshape(2, 5), T)
