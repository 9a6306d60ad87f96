"""Functions made of operations: sequences, norms, joining and cutting; and what they refuse."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.ops import ConvTranspose2d
from chainrule.tape import Tensor


def leaf(values, dtype="float64"):
    return Tensor(np.array(values, dtype=dtype), needs_grad=True)


def of(*shape):
    return Tensor(np.ones(shape))


def test_a_stack_puts_tensors_along_a_new_axis_and_sends_gradients_back(rng):
    parts = [leaf(rng.standard_normal((2, 3))) for _ in range(4)]
    for axis in (0, 1, 2, -1):
        assert_array_equal(
            ops.stack(parts, axis).data, np.stack([part.data for part in parts], axis)
        )
    dy = rng.standard_normal((2, 4, 3))
    ops.stack(parts, 1).backward(dy)
    for i, part in enumerate(parts):
        assert_array_equal(part.grad, dy[:, i])


def test_a_split_cuts_an_axis_into_equal_parts_and_sends_gradients_back(rng):
    x = leaf(rng.standard_normal((2, 6)))
    first, second, third = ops.split(x, 3)
    assert_array_equal(second.data, x.data[:, 2:4])
    (first * 2.0 + third * 5.0).sum().backward()
    assert_array_equal(x.grad, [[2, 2, 0, 0, 5, 5]] * 2)
    assert [part.shape for part in ops.split(x, 2, axis=0)] == [(1, 6), (1, 6)]


@pytest.mark.parametrize("value", [0.0, 1.0, -3e4, 1e-40], ids=str)
@pytest.mark.parametrize("shape", [(1, 6), (2, 4, 3, 3)], ids=str)
def test_equal_values_are_normalised_to_the_shift_with_finite_gradients(value, shape, rng):
    x = leaf(np.full(shape, value), "float32")
    C = shape[1]
    gamma, beta = leaf(np.ones(C), "float32"), leaf(np.full(C, 7.0), "float32")
    results = [ops.group_norm(x, 2, gamma, beta)]
    if len(shape) == 2:
        results.append(ops.layer_norm(x, gamma, beta))
    else:
        results.append(ops.batch_norm(x, gamma, beta))
    for y in results:
        x.grad = None
        assert_allclose(y.data, 7, atol=1e-5)
        y.backward(rng.standard_normal(y.shape).astype("float32"))
        assert np.isfinite(x.grad).all()


def test_denormal_numbers_are_as_good_as_equal():
    x = leaf([[1e-42, -1e-42, 3e-44, 0]], "float32")
    y = ops.Standardise((1,))(x)
    assert np.abs(y.data).max() < 1e-38
    y.backward(np.ones((1, 4), "float32"))
    assert np.isfinite(x.grad).all()


def test_standardised_values_have_mean_0_and_variance_1(rng):
    x = 1e3 + 5 * rng.standard_normal((3, 400))
    y = ops.Standardise((1,))(x).data
    assert_allclose(y.mean(axis=1), 0, atol=1e-12)
    assert_allclose(y.var(axis=1), 1, rtol=1e-5)  # 25 / (25 + eps)


def test_normalised_examples_do_not_depend_on_each_other(rng):
    x = Tensor(rng.standard_normal((4, 6, 3, 3)))
    gamma, beta = of(6), of(6)
    together = ops.group_norm(x, 3, gamma, beta).data
    alone = ops.group_norm(Tensor(x.data[2:3]), 3, gamma, beta).data
    assert_allclose(alone[0], together[2], rtol=1e-12)


def test_the_neighbours_of_local_response_norm_are_those_of_alexnet(rng):
    x, n, alpha, beta, k = rng.standard_normal((2, 9, 2, 3)), 5, 0.3, 0.75, 2.0
    expected = np.empty_like(x)
    for i in range(9):  # the paper's formula, term by term
        low, high = max(0, i - n // 2), min(8, i + n // 2)
        expected[:, i] = x[:, i] / (k + alpha * (x[:, low : high + 1] ** 2).sum(1)) ** beta
    y = ops.local_response_norm(Tensor(x), n, alpha=n * alpha, beta=beta, k=k)
    assert_allclose(y.data, expected, rtol=1e-12)


@pytest.mark.parametrize("pool", [ops.adaptive_avg_pool2d, ops.adaptive_max_pool2d])
def test_an_empty_batch_goes_through_an_adaptive_pooling_and_back(pool):
    x = leaf(np.ones((0, 2, 4, 4)))
    y = pool(x, 2)
    y.backward(np.zeros(y.shape))
    assert (y.shape, x.grad.shape) == ((0, 2, 2, 2), (0, 2, 4, 4))


@pytest.mark.parametrize(
    ("adaptive", "windowed"),
    [(ops.adaptive_avg_pool2d, ops.avg_pool2d), (ops.adaptive_max_pool2d, ops.max_pool2d)],
)
def test_where_sizes_divide_adaptive_pooling_is_pooling(adaptive, windowed, rng):
    x = rng.integers(-2, 3, (2, 3, 6, 8)).astype("float64")  # with ties
    dy = rng.standard_normal((2, 3, 3, 2))
    one, other = leaf(x), leaf(x)
    y, z = adaptive(one, (3, 2)), windowed(other, (2, 4))
    assert_allclose(y.data, z.data, rtol=1e-12)
    y.backward(dy)
    z.backward(dy)
    assert_allclose(one.grad, other.grad, rtol=1e-12)


SHAPES = {
    "ConvTranspose2d: x has shape (2, 3, 4, 4), but weight (4, 2, 3, 3) needs (N, 4, H, W)": (
        lambda: ops.conv_transpose2d(of(2, 3, 4, 4), of(4, 2, 3, 3))
    ),
    "ConvTranspose2d: x has shape (4, 4, 4)": lambda: ops.conv_transpose2d(
        of(4, 4, 4), of(4, 2, 3, 3)
    ),
    "ConvTranspose2d: x has shape (1, 4, 0, 4)": lambda: ops.conv_transpose2d(
        of(1, 4, 0, 4), of(4, 2, 3, 3)
    ),
    "weight (4, 2, 3, 3) takes 4 channels, which do not divide into 3 groups": lambda: (
        ops.conv_transpose2d(of(1, 4, 4, 4), of(4, 2, 3, 3), groups=3)
    ),
    "ConvTranspose2d: bias has shape (2,), but weight (4, 2, 3, 3) needs (4,)": lambda: (
        ops.conv_transpose2d(of(1, 4, 4, 4), of(4, 2, 3, 3), of(2), groups=2)
    ),
    "ConvTranspose2d: padding (2, 0) leaves -1x3 cells of what x gives: pad less": lambda: (
        ops.conv_transpose2d(of(1, 1, 1, 1), of(1, 1, 3, 3), padding=(2, 0))
    ),
    "weight has shape (4, 3), but filters (C, F/G, KH, KW) are needed": lambda: (
        ops.conv_transpose2d(of(1, 4, 4, 4), of(4, 3))
    ),
    "conv1d: x has shape (2, 3) and weight (4, 3, 1), but sequences (N, C, L) and filters": (
        lambda: ops.conv1d(of(2, 3), of(4, 3, 1))
    ),
    "x has 3 channels, but weight (4, 2, 1, 3) needs 2": lambda: ops.conv1d(
        of(2, 3, 5), of(4, 2, 3)
    ),
    "AdaptiveAvgPool2d: x has shape (2, 3), but images": lambda: ops.adaptive_avg_pool2d(
        of(2, 3), 1
    ),
    "AdaptiveMaxPool2d: x has shape (2, 3, 0, 4): its images have no pixels": lambda: (
        ops.adaptive_max_pool2d(of(2, 3, 0, 4), 1)
    ),
    "Standardise: shape (2, 3) has no axis 2": lambda: ops.Standardise((2,))(of(2, 3)),
    "layer_norm: x has shape (2, 3), but one that ends in (4,) is needed": lambda: ops.layer_norm(
        of(2, 3), of(4), of(4)
    ),
    "x has shape (3,), but one that ends in (2, 3) is needed": lambda: ops.layer_norm(
        of(3), of(2, 3), of(2, 3)
    ),
    "group_norm: x has shape (2, 6, 4), but (N, 4, ...) in 2 equal groups is needed": lambda: (
        ops.group_norm(of(2, 6, 4), 2, of(4), of(4))
    ),
    "x has shape (2, 6), but (N, 6, ...) in 4 equal groups is needed": lambda: ops.group_norm(
        of(2, 6), 4, of(6), of(6)
    ),
    "local_response_norm: x has shape (2, 0, 3), but (N, C, ...) is needed": lambda: (
        ops.local_response_norm(of(2, 0, 3), 5)
    ),
    "split: axis -1 of x (2, 7) does not divide into 3 parts": lambda: ops.split(of(2, 7), 3),
    "shape (2, 7) has no axis 2": lambda: ops.split(of(2, 7), 3, axis=2),
    "concat: no tensors came": lambda: ops.stack([]),
}

USAGE = {
    "conv_transpose2d: output_padding is (2, 0), but it has to be smaller than stride (2, 2) or "
    "dilation (1, 1)": lambda: ops.conv_transpose2d(
        of(1, 1, 2, 2), of(1, 1, 2, 2), stride=2, output_padding=(2, 0)
    ),
    "conv_transpose2d: output_padding is -1": lambda: ops.conv_transpose2d(
        of(1, 1, 2, 2), of(1, 1, 2, 2), output_padding=-1
    ),
    "conv_transpose2d: stride is 0": lambda: ops.conv_transpose2d(
        of(1, 1, 2, 2), of(1, 1, 2, 2), stride=0
    ),
    "conv_transpose2d: groups is 0, but 1 or more": lambda: ConvTranspose2d(groups=0),
    "adaptive_avg_pool2d: output_size is 0": lambda: ops.adaptive_avg_pool2d(of(1, 1, 2, 2), 0),
    "adaptive_max_pool2d: output_size is (1, 2, 3)": lambda: ops.adaptive_max_pool2d(
        of(1, 1, 2, 2), (1, 2, 3)
    ),
}


@pytest.mark.parametrize(("message", "call"), SHAPES.items(), ids=SHAPES)
def test_shapes_that_do_not_fit_are_refused_with_both_shapes(message, call):
    with pytest.raises(ShapeError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(("message", "call"), USAGE.items(), ids=USAGE)
def test_values_that_cannot_work_are_refused_with_what_was_needed(message, call):
    with pytest.raises(UsageError, match=re.escape(message)):
        call()
