"""Winograd's convolution: the plain rule's values and gradients, where there is much to save."""

import numpy as np
import pytest
import torch

from chainrule import nn, optim
from chainrule.backends import backend_named
from chainrule.kernels import plain_rules, torch_conv
from chainrule.kernels import torch_winograd as winograd
from chainrule.ops import Conv2d
from chainrule.ops.windows import Window
from chainrule.testing import run, samples
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step

TORCH = backend_named("torch")
SAME = ((1, 1), (1, 1))
CONVOLUTIONS = [sample for sample in samples() if sample.function is Conv2d]


@pytest.fixture
def taken(monkeypatch):
    """Have every convolution that fits go by tiles, and count them."""
    counted = []

    def counting(x, w, window, groups):
        fits = window == Window((3, 3), padding=window.padding) and groups == 1
        counted.append(fits)
        return fits

    monkeypatch.setattr(torch_conv.winograd, "saves_time", counting)
    return counted


def both(make, arrays, needs):
    """The same by tiles and by the plain rule."""
    options = {"needs": needs, "backend": TORCH}
    got = run(make, *arrays, rng=np.random.default_rng(1), **options)
    with plain_rules(TORCH):
        expected = run(make, *arrays, rng=np.random.default_rng(1), **options)
    return got, expected


@pytest.mark.parametrize("sample", CONVOLUTIONS, ids=str)
def test_every_sample_gets_the_plain_rule_s_values_and_gradients(sample, taken, rng):
    got, expected = both(sample.make, sample.arrays(rng), sample.needs)
    np.testing.assert_allclose(got.y, expected.y, rtol=1e-9, atol=1e-9)
    for one, other in zip(got.gradients, expected.gradients, strict=True):
        if other is not None:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert len(taken) == 1


@pytest.mark.parametrize(
    "padding", [SAME, ((0, 0), (0, 0)), ((2, 2), (2, 2)), ((0, 1), (2, 0)), ((3, 0), (1, 4))]
)
@pytest.mark.parametrize("size", [(3, 3), (4, 4), (5, 7), (8, 9), (15, 6)])
@pytest.mark.parametrize("at_a_time", [1, winograd.AT_A_TIME], ids=["each image", "all images"])
def test_any_map_and_any_padding(at_a_time, size, padding, taken, rng, monkeypatch):
    monkeypatch.setattr(winograd, "AT_A_TIME", at_a_time)
    arrays = (rng.normal(size=(2, 3, *size)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4))
    got, expected = both(lambda: Conv2d(padding=padding), arrays, (True, True, True))
    assert taken == [True]
    np.testing.assert_allclose(got.y, expected.y, rtol=1e-9, atol=1e-9)
    for one, other in zip(got.gradients, expected.gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_float32_rounds_to_about_a_hundred_thousandth():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn((4, 128, 8, 8), generator=generator)
    w = torch.randn((128, 128, 3, 3), generator=generator) / 34
    exact = torch.nn.functional.conv2d(x.double(), w.double(), padding=1)
    error = (winograd.convolved(x, w, SAME) - exact).abs().max() / exact.abs().max()
    assert error < 3e-5


@pytest.mark.parametrize(
    ("images", "channels", "filters", "height", "pays"),
    [
        (500, 192, 192, 7, True),
        (128, 128, 128, 8, True),
        (500, 256, 256, 3, True),
        (500, 64, 192, 15, False),
        (128, 64, 64, 16, False),
        (1, 512, 512, 8, False),
    ],
)
def test_many_channels_of_many_images_are_worth_it(images, channels, filters, height, pays):
    x, w = (images, channels, height, height), (filters, channels, 3, 3)
    saved, transformed = winograd.savings(x, w, Window((3, 3), padding=SAME))
    assert (saved >= winograd.WORTH * transformed) is pays


def stepped(C, compiled):
    """The losses of two steps of a small network with C channels, and the graphs' code."""
    with nn.init.seeded(1):
        convolutions = nn.Conv2d(3, C, 3, padding="same"), nn.Conv2d(C, C, 3, padding="same")
        model = nn.Sequential(*convolutions, nn.ReLU(), nn.GlobalAvgPool2d(), nn.Linear(C, 2))
    optimizer = optim.SGD(lr=0.1)
    optimizer.attach(model.to(TORCH).parameters())
    step, codes = make_training_step(model, optimizer, cross_entropy), []

    def keep(graph, inputs):
        codes.append(graph.code)
        return graph.forward

    if compiled:
        step = torch.compile(step, backend=keep, fullgraph=True, dynamic=False)
    x = TORCH.asarray(np.random.default_rng(1).normal(size=(32, 3, 8, 8)).astype("float32"))
    lr = TORCH.asarray(0.1, dtype="float64")
    with torch.no_grad():
        losses = [float(step(x, TORCH.asarray([0, 1] * 16), lr)[0]) for _ in range(2)]
    return losses, codes


def test_it_is_chosen_while_a_step_is_traced_and_learns_the_same():
    expected, _ = stepped(128, compiled=False)
    losses, (code,) = stepped(128, compiled=True)
    assert code.count("winograd_convolved.default(") == 2  # y and dx
    assert code.count("winograd_gradient_of_w.default(") == 1
    np.testing.assert_allclose(losses, expected, rtol=1e-4)


def test_few_channels_are_left_to_the_library():
    _, (code,) = stepped(16, compiled=True)
    assert "winograd" not in code
    assert "convolution_backward" in code
