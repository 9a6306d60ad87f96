"""Convolution, pooling and softmax on shapes nobody thought of."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (PyTorch's own habit)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose

from chainrule import ops
from chainrule.ops import AvgPool2d, Conv2d, MaxPool2d, Window
from chainrule.testing import run

torch.set_num_threads(1)  # several test processes share the cores; the arrays are small

thorough = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def both_sides(least, most):
    return st.tuples(st.integers(least, most), st.integers(least, most))


@st.composite
def windows(draw):
    """A window and the size of an image that it fits."""
    window = Window(
        size=draw(both_sides(1, 4)),
        stride=draw(both_sides(1, 4)),
        padding=(draw(both_sides(0, 3)), draw(both_sides(0, 3))),
        dilation=draw(both_sides(1, 3)),
    )
    H, W = draw(both_sides(1, 9))
    (top, bottom), (left, right) = window.padding
    span = window.span()
    assume(span[0] <= top + H + bottom and span[1] <= left + W + right)
    return window, H, W


def torch_padded(x, window, value=0.0):
    (top, bottom), (left, right) = window.padding
    return F.pad(x, (left, right, top, bottom), value=value)


def compare(result, y, leaves, rng):
    """Assert equal outputs, and equal gradients for the dy that an equal generator draws."""
    assert result.y.shape == tuple(y.shape)
    assert_allclose(result.y, y.detach().numpy(), rtol=1e-9, atol=1e-9)
    y.backward(torch.from_numpy(rng.standard_normal(tuple(y.shape))))
    for got, leaf in zip(result.gradients, leaves, strict=True):
        assert_allclose(got, leaf.grad.numpy(), rtol=1e-9, atol=1e-9)


def leaf(array):
    return torch.from_numpy(array.copy()).requires_grad_()


@thorough
@given(
    windows(), st.integers(1, 3), st.integers(1, 3), both_sides(1, 3), st.booleans(), st.integers(0)
)
def test_conv2d_equals_torch_on_any_shape(fitting, N, groups, widths, with_bias, seed):
    window, H, W = fitting
    C, F_ = groups * widths[0], groups * widths[1]
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, C, H, W))
    w = rng.standard_normal((F_, widths[0], *window.size))
    inputs = (x, w, rng.standard_normal(F_)) if with_bias else (x, w)
    result = run(
        lambda: Conv2d(window.stride, window.padding, window.dilation, groups),
        *inputs,
        rng=np.random.default_rng(1),
    )
    leaves = [leaf(array) for array in inputs]
    y = F.conv2d(
        torch_padded(leaves[0], window),
        *leaves[1:],
        stride=window.stride,
        dilation=window.dilation,
        groups=groups,
    )
    compare(result, y, leaves, np.random.default_rng(1))


@thorough
@given(windows(), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.integers(0))
def test_max_pool2d_equals_torch_on_any_shape_and_tie(fitting, N, C, ties, seed):
    window, H, W = fitting
    rng = np.random.default_rng(seed)
    x = rng.integers(-1, 2, (N, C, H, W)) * 1.0 if ties else rng.standard_normal((N, C, H, W))
    result = run(lambda: MaxPool2d(window), x, rng=np.random.default_rng(1))
    input_ = leaf(x)
    y = F.max_pool2d(
        torch_padded(input_, window, -float("inf")),
        window.size,
        window.stride,
        dilation=window.dilation,
    )
    compare(result, y, [input_], np.random.default_rng(1))


@thorough
@given(windows(), st.integers(1, 3), st.integers(1, 3), st.integers(0))
def test_avg_pool2d_equals_torch_on_any_shape(fitting, N, C, seed):
    window, H, W = fitting
    x = np.random.default_rng(seed).standard_normal((N, C, H, W))
    result = run(lambda: AvgPool2d(window), x, rng=np.random.default_rng(1))
    input_ = leaf(x)
    seen = F.unfold(
        torch_padded(input_.reshape(N * C, 1, H, W), window),
        window.size,
        window.dilation,
        stride=window.stride,
    )
    y = seen.mean(dim=1).reshape(N, C, *window.places(H, W))
    compare(result, y, [input_], np.random.default_rng(1))


@thorough
@given(
    arrays(
        "float64",
        array_shapes(min_dims=1, max_dims=3, max_side=6),
        elements=st.floats(-1e4, 1e4, allow_subnormal=False),
    )
)
def test_softmax_sums_to_1_and_keeps_the_order(x):
    y = ops.softmax(x).data
    assert_allclose(y.sum(axis=-1), 1)
    assert (y >= 0).all()
    in_order = np.argsort(x, axis=-1)
    assert (np.diff(np.take_along_axis(y, in_order, axis=-1), axis=-1) >= 0).all()


@thorough
@given(
    arrays("float64", (4,), elements=st.floats(-100, 100, allow_subnormal=False)),
    st.floats(-1000, 1000, allow_subnormal=False),
)
def test_softmax_does_not_change_when_every_score_grows_alike(x, shift):
    assert_allclose(ops.softmax(x + shift).data, ops.softmax(x).data, rtol=1e-9)
