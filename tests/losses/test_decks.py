"""Numbers that the lecture decks print, or that follow from their tables."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import losses
from chainrule.tape import Tensor

SCORES = [[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]
"""Cat, car and frog, each the right class of its row."""
RIGHT = [0, 1, 2]

TEN = np.array(
    [
        [-3.45, -8.87, 0.09, 2.9, 4.48, 8.02, 3.78, 1.06, -0.36, -0.72],
        [-0.51, 6.04, 5.31, -4.22, -4.19, 3.58, 4.49, -4.37, -2.09, -2.93],
        [3.42, 4.64, 2.65, 5.1, 2.64, 5.55, -4.34, -1.5, -4.79, 6.14],
    ]
)
TEN_RIGHT = [3, 1, 6]

RASCHKA = np.array(
    [
        [0.3792, 0.3104, 0.3104],
        [0.3072, 0.4147, 0.2780],
        [0.4263, 0.2248, 0.3490],
        [0.2668, 0.2978, 0.4354],
    ]
)

EXERCISE = np.array([0.1, 0.05, 0.6, 0, 0.05, 0.1, 0, 0.1, 0, 0])
OTHERWISE = np.array([0.1, 0.05, 0.1, 0, 0.05, 0.1, 0, 0.6, 0, 0])
TWO = np.eye(10)[2]


@pytest.mark.parametrize(
    ("settings", "each", "mean"),
    [
        ({}, [2.9, 0, 12.9], 5.26667),
        ({"all_j": True}, [3.9, 1, 13.9], 6.26667),
        ({"divide": "others"}, [1.45, 0, 6.45], 2.63333),
        ({"divide": "classes"}, [0.96667, 0, 4.3], 1.75556),
        ({"power": 2}, [8.41, 0, 83.25], 30.55333),
        ({"margin": 0}, [1.9, 0, 10.9], 4.26667),
    ],
)
def test_the_hinge_quiz(settings, each, mean):
    scores = np.array(SCORES)
    assert_allclose(losses.hinge_sum(scores, RIGHT, reduction="none", **settings).data, each, 1e-5)
    assert losses.hinge_sum(scores, RIGHT, **settings).item() == pytest.approx(mean, rel=1e-5)
    assert losses.HingeSum(**settings)(SCORES, RIGHT).item() == pytest.approx(mean, rel=1e-5)


def test_the_car_score_moves_the_losses_of_cat_and_frog_but_not_of_the_car():
    moved = np.array(SCORES) + np.array([0, 0.5, 0])
    change = (
        losses.hinge_sum(moved, RIGHT, reduction="none").data
        - losses.hinge_sum(np.array(SCORES), RIGHT, reduction="none").data
    )
    assert_allclose(change, [0.5, 0, 0.5], atol=1e-12)


@pytest.mark.parametrize("K", [3, 10])
def test_equal_scores_cost_one_margin_per_wrong_class(K):
    assert losses.hinge_sum(np.zeros((1, K)), [0]).item() == K - 1


def test_twice_the_weights_keep_only_losses_of_zero():
    doubled = losses.hinge_sum(2 * np.array(SCORES), RIGHT, reduction="none").data
    assert_allclose(doubled, [4.8, 0, 23.8])


def test_the_table_of_ten_classes():
    hinge = losses.hinge_sum(TEN, TEN_RIGHT, reduction="none").data
    surprise = losses.softmax_cross_entropy(TEN, TEN_RIGHT, reduction="none").data
    assert_allclose(hinge, [10.58, 0.27, 71.91], rtol=1e-9)
    assert hinge.mean() == pytest.approx(27.59, abs=0.005)
    assert_allclose(surprise, [5.170, 0.577, 11.294], atol=5e-4)
    assert surprise.mean() == pytest.approx(5.681, abs=5e-4)


def test_the_two_libraries_losses_are_not_the_lectures():
    keras = losses.keras.categorical_hinge(np.eye(3), np.array(SCORES))
    assert_allclose(keras.data, [2.9, 0, 6.6])
    assert losses.pytorch.multi_margin_loss(SCORES, RIGHT).item() == pytest.approx(1.75556, 1e-5)
    assert losses.pytorch.MultiMarginLoss()(SCORES, RIGHT).item() == pytest.approx(1.75556, 1e-5)


def test_the_cross_entropy_of_the_table_is_natural_not_base_10():
    each = losses.softmax_cross_entropy(np.array(SCORES), RIGHT, reduction="none").data
    assert_allclose(each, [2.0404, 0.0791, 6.1565], atol=5e-5)
    assert each.mean() == pytest.approx(2.7587, abs=5e-5)
    assert each[0] / np.log(10) == pytest.approx(0.886, abs=5e-4)


def test_one_hot_rows_cost_what_labels_cost():
    x = Tensor(np.array(SCORES), needs_grad=True)
    z = Tensor(np.array(SCORES), needs_grad=True)
    by_labels = losses.softmax_cross_entropy(x, RIGHT)
    by_rows = losses.softmax_cross_entropy(z, np.eye(3))
    by_labels.backward()
    by_rows.backward()
    assert by_labels.item() == pytest.approx(by_rows.item(), rel=1e-12)
    assert_allclose(x.grad, z.grad, rtol=1e-12)


def test_scores_where_the_hinge_is_satisfied_and_softmax_is_not():
    scores = np.array([[10.0, -2, 3], [10, 9, 9], [10, -100, -100]])
    each = losses.softmax_cross_entropy(scores, [0, 0, 0], reduction="none").data
    assert_allclose(each, [0.000918, 0.5514, 0], atol=5e-5)
    assert each.mean() == pytest.approx(0.1841, abs=5e-5)
    assert losses.hinge_sum(scores, [0, 0, 0], reduction="sum").item() == 0
    doubled = losses.softmax_cross_entropy(
        scores + np.array([10, 0, 0]), [0, 0, 0], reduction="none"
    ).data
    assert_allclose(doubled, [4e-8, 3e-5, 0], rtol=0.2, atol=1e-12)


@pytest.mark.parametrize("loss", [losses.categorical_nll, losses.cross_entropy])
def test_four_examples_cost_what_the_lecture_computes(loss):
    targets = np.eye(3)[[0, 1, 2, 2]]
    each = loss(RASCHKA, targets, reduction="none").data
    assert_allclose(each, [0.9697, 0.8802, 1.0527, 0.8315], atol=5e-5)
    assert loss(RASCHKA, targets).item() == pytest.approx(0.93352, abs=5e-6)


@pytest.mark.parametrize(
    ("y", "loss"), [(EXERCISE, 0.510825457099338), (OTHERWISE, 2.302584092994546)]
)
def test_the_cross_entropy_exercise_prints_every_digit(y, loss):
    assert losses.cross_entropy(y, TWO).item() == pytest.approx(loss, rel=1e-15)


@pytest.mark.parametrize(("y", "loss"), [(EXERCISE, 0.0975), (OTHERWISE, 0.5975)])
def test_half_the_squared_error_of_the_exercise(y, loss):
    assert losses.half_sse(y, TWO).item() == pytest.approx(loss, rel=1e-12)


def test_the_slope_of_half_the_squared_error_is_the_error():
    x = Tensor(EXERCISE, needs_grad=True)
    losses.half_sse(x, TWO).backward()
    assert_allclose(x.grad, EXERCISE - TWO, rtol=1e-12)


Y, P = [1.0, 2.0, 3.0], [1.5, 2.0, 2.0]


@pytest.mark.parametrize(
    ("name", "value", "y_true", "y_pred"),
    [
        ("mean_squared_error", 0.4166667, Y, P),
        ("mean_absolute_error", 0.5, Y, P),
        ("mean_absolute_percentage_error", 27.7778, Y, P),
        ("mean_squared_logarithmic_error", 0.0441847, Y, P),
        ("cosine_similarity", -0.9600015, Y, P),
        ("huber", 0.2083333, Y, P),
        ("log_cosh", 0.1846318, Y, P),
        ("poisson", 0.5429330, Y, P),
        ("binary_crossentropy", 0.2797766, [1, 0, 1], [0.9, 0.2, 0.6]),
        ("kl_divergence", 0.0201355, [0.4, 0.6], [0.5, 0.5]),
        ("hinge", 0.7333333, [-1, 1, 1], [0.6, 0.4, 2.0]),
        ("squared_hinge", 0.9733333, [-1, 1, 1], [0.6, 0.4, 2.0]),
    ],
)
def test_the_keras_list(name, value, y_true, y_pred):
    loss = getattr(losses.keras, name)(y_true, np.array(y_pred))
    assert loss.item() == pytest.approx(value, rel=3e-6)
    by_class = "".join(part.capitalize() for part in name.split("_"))
    by_class = {"KlDivergence": "KLDivergence"}.get(by_class, by_class)
    assert getattr(losses.keras, by_class)()(y_true, y_pred).item() == pytest.approx(
        value, rel=3e-6
    )
