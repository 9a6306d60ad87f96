"""bfloat16: which rules compute in it, which do not, and that all stay within its rounding."""

import numpy as np
import pytest
import torch

from chainrule import ops
from chainrule.backends import backend_named, using
from chainrule.kernels.torch_bfloat16 import PRODUCTS, STATISTICS, SUMS, losses
from chainrule.tape import Tensor
from chainrule.testing import run, samples

TORCH = backend_named("torch")
BFLOAT16 = TORCH.configured(device="cpu", precision="bfloat16")
ROUNDING = 2.0**-8
"""What rounding a number to bfloat16 changes it by at most, as a share of it."""


def samples_of(rules):
    return [sample for sample in samples() if sample.function in rules]


def in_both(sample, rng):
    arrays = sample.arrays(rng, "float32")
    results = []
    for backend in (TORCH, BFLOAT16):
        with using(backend):
            same = {"rng": np.random.default_rng(1), "needs": sample.needs, "backend": backend}
            results.append(run(sample.make, *arrays, **same))
    return results


@pytest.mark.parametrize("sample", samples_of(PRODUCTS), ids=str)
def test_a_product_is_that_of_float32_within_bfloat16_s_rounding(sample, rng):
    exact, rounded = in_both(sample, rng)
    pairs = zip((rounded.y, *rounded.gradients), (exact.y, *exact.gradients), strict=True)
    for got, expected in pairs:
        if expected is None:
            assert got is None
            continue
        scale = np.abs(expected).max(initial=0)
        np.testing.assert_allclose(got, expected, rtol=0, atol=8 * ROUNDING * scale)
    assert not np.array_equal(rounded.y, exact.y) or not exact.y.any()


@pytest.mark.parametrize("sample", samples_of((*STATISTICS, *SUMS, *losses())), ids=str)
def test_statistics_sums_and_losses_are_those_of_float32(sample, rng):
    exact, rounded = in_both(sample, rng)
    np.testing.assert_array_equal(rounded.y, exact.y)
    for got, expected in zip(rounded.gradients, exact.gradients, strict=True):
        np.testing.assert_array_equal(got, expected)


def traced(make, *tensors):
    with using(BFLOAT16):
        y = make()(*tensors)
        y.backward(torch.ones_like(y.data))
    return y


def leaf(*shape, dtype="float32", seed=1):
    values = np.random.default_rng(seed).standard_normal(shape)
    return Tensor(TORCH.asarray(values, dtype=dtype), needs_grad=True)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_gradient_has_the_dtype_of_its_input_and_parameters_have_float32(dtype):
    x, w, b = leaf(2, 3, 5, 5, dtype=dtype), leaf(4, 3, 3, 3), leaf(4)
    y = traced(ops.Conv2d, x, w, b)
    assert y.dtype == torch.bfloat16
    assert [t.grad.dtype for t in (x, w, b)] == [x.dtype, torch.float32, torch.float32]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_batch_statistics_are_float32_and_what_is_normalised_keeps_its_dtype(dtype):
    x, gamma, beta = leaf(4, 3, dtype=dtype), leaf(3), leaf(3)
    op = ops.BatchNorm()
    y = traced(lambda: op, x, gamma, beta)
    assert y.dtype == x.dtype
    assert op.mu.dtype == op.v.dtype == torch.float32
    assert [t.grad.dtype for t in (x, gamma, beta)] == [x.dtype, torch.float32, torch.float32]


def test_a_loss_of_bfloat16_scores_is_float32_and_sends_bfloat16_back():
    scores = leaf(4, 3, dtype="bfloat16")
    loss = traced(ops.SoftmaxCrossEntropy, scores, Tensor(TORCH.asarray([0, 1, 2, 0])))
    assert (loss.dtype, scores.grad.dtype) == (torch.float32, torch.bfloat16)
    exact = ops.SoftmaxCrossEntropy()(scores.data.float(), TORCH.asarray([0, 1, 2, 0]))
    assert loss.item() == exact.item()


def test_float64_and_whole_numbers_are_left_alone():
    a, b = leaf(2, 3, dtype="float64"), leaf(3, 2, dtype="float64")
    assert traced(ops.MatMul, a, b).dtype == torch.float64
    assert a.grad.dtype == torch.float64


def test_every_loss_is_among_those_in_float32():
    assert {ops.SoftmaxCrossEntropy, ops.MultiClassHinge, ops.GaussianNLL} < set(losses())
    assert ops.ReLU not in losses()


def test_numpy_gets_bfloat16_as_float32():
    array = TORCH.asarray([1.0, 2.5], dtype="bfloat16")
    assert TORCH.to_numpy(array).dtype == np.float32
    assert TORCH.to_numpy(array).tolist() == [1.0, 2.5]
