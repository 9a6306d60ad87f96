"""Activations at their edges: what the decks print, tails, ties, and values that mean nothing."""

import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.smooth_relu import erfc
from chainrule.tape import Tensor


def slope_of(activation, x):
    leaf = Tensor(np.array(x, dtype="float64"), needs_grad=True)
    y = activation(leaf)
    y.backward(np.ones(y.shape))
    return leaf.grad


def test_erfc_has_12_digits_from_its_middle_to_its_end():
    x = np.concatenate([np.linspace(-6, 26, 4001), [1e-300, 0.0, -1e-300]])
    assert_allclose(erfc(np, x), [math.erfc(one) for one in x], rtol=2e-13)


@pytest.mark.parametrize("x", [40.0, 1e4, 1e200, np.inf])
def test_erfc_ends_in_0_and_in_2_without_overflow(x):
    assert_array_equal(erfc(np, np.array([x, -x])), [0, 2])


def test_erfc_in_single_precision_keeps_single_precision():
    x = np.linspace(-4, 9, 1001, dtype="float32")
    y = erfc(np, x)
    assert y.dtype == np.float32
    assert_allclose(y, [math.erfc(one) for one in x.tolist()], rtol=3e-5)


def test_the_negative_tail_of_gelu_keeps_its_digits():
    x = np.array([-5.0, -10.0, -20.0, -30.0])
    exact = [one * math.erfc(-one / math.sqrt(2)) / 2 for one in x]
    assert_allclose(ops.gelu(x).data, exact, rtol=1e-12)


def test_the_tanh_form_of_gelu_is_closer_than_its_page_says():
    x = np.linspace(-10, 10, 10_001)
    gap = np.abs(ops.gelu(x).data - ops.gelu(x, approximate="tanh").data).max()
    assert 0.0004 < gap < 0.0005


def test_softplus_is_positive_far_below_0_and_straight_far_above():
    y = ops.softplus(np.array([-40.0, -700.0, 0.0, 1e4])).data
    assert_allclose(y, [math.exp(-40), math.exp(-700), math.log(2), 1e4], rtol=1e-14)


def test_an_elu_close_to_0_keeps_its_digits():
    x = np.array([-1e-12, -1e-300])
    assert_allclose(ops.elu(x).data, x, rtol=1e-11)


@pytest.mark.parametrize("slope", [0.1, 0.01])
def test_leaky_relu_is_max_of_x_and_slope_times_x(slope):
    x = np.array([-5.0, -0.001, 0.0, 0.005, 2.0])
    assert_array_equal(ops.leaky_relu(x, slope).data, np.maximum(slope * x, x))


def test_the_constant_the_deck_printed_is_another_function():
    assert ops.leaky_relu(np.array(0.005)).item() == 0.005 != max(0.01, 0.005)


@pytest.mark.parametrize(
    ("activation", "at_infinity"),
    [
        (ops.sigmoid, [0, 1]),
        (ops.tanh, [-1, 1]),
        (ops.step, [0, 1]),
        (ops.elu, [-1, np.inf]),
        (ops.softplus, [0, np.inf]),
        (ops.leaky_relu, [-np.inf, np.inf]),
    ],
)
def test_infinity_goes_where_the_function_goes(activation, at_infinity):
    assert_array_equal(activation(np.array([-np.inf, np.inf])).data, at_infinity)


def test_a_step_fires_over_0_only_and_lets_no_gradient_pass():
    assert_array_equal(ops.step(np.array([-1.0, 0.0, 1e-300])).data, [0, 0, 1])
    assert_array_equal(slope_of(ops.step, [-1.0, 0.0, 1.0]), [0, 0, 0])


def test_maxout_takes_neighbours():
    x = np.array([[1.0, 5.0, 2.0, -3.0, 0.0, 0.5]])
    assert_array_equal(ops.maxout(x, 2).data, [[5, 2, 0.5]])
    assert_array_equal(ops.maxout(x, 3).data, [[5, 0.5]])


def test_equal_pieces_of_a_maxout_share_the_gradient():
    assert_array_equal(slope_of(ops.maxout, [[3.0, 3.0, 1.0, 2.0]]), [[0.5, 0.5, 0, 1]])


def test_maxout_of_two_affine_parts_is_the_lectures_formula(rng):
    x, w, b = rng.standard_normal((5, 3)), rng.standard_normal((4, 3)), rng.standard_normal(4)
    y = ops.maxout(ops.affine(x, w, b), 2).data
    first, second = x @ w[0::2].T + b[0::2], x @ w[1::2].T + b[1::2]
    assert_allclose(y, np.maximum(first, second))


def test_an_empty_batch_goes_through_maxout_and_back():
    assert slope_of(ops.maxout, np.ones((0, 4))).shape == (0, 4)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("leaky_relu: slope is 1, but a number in [0, 1) is needed", lambda: ops.LeakyReLU(1)),
        ("leaky_relu: slope is -0.1", lambda: ops.leaky_relu(np.ones(2), -0.1)),
        ("elu: alpha is 0, but a number over 0 is needed", lambda: ops.ELU(0)),
        ("maxout: pieces is 0, but 1 or more are needed", lambda: ops.Maxout(0)),
        (
            'gelu: approximate is \'erf\', but "none" or "tanh" is needed',
            lambda: ops.gelu(np.ones(2), "erf"),
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(message, call):
    with pytest.raises(UsageError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("shape", [(2, 3), (4,), ()])
def test_maxout_refuses_features_that_its_pieces_do_not_divide(shape):
    message = f"Maxout: x has shape {shape}, but (N, C, ...) is needed, C a multiple of 2 pieces"
    with pytest.raises(ShapeError, match=re.escape(message)):
        ops.maxout(np.ones(shape))
