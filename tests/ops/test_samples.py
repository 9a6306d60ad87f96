"""What holds for every operation, checked on every sample of it."""

from collections import Counter
from inspect import signature

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule.tape import Tensor
from chainrule.testing import check_backward, run, samples

every_sample = pytest.mark.parametrize("sample", samples(), ids=str)
smooth_samples = [sample for sample in samples() if sample.smooth]


@pytest.mark.parametrize("sample", smooth_samples, ids=str)
def test_the_backward_rule_is_the_derivative_of_the_forward_rule(sample, rng):
    check_backward(sample.make, *sample.arrays(rng), rng=rng, needs=sample.needs)


def with_gaps(array):
    wider = np.full((*array.shape, 2), 99, dtype=array.dtype)
    wider[..., 0] = array
    return wider[..., 0]


def channels_last(array):
    if array.ndim < 3:
        return np.asfortranarray(array)
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)


@pytest.mark.parametrize("layout", [with_gaps, channels_last])
@every_sample
def test_the_layout_in_memory_does_not_matter(sample, layout, rng):
    arrays = sample.arrays(rng)
    expected = run(sample.make, *arrays, rng=np.random.default_rng(1), needs=sample.needs)
    moved = [layout(array) for array in arrays]
    result = run(sample.make, *moved, rng=np.random.default_rng(1), needs=sample.needs)
    assert_allclose(result.y, expected.y, rtol=1e-12, atol=1e-12)
    for got, wanted in zip(result.gradients, expected.gradients, strict=True):
        assert (got is None) == (wanted is None)
        if wanted is not None:
            assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


def with_numbers_of_numpys(op):
    """A fresh one with the same settings, and how many of them are now numbers of NumPy's."""
    names = [name for name in signature(type(op)).parameters if hasattr(op, name)]
    settings = {name: getattr(op, name) for name in names}
    kinds = {float: np.float64, int: np.int64}
    numbers = {name: kinds[type(v)](v) for name, v in settings.items() if type(v) in kinds}
    return type(op)(**settings | numbers), len(numbers)


@pytest.mark.parametrize(
    "sample", [s for s in samples() if with_numbers_of_numpys(s.make())[1]], ids=str
)
def test_settings_that_are_numbers_of_numpys_leave_single_precision_alone(sample, rng):
    op, _ = with_numbers_of_numpys(sample.make())
    inputs = [
        Tensor(array, needs_grad=needed)
        for array, needed in zip(sample.arrays(rng, "float32"), sample.needs, strict=True)
    ]
    y = op(*inputs)
    gradients = op.rule.backward(op, np, np.ones_like(y.data))
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    assert {y.dtype, *(dx.dtype for dx in gradients if dx is not None)} == {np.dtype("float32")}


@every_sample
def test_inputs_and_dy_and_y_are_left_as_they_were(sample, rng):
    arrays = sample.arrays(rng)
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.setflags(write=False)
    inputs = [
        Tensor(array, needs_grad=needed) for array, needed in zip(arrays, sample.needs, strict=True)
    ]
    y = sample.make()(*inputs)
    y_before, dy = y.data.copy(), rng.standard_normal(y.shape)
    dy = np.asarray(dy)
    dy_before = dy.copy()
    dy.setflags(write=False)
    y.backward(dy)
    assert_array_equal(y.data, y_before)
    assert_array_equal(dy, dy_before)
    for array, copy in zip(arrays, copies, strict=True):
        assert_array_equal(array, copy)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_sample
def test_the_dtype_is_kept_forward_and_backward(sample, dtype, rng):
    result = run(sample.make, *sample.arrays(rng, dtype), rng=rng, needs=sample.needs)
    assert result.y.dtype == dtype
    for gradient, needed in zip(result.gradients, sample.needs, strict=True):
        assert (gradient is not None) == needed
        assert gradient is None or gradient.dtype == dtype


@every_sample
def test_every_value_is_finite(sample, rng):
    result = run(sample.make, *sample.arrays(rng, "float32"), rng=rng, needs=sample.needs)
    assert np.isfinite(result.y).all()
    assert all(np.isfinite(dx).all() for dx in result.gradients if dx is not None)


def test_no_two_samples_have_one_name():
    names = Counter(map(str, samples()))
    assert [name for name, count in names.items() if count > 1] == []


def test_equal_generators_draw_equal_inputs():
    for sample in samples():
        first = sample.arrays(np.random.default_rng(3))
        for one, other in zip(first, sample.arrays(np.random.default_rng(3)), strict=True):
            assert_array_equal(one, other)
