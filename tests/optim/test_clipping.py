"""Gradients kept small."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from chainrule.errors import UsageError
from chainrule.optim import SGD, Adam, Group
from chainrule.tape import Tensor

SHAPES = [(4, 3), (5,), (2, 2, 3, 3)]


def clipped_by_ours(gradients, **limits):
    """What is left of the gradients, seen by a step of gradient descent from 0 with rate 1."""
    ours = [Tensor(np.zeros_like(dw)) for dw in gradients]
    optimizer = SGD(lr=1.0).clip(**limits)
    optimizer.attach(ours)
    for tensor, dw in zip(ours, gradients, strict=True):
        tensor.grad = dw
    optimizer.step()
    return [-tensor.data for tensor in ours]


def parameters_with(gradients):
    theirs = [torch.zeros(dw.shape, dtype=torch.from_numpy(dw).dtype) for dw in gradients]
    for their, dw in zip(theirs, gradients, strict=True):
        their.grad = torch.tensor(dw)
    return theirs


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("limit", [0.1, 3.0, 1e4])
def test_the_norm_is_clipped_as_pytorch_does(limit, dtype, rtol, rng):
    gradients = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
    theirs = parameters_with(gradients)
    torch.nn.utils.clip_grad_norm_(theirs, limit)
    ours = clipped_by_ours(gradients, norm=limit)
    for dw, their in zip(ours, theirs, strict=True):
        assert dw.dtype == dtype
        assert_allclose(dw, their.grad.numpy(), rtol=rtol)
    length = np.sqrt(sum((dw.astype("float64") ** 2).sum() for dw in ours))
    assert length <= limit


@pytest.mark.parametrize("limit", [0.1, 1.0, 1e4])
def test_the_values_are_clipped_as_pytorch_does(limit, rng):
    gradients = [rng.standard_normal(shape) for shape in SHAPES]
    theirs = parameters_with(gradients)
    torch.nn.utils.clip_grad_value_(theirs, limit)
    for dw, their in zip(clipped_by_ours(gradients, value=limit), theirs, strict=True):
        assert_array_equal(dw, their.grad.numpy())


def test_values_are_cut_first_and_then_the_whole_shortened(rng):
    gradients = [10 * rng.standard_normal(shape) for shape in SHAPES]
    theirs = parameters_with(gradients)
    torch.nn.utils.clip_grad_value_(theirs, 2.0)
    torch.nn.utils.clip_grad_norm_(theirs, 1.0)
    for dw, their in zip(clipped_by_ours(gradients, norm=1.0, value=2.0), theirs, strict=True):
        assert_allclose(dw, their.grad.numpy(), rtol=1e-12)


def test_the_norm_is_that_of_all_groups_together():
    a, b = Tensor(np.zeros(1)), Tensor(np.zeros(1))
    optimizer = SGD(lr=1.0).clip(norm=1.0)
    optimizer.attach([Group([a]), Group([b], lr=0.5)])
    a.grad, b.grad = np.array([3.0]), np.array([4.0])
    optimizer.step()
    assert_allclose([a.data[0], b.data[0]], [-0.6, -0.4], rtol=1e-6)


def test_the_gradients_themselves_stay_as_they_are_for_people_to_look_at():
    tensor = Tensor(np.zeros(3))
    optimizer = Adam().clip(norm=1e-3, value=1.0)
    optimizer.attach([tensor])
    tensor.grad = np.array([1e3, -1e3, 0.0])
    optimizer.step()
    assert_array_equal(tensor.grad, [1e3, -1e3, 0.0])


def test_tensors_without_a_gradient_do_not_count():
    a, b = Tensor(np.zeros(1)), Tensor(np.ones(1))
    optimizer = SGD(lr=1.0).clip(norm=1.0, value=5.0)
    optimizer.attach([a, b])
    optimizer.step()
    a.grad = np.array([10.0])
    optimizer.step()
    assert_allclose([a.data[0], b.data[0]], [-1.0, 1.0], rtol=1e-6)


@pytest.mark.parametrize("limits", [{"norm": 0.0}, {"value": -1.0}, {"norm": float("nan")}])
def test_a_limit_has_to_be_over_nothing(limits):
    with pytest.raises(UsageError, match=r"clipping: (norm|value) is .*, but must be over 0"):
        SGD(lr=0.1).clip(**limits)
