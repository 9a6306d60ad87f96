"""Transposed convolution on shapes nobody thought of, and what ties it to convolution."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (PyTorch's own habit)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import ops
from chainrule.ops import Conv2d, ConvTranspose2d
from chainrule.tape import Tensor
from chainrule.testing import run

torch.set_num_threads(1)  # several test processes share the cores; the arrays are small

thorough = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def both_sides(least, most):
    return st.tuples(st.integers(least, most), st.integers(least, most))


@st.composite
def transposed_convolutions(draw):
    """Hyperparameters, a size of the window and one of the image, that leave something of it."""
    size, stride, dilation = draw(both_sides(1, 4)), draw(both_sides(1, 4)), draw(both_sides(1, 3))
    most = [max(both) - 1 for both in zip(stride, dilation, strict=True)]
    extra = draw(st.integers(0, most[0])), draw(st.integers(0, most[1]))
    padding, image = draw(both_sides(0, 4)), draw(both_sides(1, 6))
    for n, k, s, p, o, d in zip(image, size, stride, padding, extra, dilation, strict=True):
        assume((n - 1) * s - 2 * p + d * (k - 1) + 1 + o >= 1)
    return (stride, padding, extra, dilation), size, image


@thorough
@given(
    transposed_convolutions(),
    st.integers(1, 3),
    st.integers(1, 3),
    both_sides(1, 3),
    st.booleans(),
    st.integers(0),
)
def test_it_equals_torch_on_any_shape(fitting, N, groups, widths, with_bias, seed):
    (stride, padding, extra, dilation), size, image = fitting
    rng = np.random.default_rng(seed)
    inputs = [
        rng.standard_normal((N, groups * widths[0], *image)),
        rng.standard_normal((groups * widths[0], widths[1], *size)),
    ]
    inputs += [rng.standard_normal(groups * widths[1])] if with_bias else []

    def make():
        return ConvTranspose2d(stride, padding, extra, dilation, groups)

    result = run(make, *inputs, rng=np.random.default_rng(1))
    leaves = [torch.from_numpy(array.copy()).requires_grad_() for array in inputs]
    bias = leaves[2] if with_bias else None
    y = F.conv_transpose2d(leaves[0], leaves[1], bias, stride, padding, extra, groups, dilation)
    y.backward(torch.from_numpy(np.random.default_rng(1).standard_normal(tuple(y.shape))))
    assert result.y.shape == tuple(y.shape)
    assert_allclose(result.y, y.detach(), rtol=1e-9, atol=1e-9)
    for got, leaf in zip(result.gradients, leaves, strict=True):
        assert_allclose(got, leaf.grad, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("H", [7, 8], ids=["exact", "one row left over"])
def test_it_is_the_way_back_of_the_convolution_with_the_same_weight(H, rng):
    x, w = rng.standard_normal((2, 4, H, 7)), rng.standard_normal((6, 2, 3, 3))
    x = Tensor(x, needs_grad=True)
    y = Conv2d((2, 2), ((1, 1), (1, 1)), groups=2)(x, w)
    dy = rng.standard_normal(y.shape)
    y.backward(dy)
    back = ConvTranspose2d((2, 2), (1, 1), output_padding=(H - 7, 0), groups=2)(dy, w)
    assert_allclose(back.data, x.grad, rtol=1e-12, atol=1e-12)


def test_one_pixel_leaves_its_filter_times_its_value(rng):
    w = rng.standard_normal((1, 1, 3, 2))
    x = np.zeros((1, 1, 2, 2))
    x[0, 0, 1, 0] = 5
    y = ops.conv_transpose2d(x, w, stride=3).data[0, 0]
    assert_allclose(y[3:6, :2], 5 * w[0, 0])
    assert np.count_nonzero(y) == 6


def test_a_gradient_nobody_wants_is_not_computed():
    op = ConvTranspose2d()
    y = op(np.ones((1, 1, 2, 2)), Tensor(np.ones((1, 1, 2, 2)), needs_grad=True))
    assert op.backward(np, np.ones(y.shape))[0] is None


def test_an_empty_batch_goes_there_and_back():
    x = Tensor(np.ones((0, 4, 3, 3)), needs_grad=True)
    w = Tensor(np.ones((4, 3, 2, 2)), needs_grad=True)
    y = ops.conv_transpose2d(x, w, np.ones(6), stride=2, groups=2)
    assert y.shape == (0, 6, 6, 6)
    y.backward(np.zeros(y.shape))
    assert x.grad.shape == x.shape
    assert_array_equal(w.grad, np.zeros(w.shape))


def shifted(x, axis):
    """One place further along an axis; what falls off the end is 0 in the images used here."""
    return np.roll(x, 1, axis)


def framed_in_zeros(rng, *shape):
    """Images whose border of three cells is 0, so that no shift meets the edge."""
    x = np.zeros(shape)
    x[..., 3:-3, 3:-3] = rng.standard_normal((*shape[:2], shape[2] - 6, shape[3] - 6))
    return x


@pytest.mark.parametrize("axis", [2, 3])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("dilation", [1, 2])
def test_a_convolution_of_a_shifted_image_is_the_shifted_convolution(axis, groups, dilation, rng):
    x, w = framed_in_zeros(rng, 2, 4, 11, 12), rng.standard_normal((4, 4 // groups, 3, 3))
    options = {"padding": "same", "groups": groups, "dilation": dilation}
    y = ops.conv2d(x, w, **options).data
    assert_allclose(ops.conv2d(shifted(x, axis), w, **options).data, shifted(y, axis), atol=1e-12)


@pytest.mark.parametrize("axis", [2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_transposed_convolution_moves_a_shift_on_by_its_stride(axis, stride, rng):
    x, w = framed_in_zeros(rng, 2, 3, 9, 10), rng.standard_normal((3, 2, 3, 3))
    y = ops.conv_transpose2d(x, w, stride=stride).data
    moved = ops.conv_transpose2d(shifted(x, axis), w, stride=stride).data
    assert_allclose(moved, np.roll(y, stride, axis), atol=1e-12)
