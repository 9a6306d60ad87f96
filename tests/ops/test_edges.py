"""Corners of single operations that no generic check reaches."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import ops
from chainrule.tape import Tensor


def leaf(values, dtype="float64"):
    return Tensor(np.array(values, dtype=dtype), needs_grad=True)


def test_an_empty_batch_goes_through_a_convolution_and_back():
    x, w, b = leaf(np.ones((0, 2, 5, 5))), leaf(np.ones((4, 1, 3, 3))), leaf(np.ones(4))
    y = ops.conv2d(x, w, b, padding=1, groups=2)
    assert y.shape == (0, 4, 5, 5)
    y.backward(np.zeros(y.shape))
    assert x.grad.shape == (0, 2, 5, 5)
    assert_array_equal(w.grad, np.zeros((4, 1, 3, 3)))
    assert_array_equal(b.grad, np.zeros(4))


@pytest.mark.parametrize("pool", [ops.max_pool2d, ops.avg_pool2d])
def test_an_empty_batch_goes_through_a_pooling_and_back(pool):
    x = leaf(np.ones((0, 2, 4, 4)))
    y = pool(x, 2)
    y.backward(np.zeros(y.shape))
    assert (y.shape, x.grad.shape) == ((0, 2, 2, 2), (0, 2, 4, 4))


def test_taking_no_rows_leaves_a_gradient_of_zeros():
    x = leaf(np.ones((3, 2)))
    y = ops.take(x, np.zeros(0, dtype="int64"))
    y.backward(np.zeros(y.shape))
    assert_array_equal(x.grad, np.zeros((3, 2)))


def test_a_small_sigmoid_keeps_its_digits_in_single_precision():
    y = ops.sigmoid(np.array([-10.0, -50.0, -80.0], dtype="float32")).data
    assert_allclose(y, 1 / (1 + np.exp([10.0, 50.0, 80.0])), rtol=1e-6)


def test_relu_lets_infinity_pass_and_stops_minus_infinity():
    assert_array_equal(ops.relu(np.array([-np.inf, np.inf])).data, [0, np.inf])


def test_a_power_of_zero_is_flat_at_zero_too():
    x = leaf([0.0, 2.0])
    ops.power(x, 0).backward(np.ones(2))
    assert_array_equal(x.grad, [0, 0])


def test_the_first_maximum_in_reading_order_wins_a_tie():
    x = leaf(np.ones((1, 1, 2, 4)))
    ops.max_pool2d(x, 2).backward(np.array([[[[5.0, 7.0]]]]))
    assert_array_equal(x.grad, [[[[5, 0, 7, 0], [0, 0, 0, 0]]]])


def test_equal_maxima_along_an_axis_share_the_gradient():
    x = leaf([[1.0, 3.0, 3.0]])
    ops.max(x, 1).backward(np.array([6.0]))
    assert_array_equal(x.grad, [[0, 3, 3]])


def test_what_was_not_chosen_gets_nothing_of_an_infinite_gradient():
    a, b = leaf([1.0, 2.0, 3.0]), leaf([1.0, 3.0, 2.0])
    dy = np.array([-np.inf, np.inf, np.inf])
    ops.maximum(a, b).backward(dy)
    assert_array_equal(a.grad, [-np.inf, 0, np.inf])
    assert_array_equal(b.grad, [-np.inf, np.inf, 0])
    a, b = leaf([1.0, 2.0]), leaf([1.0, 3.0])
    ops.where(np.array([True, False]), a, b).backward(np.array([np.inf, np.inf]))
    assert_array_equal(a.grad, [np.inf, 0])
    assert_array_equal(b.grad, [0, np.inf])


def test_equal_compares_values_where_two_signs_of_equality_compare_objects():
    x = leaf([1.0, 2.0])
    assert_array_equal(ops.equal(x, 2.0).data, [False, True])
    assert_array_equal(ops.equal(2, x).data, [False, True])
    assert_array_equal(ops.equal(x, leaf([[1.0], [2.0]])).data, [[True, False], [False, True]])
    assert not ops.equal(x, x).needs_grad
    same = x
    assert x == same
    assert x != leaf([1.0, 2.0])
    assert_array_equal(ops.where(ops.equal(x, 2.0), x, 0.0).data, [0, 2])


@pytest.mark.parametrize("loss", [ops.SoftmaxCrossEntropy, ops.NegativeLogLikelihood])
def test_a_class_masked_out_counts_nothing_unless_it_is_the_right_one(loss):
    x, without = leaf([[1.0, -np.inf, 2.0]]), leaf([[1.0, 2.0]])
    shares = np.array([[0.25, 0.0, 0.75]])
    y = loss()(x, shares)
    y.backward(np.ones(y.shape))
    expected = loss()(without, shares[:, [0, 2]])
    expected.backward(np.ones(y.shape))
    assert_allclose(y.data, expected.data, rtol=1e-12)
    assert_allclose(x.grad[:, [0, 2]], without.grad, rtol=1e-12)
    assert x.grad[0, 1] == 0
    assert np.isposinf(loss()(x, np.array([1])).data)


def test_dropout_removes_and_raises_by_the_threshold():
    bits = np.array([0, 63, 64, 255], dtype="uint8")
    y = ops.dropout(np.ones(4), bits, p=0.25).data
    assert_allclose(y, [0, 0, 4 / 3, 4 / 3])


@pytest.mark.parametrize("p", [0.0, 0.1, 0.25, 0.5, 0.9, 0.999])
def test_dropout_keeps_the_mean_over_all_bytes(p):
    every_byte = np.arange(256, dtype="uint8")
    assert ops.dropout(np.ones(256), every_byte, p=p).data.mean() == pytest.approx(1)


def test_indexing_with_an_array_takes_rows_and_adds_up_repeats():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = x[np.array([1, 1, 0])]
    assert_array_equal(y.data, [[3, 4], [3, 4], [1, 2]])
    y.sum().backward()
    assert_array_equal(x.grad, [[1, 1], [2, 2]])


def test_flatten_keeps_the_batch_and_row_major_order():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    assert_array_equal(ops.flatten(Tensor(x)).data, x.reshape(2, 12))
    assert ops.flatten(Tensor(x), start=0).shape == (24,)


def test_the_mean_squared_error_is_the_mean_of_squares():
    x = leaf([1.0, 2.0, 4.0])
    loss = ops.mean_squared_error(x, np.array([1.0, 0.0, 1.0]))
    loss.backward()
    assert loss.item() == pytest.approx(13 / 3)
    assert_allclose(x.grad, [0, 4 / 3, 2])


def test_whole_labels_of_any_width_will_do():
    x = np.array([[1.0, 2.0, 3.0]])
    losses = {
        ops.softmax_cross_entropy(x, np.array([1], dtype=dtype)).item()
        for dtype in ("uint8", "int16", "int64")
    }
    assert len(losses) == 1


def test_a_gradient_nobody_wants_is_not_computed():
    op = ops.Conv2d()
    op(Tensor(np.ones((1, 1, 4, 4))), leaf(np.ones((1, 1, 2, 2)))).backward(np.ones((1, 1, 3, 3)))
    assert op.backward(np, np.ones((1, 1, 3, 3)))[0] is None


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same_padding_keeps_the_size_of_the_image(size, dilation):
    w = np.ones((1, 1, size, size))
    y = ops.conv2d(np.ones((1, 1, 7, 6)), w, padding="same", dilation=dilation)
    assert y.shape == (1, 1, 7, 6)


def test_the_odd_row_of_same_padding_goes_below():
    y = ops.conv2d(np.arange(3.0).reshape(1, 1, 3, 1), np.ones((1, 1, 2, 1)), padding="same")
    assert_array_equal(y.data.ravel(), [1, 3, 2])


def test_numpy_integers_are_whole_numbers_too():
    y = ops.max_pool2d(np.ones((1, 1, 4, 4)), np.int64(2), stride=(np.int64(1), 2))
    assert y.shape == (1, 1, 3, 2)
