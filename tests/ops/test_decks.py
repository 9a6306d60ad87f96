"""Numbers that the lecture decks print."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import ops
from chainrule.ops import Window, col2im, im2col
from chainrule.tape import tensor

IMAGE = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
DIAGONAL = np.array([[0.0, 0, 1], [0, 1, 0], [1, 0, 0]])
CROSS = np.array([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])
PADDED_3X3 = Window((3, 3), padding=((1, 1), (1, 1)))

COLUMNS = [
    [0, 0, 0, 0, 1, 2, 0, 4, 5],
    [0, 0, 0, 1, 2, 3, 4, 5, 6],
    [0, 0, 0, 2, 3, 0, 5, 6, 0],
    [0, 1, 2, 0, 4, 5, 0, 7, 8],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
    [2, 3, 0, 5, 6, 0, 8, 9, 0],
    [0, 4, 5, 0, 7, 8, 0, 0, 0],
    [4, 5, 6, 7, 8, 9, 0, 0, 0],
    [5, 6, 0, 8, 9, 0, 0, 0, 0],
]

SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])


def test_im2col_prints_the_matrix_of_the_deck():
    assert_array_equal(im2col(np, IMAGE, PADDED_3X3), COLUMNS)


def test_im2col_then_a_matrix_product_is_the_affine_column_of_the_deck():
    column = im2col(np, IMAGE, PADDED_3X3) @ DIAGONAL.reshape(9, 1)
    assert_array_equal(column.ravel(), [1, 6, 8, 6, 15, 14, 12, 14, 9])


def test_col2im_counts_how_many_windows_saw_each_cell():
    seen = col2im(np, im2col(np, np.ones_like(IMAGE), PADDED_3X3), PADDED_3X3, IMAGE.shape)
    assert_array_equal(seen[0, 0], [[4, 6, 4], [6, 9, 6], [4, 6, 4]])


@pytest.mark.parametrize(
    ("kernel", "stride", "expected"),
    [
        (DIAGONAL, 1, [[1, 6, 8], [6, 15, 14], [12, 14, 9]]),
        (DIAGONAL, 2, [[1, 8], [12, 9]]),
        (CROSS, 1, [[6, 12, 8], [14, 25, 16], [12, 18, 14]]),
        (CROSS, 2, [[6, 8], [12, 14]]),
    ],
)
def test_the_convolutions_of_the_deck(kernel, stride, expected):
    y = ops.conv2d(IMAGE, kernel.reshape(1, 1, 3, 3), np.zeros(1), stride=stride, padding=1)
    assert_array_equal(y.data, [[expected]])


def test_two_filters_at_once_give_both_feature_maps():
    w = np.stack([DIAGONAL, CROSS]).reshape(2, 1, 3, 3)
    y = ops.conv2d(IMAGE, w, np.zeros(2), padding="same")
    assert_array_equal(y.data[0, 0], [[1, 6, 8], [6, 15, 14], [12, 14, 9]])
    assert_array_equal(y.data[0, 1], [[6, 12, 8], [14, 25, 16], [12, 18, 14]])


def test_the_max_pooling_of_the_deck():
    x = np.array([[1.0, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    y = ops.max_pool2d(x.reshape(1, 1, 4, 4), 2)
    assert_array_equal(y.data, [[[[6, 8], [3, 4]]]])


def test_the_softmax_of_the_deck():
    y = ops.softmax(np.array([0.3, 2.9, 4.0])).data
    assert_allclose(y, [0.01821127, 0.24519181, 0.73659691], rtol=1e-6)
    assert y.sum() == pytest.approx(1)


def test_the_softmax_of_large_scores_does_not_overflow():
    y = ops.softmax(np.array([1010.0, 1000.0, 990.0])).data
    assert_allclose(y, [9.99954600e-01, 4.53978686e-05, 2.06106005e-09], rtol=1e-6)


def test_the_cross_entropy_of_the_cat_car_frog_table():
    losses = [ops.softmax_cross_entropy(SCORES[i : i + 1], np.array([i])).item() for i in range(3)]
    assert_allclose(losses, [2.0404, 0.0791, 6.1565], atol=5e-5)
    assert ops.softmax_cross_entropy(SCORES, np.arange(3)).item() == pytest.approx(2.7587, abs=5e-5)


@pytest.mark.parametrize("K", [3, 10])
def test_equal_scores_surprise_by_log_k(K):
    loss = ops.softmax_cross_entropy(np.zeros((2, K)), np.zeros(2, dtype="int64"))
    assert loss.item() == pytest.approx(np.log(K))


def test_the_line_of_the_deck():
    w = tensor(-2.0, needs_grad=True)
    x = tensor(5.0, needs_grad=True)
    b = tensor(3.0, needs_grad=True)
    f = w * x + b
    f.backward()
    assert f.item() == -7
    assert (w.grad, x.grad, b.grad) == (5, -2, 1)
