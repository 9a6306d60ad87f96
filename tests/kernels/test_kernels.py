"""Every NumPy kernel against the plain rule it stands in for."""

from contextlib import nullcontext

import numpy as np
import pytest

from chainrule.backends import NUMPY
from chainrule.errors import ChainruleError
from chainrule.kernels import (
    blocks,
    numpy_conv,
    numpy_linear,
    numpy_norm,
    numpy_pool,
    plain_rules,
    set_threads,
    thread_count,
)
from chainrule.ops import Affine, Conv2d, ConvTranspose2d, MatMul, MaxPool2d, Window
from chainrule.tape import Function, Tensor
from chainrule.testing import Run, run, samples

WITH_KERNELS = [sample for sample in samples() if sample.function in NUMPY.kernels]
EVERY_SAMPLE = pytest.mark.parametrize("sample", WITH_KERNELS, ids=str)


@pytest.fixture
def small_pieces(monkeypatch):
    """Samples are small enough for one piece, so the pieces are made small too."""
    monkeypatch.setattr(blocks, "BLOCK", 3)
    monkeypatch.setattr(numpy_conv, "CACHE", 1)
    monkeypatch.setattr(numpy_linear, "SMALL", 0)
    monkeypatch.setattr(numpy_linear, "LARGE", 5)
    monkeypatch.setattr(numpy_norm, "PIECE", 4)
    monkeypatch.setattr(numpy_pool, "PIECE", 1)


@pytest.fixture(params=["whole", "in pieces"])
def pieces(request):
    if request.param == "in pieces":
        request.getfixturevalue("small_pieces")


@pytest.fixture
def threads_as_before():
    before = thread_count()
    yield
    set_threads(before)


def both(sample, arrays, **options):
    """What the kernel gives and what the plain rule gives, from the same dy."""
    by_kernel = run(sample.make, *arrays, rng=np.random.default_rng(1), **options)
    with plain_rules():
        by_rule = run(sample.make, *arrays, rng=np.random.default_rng(1), **options)
    return by_kernel, by_rule


def assert_equal_runs(by_kernel, by_rule, tolerance):
    pairs = zip((by_kernel.y, *by_kernel.gradients), (by_rule.y, *by_rule.gradients), strict=True)
    for got, expected in pairs:
        assert (got is None) == (expected is None)
        if got is not None:
            assert got.dtype == expected.dtype
            assert got.shape == expected.shape
            scale = np.abs(expected).max(initial=0)  # sums of many terms round with the largest
            np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)


def channels_last(array):
    """The same values in channels-last memory, when they are images."""
    if array.ndim != 4:
        return array
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)


def with_gaps(array):
    """The same values, every second one of a larger array."""
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def test_every_kernel_of_a_function_has_samples():
    functions = {f for f in NUMPY.kernels if issubclass(f, Function)}
    assert functions == {sample.function for sample in WITH_KERNELS}


def test_every_kernel_is_a_subclass_of_what_it_stands_in_for():
    assert all(issubclass(kernel, rule) for rule, kernel in NUMPY.kernels.items())


def backwards(array):
    """The same values, the last one first in memory."""
    return np.flip(np.flip(array).copy())


@EVERY_SAMPLE
@pytest.mark.parametrize("memory", [np.copy, channels_last, with_gaps, backwards])
def test_a_kernel_equals_its_rule_in_any_memory_order(sample, memory, pieces, rng):
    arrays = [memory(array) for array in sample.arrays(rng)]
    assert_equal_runs(*both(sample, arrays, needs=sample.needs), tolerance=1e-12)


@EVERY_SAMPLE
def test_a_kernel_equals_its_rule_in_float32(sample, pieces, rng):
    arrays = sample.arrays(rng, "float32")
    assert_equal_runs(*both(sample, arrays, needs=sample.needs), tolerance=2e-6)


@pytest.mark.parametrize("sample", [s for s in WITH_KERNELS if any(s.needs[1:])], ids=str)
def test_a_kernel_gives_no_dx_when_its_rule_gives_none(sample, pieces, rng):
    arrays, needs = sample.arrays(rng), (False, *sample.needs[1:])

    def sent_back():
        """What the rule itself gives: the tape would drop a dx that nobody needs."""
        op = sample.make()
        y = op(*[Tensor(a, needs_grad=n) for a, n in zip(arrays, needs, strict=True)])
        dy = np.random.default_rng(1).standard_normal(y.shape)
        return Run(y.data, op.rule.backward(op, NUMPY.xp, dy))

    by_kernel = sent_back()
    with plain_rules():
        by_rule = sent_back()
    assert_equal_runs(by_kernel, by_rule, tolerance=1e-12)


@EVERY_SAMPLE
def test_a_kernel_takes_a_gradient_that_is_broadcast_along_an_axis(sample, pieces, rng):
    arrays = sample.arrays(rng)

    def gradients():
        inputs = [Tensor(a, needs_grad=n) for a, n in zip(arrays, sample.needs, strict=True)]
        y = sample.make()(*inputs)
        one_column = np.random.default_rng(1).standard_normal((*y.shape[:-1], 1)[: y.ndim])
        y.backward(np.broadcast_to(one_column, y.shape))
        return Run(y.data, tuple(x.grad for x in inputs))

    by_kernel = gradients()
    with plain_rules():
        by_rule = gradients()
    assert_equal_runs(by_kernel, by_rule, tolerance=1e-12)


@EVERY_SAMPLE
def test_a_kernel_leaves_its_inputs_as_they_were(sample, pieces, rng):
    arrays = sample.arrays(rng)
    before = [array.copy() for array in arrays]
    run(sample.make, *arrays, rng=rng, needs=sample.needs)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@EVERY_SAMPLE
def test_the_number_of_threads_changes_no_bit(sample, small_pieces, threads_as_before, rng):
    arrays = sample.arrays(rng, "float32")
    set_threads(2)
    by_two = run(sample.make, *arrays, rng=np.random.default_rng(1), needs=sample.needs)
    set_threads(1)
    by_one = run(sample.make, *arrays, rng=np.random.default_rng(1), needs=sample.needs)
    assert_equal_runs(by_two, by_one, tolerance=0)


@pytest.mark.parametrize("shape", [(2, 3, 40, 37), (1, 3, 300, 280)], ids=["images", "rows"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_of_many_blocks_equals_the_plain_rule(shape, stride, monkeypatch, rng):
    monkeypatch.setattr(numpy_conv, "CACHE", 1 << 15)
    x, w, b = rng.standard_normal(shape), rng.standard_normal((5, 3, 3, 2)), rng.standard_normal(5)

    def make():
        return Conv2d(stride=(stride, stride), padding=((2, 1), (0, 1)))

    by_kernel = run(make, x, w, b, rng=np.random.default_rng(1))
    with plain_rules():
        by_rule = run(make, x, w, b, rng=np.random.default_rng(1))
    assert_equal_runs(by_kernel, by_rule, tolerance=1e-10)


def test_a_convolution_gives_channels_last_memory(rng):
    y = Conv2d()(rng.standard_normal((2, 3, 8, 8)), rng.standard_normal((4, 3, 3, 3))).data
    assert np.moveaxis(y, 1, -1).flags.c_contiguous


def test_the_first_of_equal_values_gets_the_gradient_in_reading_order():
    x = np.zeros((1, 1, 4, 4), "float32")
    dx = run(lambda: MaxPool2d(Window((2, 2), (2, 2))), x, rng=np.random.default_rng(1)).gradients
    assert np.count_nonzero(dx[0][0, 0, ::2, ::2]) == 4
    assert np.count_nonzero(dx[0]) == 4


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (Conv2d, [(2, 3, 8, 8), (4, 5, 3, 3)]),
        (Conv2d, [(2, 3, 8, 8), (4, 3, 9, 9)]),
        (lambda: MaxPool2d(Window((2, 2))), [(2, 3)]),
    ],
    ids=["channels", "window", "no images"],
)
def test_a_kernel_refuses_with_its_rules_words(make, shapes, rng):
    arrays = [rng.standard_normal(shape) for shape in shapes]
    with pytest.raises(ChainruleError) as by_kernel:
        make()(*arrays)
    with plain_rules(), pytest.raises(ChainruleError) as by_rule:
        make()(*arrays)
    assert str(by_kernel.value) == str(by_rule.value)


@pytest.mark.parametrize("by", ["kernel", "rule"])
@pytest.mark.parametrize(
    "sample",
    [s for f in (Affine, MatMul, Conv2d, ConvTranspose2d) for s in samples(f)],
    ids=str,
)
@pytest.mark.parametrize("wanted", [0, 1], ids=["dx", "dw"])
def test_a_gradient_that_nobody_wants_is_not_computed(sample, wanted, by, rng):
    arrays = sample.arrays(rng)
    needs = [position == wanted for position in range(len(arrays))]
    op = sample.make()
    with plain_rules() if by == "rule" else nullcontext():
        every = run(sample.make, *arrays, rng=np.random.default_rng(1))
        some = run(sample.make, *arrays, rng=np.random.default_rng(1), needs=needs)
        y = op(*(Tensor(array, needs_grad=n) for array, n in zip(arrays, needs, strict=True)))
        assert op.rule.backward(op, np, np.ones_like(y.data))[1 - wanted] is None
    np.testing.assert_allclose(some.gradients[wanted], every.gradients[wanted], rtol=1e-9)
