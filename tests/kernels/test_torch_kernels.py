"""Every torch kernel against the plain rule it stands in for."""

import numpy as np
import pytest

from chainrule.backends import NUMPY, backend_named
from chainrule.errors import ChainruleError
from chainrule.kernels import plain_rules
from chainrule.ops import AvgPool2d, BatchNorm, Conv2d, MaxPool2d, Window
from chainrule.tape import Tensor
from chainrule.testing import Run, run, samples

TORCH = backend_named("torch")
WITH_KERNELS = [sample for sample in samples() if sample.function in TORCH.kernels]
EVERY_SAMPLE = pytest.mark.parametrize("sample", WITH_KERNELS, ids=str)


def both(make, arrays, **options):
    """What the kernel gives and what the plain rule gives, from the same dy."""
    by_kernel = run(make, *arrays, rng=np.random.default_rng(1), backend=TORCH, **options)
    with plain_rules(TORCH):
        by_rule = run(make, *arrays, rng=np.random.default_rng(1), backend=TORCH, **options)
    return by_kernel, by_rule


def assert_equal_runs(by_kernel, by_rule, tolerance):
    pairs = zip((by_kernel.y, *by_kernel.gradients), (by_rule.y, *by_rule.gradients), strict=True)
    for got, expected in pairs:
        assert (got is None) == (expected is None)
        if got is not None:
            assert got.dtype == expected.dtype
            assert got.shape == expected.shape
            scale = np.abs(expected).max(initial=0)
            np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)


def channels_last(array):
    """The same values in channels-last memory, when they are images."""
    if array.ndim != 4:
        return array
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)


def with_gaps(array):
    """The same values, every second one of a larger array."""
    return np.repeat(array[..., None], 2, axis=-1)[..., 0]


def backwards(array):
    """The same values, the last one first in memory."""
    return np.flip(np.flip(array).copy())


def test_every_kernel_has_samples_and_is_a_subclass_of_its_rule():
    assert {sample.function for sample in WITH_KERNELS} == set(TORCH.kernels)
    assert all(issubclass(kernel, rule) for rule, kernel in TORCH.kernels.items())


@EVERY_SAMPLE
@pytest.mark.parametrize("memory", [np.copy, channels_last, with_gaps, backwards])
def test_a_kernel_equals_its_rule_in_any_memory_order(sample, memory, rng):
    arrays = [memory(array) for array in sample.arrays(rng)]
    assert_equal_runs(*both(sample.make, arrays, needs=sample.needs), tolerance=1e-12)


@EVERY_SAMPLE
def test_a_kernel_equals_its_rule_in_float32(sample, rng):
    arrays = sample.arrays(rng, "float32")
    assert_equal_runs(*both(sample.make, arrays, needs=sample.needs), tolerance=2e-6)


@pytest.mark.parametrize("sample", [s for s in WITH_KERNELS if any(s.needs[1:])], ids=str)
def test_a_kernel_gives_no_dx_when_its_rule_gives_none(sample, rng):
    arrays, needs = sample.arrays(rng), (False, *sample.needs[1:])

    def sent_back():
        """What the rule itself gives: the tape would drop a dx that nobody needs."""
        op = sample.make()
        inputs = [
            Tensor(TORCH.asarray(a), needs_grad=n) for a, n in zip(arrays, needs, strict=True)
        ]
        y = op(*inputs)
        dy = TORCH.asarray(np.random.default_rng(1).standard_normal(y.shape))
        gradients = op.rule.backward(op, TORCH.xp, dy)
        return Run(y.numpy(), tuple(dx if dx is None else dx.numpy() for dx in gradients))

    by_kernel = sent_back()
    with plain_rules(TORCH):
        by_rule = sent_back()
    assert_equal_runs(by_kernel, by_rule, tolerance=1e-12)


@EVERY_SAMPLE
def test_a_kernel_leaves_its_inputs_as_they_were(sample, rng):
    arrays = sample.arrays(rng)
    before = [array.copy() for array in arrays]
    run(sample.make, *arrays, rng=rng, needs=sample.needs, backend=TORCH)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@EVERY_SAMPLE
def test_a_kernel_takes_a_gradient_that_is_broadcast_along_an_axis(sample, rng):
    arrays = sample.arrays(rng)

    def gradients():
        inputs = [Tensor(TORCH.asarray(a.copy()), needs_grad=True) for a in arrays]
        y = sample.make()(*inputs)
        column = np.random.default_rng(1).standard_normal((*y.shape[:-1], 1)[: y.ndim])
        y.backward(TORCH.xp.broadcast_to(TORCH.asarray(column), y.shape))
        return [x.grad.numpy() for x in inputs]

    by_kernel = gradients()
    with plain_rules(TORCH):
        by_rule = gradients()
    for got, expected in zip(by_kernel, by_rule, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("padding", [((1, 0), (0, 1)), ((0, 2), (1, 1))], ids=str)
@pytest.mark.parametrize("rule", [Conv2d, MaxPool2d, AvgPool2d], ids=lambda rule: rule.__name__)
def test_sides_may_be_padded_unlike(rule, padding, rng):
    x, w = rng.standard_normal((2, 3, 7, 6)), rng.standard_normal((4, 3, 3, 2))

    def make():
        if rule is Conv2d:
            return Conv2d(stride=(2, 1), padding=padding)
        return rule(Window((3, 2), (2, 1), padding))

    arrays = (x, w) if rule is Conv2d else (x,)
    assert_equal_runs(*both(make, arrays), tolerance=1e-12)


@pytest.mark.parametrize("rule", [MaxPool2d, AvgPool2d], ids=lambda rule: rule.__name__)
def test_a_pooling_window_may_have_gaps(rule, rng):
    def make():
        return rule(Window((2, 2), (1, 2), dilation=(2, 1)))

    assert_equal_runs(*both(make, (rng.standard_normal((2, 3, 6, 7)),)), tolerance=1e-12)


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (Conv2d, [(2, 3, 8, 8), (4, 5, 3, 3)]),
        (Conv2d, [(2, 3, 8, 8), (4, 3, 9, 9)]),
        (lambda: MaxPool2d(Window((2, 2))), [(2, 3)]),
        (lambda: AvgPool2d(Window((3, 3))), [(1, 1, 2, 2)]),
    ],
    ids=["channels", "window", "no images", "small images"],
)
def test_a_kernel_refuses_with_its_rules_words(make, shapes, rng):
    arrays = [TORCH.asarray(rng.standard_normal(shape)) for shape in shapes]
    with pytest.raises(ChainruleError) as by_kernel:
        make()(*arrays)
    with plain_rules(TORCH), pytest.raises(ChainruleError) as by_rule:
        make()(*arrays)
    assert str(by_kernel.value) == str(by_rule.value)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
@pytest.mark.parametrize(
    ("size", "H", "W"), [((2, 2), 6, 8), ((2, 2), 7, 5), ((3, 2), 7, 6)], ids=str
)
@pytest.mark.parametrize("memory", [channels_last, np.ascontiguousarray])
def test_max_pooling_compiled_by_cells_equals_its_rule(size, H, W, memory, rng):
    window = Window(size, size)
    x = rng.integers(0, 3, (2, 3, H, W)).astype("float32")  # with many ties
    dy = memory(rng.normal(size=(2, 3, *window.places(H, W))).astype("float32"))
    by_cells = []

    def step(x, dy):
        rule, kernel = MaxPool2d(window), TORCH.kernels[MaxPool2d]
        y = kernel.forward(rule, TORCH.xp, x)
        by_cells.append(rule.by_cells)
        return y, kernel.backward(rule, TORCH.xp, dy)

    y, dx = TORCH.compile(step)(TORCH.asarray(x), TORCH.asarray(dy))
    assert by_cells == [True]
    plain = MaxPool2d(window)
    np.testing.assert_array_equal(TORCH.to_numpy(y), plain.forward(NUMPY.xp, x))
    np.testing.assert_array_equal(TORCH.to_numpy(dx), plain.backward(NUMPY.xp, dy))


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
@pytest.mark.parametrize("shape", [(8, 5), (3, 5, 4, 6)], ids=str)
def test_batch_norm_compiled_equals_its_rule(shape, rng):
    arrays = [rng.normal(2, 3, size).astype("float32") for size in (shape, 5, 5, shape)]

    def results(rule, kernel, xp, x, gamma, beta, dy):
        y = kernel.forward(rule, xp, x, gamma, beta)
        return (y, rule.mu, rule.v, *kernel.backward(rule, xp, dy))

    def step(*arrays):
        return results(BatchNorm(), TORCH.kernels[BatchNorm], TORCH.xp, *arrays)

    compiled = TORCH.compile(step)(*map(TORCH.asarray, arrays))
    plain = results(BatchNorm(), BatchNorm, NUMPY.xp, *arrays)
    for got, expected in zip(map(TORCH.to_numpy, compiled), plain, strict=True):
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=0, atol=2e-6 * np.abs(expected).max())


def test_a_single_channel_goes_on_channels_last(rng):
    x, w = rng.normal(size=(2, 1, 5, 5)), rng.normal(size=(4, 1, 3, 3))
    rule = Conv2d()
    y = TORCH.kernels[Conv2d].forward(rule, TORCH.xp, TORCH.asarray(x), TORCH.asarray(w))
    assert y.stride() == (36, 1, 12, 4)
