"""Layers that remove whole channels or examples while training, and the keys they get."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn
from chainrule.errors import ShapeError, UsageError
from chainrule.nn.dropout import Random
from chainrule.tape import Tensor

LAYERS = {
    "Dropout1d": (nn.Dropout1d, (40, 50, 7), 2),
    "Dropout2d": (nn.Dropout2d, (40, 50, 3, 4), 2),
    "StochasticDepth of images": (nn.StochasticDepth, (2000, 3, 2, 2), 1),
    "StochasticDepth of features": (nn.StochasticDepth, (2000, 3), 1),
    "StochasticDepth of numbers": (nn.StochasticDepth, (2000,), 1),
}
every_layer = pytest.mark.parametrize(("kind", "shape", "drawn"), LAYERS.values(), ids=LAYERS)


def ones(*shape):
    return Tensor(np.ones(shape, dtype="float32"), needs_grad=True)


@pytest.mark.parametrize("p", [0.25, 0.5])
@every_layer
def test_whole_parts_stay_or_go_and_the_mean_is_kept(kind, shape, drawn, p):
    x = ones(*shape)
    layer = kind(p)
    nn.reseed(layer, 0, 0)
    y = layer(x)
    parts = y.data.reshape(*shape[:drawn], -1)
    assert_array_equal(parts, np.broadcast_to(parts[..., :1], parts.shape))
    assert_allclose(np.unique(y.data), [0, 1 / (1 - p)])
    # 2,000 draws: four deviations of the share that goes
    assert abs((parts[..., 0] == 0).mean() - p) < 4 * np.sqrt(p * (1 - p) / 2000)
    y.sum().backward()
    assert_array_equal(x.grad, y.data)


@every_layer
def test_in_use_everything_passes(kind, shape, drawn):
    x = ones(*shape)
    assert kind(0.5).eval()(x) is x
    assert kind(0)(x) is x


@every_layer
def test_what_is_drawn_follows_from_seed_step_and_layer(kind, shape, drawn):
    model = nn.Sequential(kind(0.5), nn.Sequential(kind(0.5)))

    def masks(seed, step):
        nn.reseed(model, seed, step)
        return [layer(ones(*shape)).data for layer in model]

    first, second = masks(3, 7)
    again = masks(3, 7)
    assert_array_equal(first, again[0])
    assert_array_equal(second, again[1])
    for other in (second, masks(4, 7)[0], masks(3, 8)[0]):
        assert (first != other).mean() > 0.3


def test_every_random_layer_of_a_model_gets_a_key_of_its_own():
    class Noise(Random):
        """A random layer somebody else wrote."""

        def forward(self, x):
            bits = x.backend.random_bytes(self.next_key(), x.shape)
            return x + bits.astype(x.dtype) / 256

    model = nn.Sequential(
        nn.Dropout(0.5),
        Noise(),
        nn.Residual(nn.Sequential(nn.Dropout2d(0.5), nn.StochasticDepth(0.5))),
        nn.LSTM(3, 3, 2, dropout=0.5),
    )
    nn.reseed(model, 0, 1)
    random = [m for _, m in model.named_modules() if isinstance(m, Random)]
    assert len(random) == 5
    assert len({tuple(layer.key.data) for layer in random}) == 5
    noise, x = model[1], ones(4, 5)
    one, two = noise(x).data, noise(x).data
    assert (one != two).any()
    nn.reseed(model, 0, 1)
    assert_array_equal(noise(x).data, one)
    assert not any("key" in name for name in model.state_dict())


def test_stochastic_depth_makes_a_block_its_shortcut_for_some_examples(rng):
    x = Tensor(rng.standard_normal((64, 5)).astype("float32"))
    linear = nn.Linear(5, 5)
    y = nn.Residual(nn.Sequential(linear, nn.StochasticDepth(0.5)))(x).data
    skipped = (y == x.data).all(axis=1)
    assert 0 < skipped.sum() < 64
    assert_allclose(y[~skipped], (x.data + 2 * linear(x).data)[~skipped], rtol=1e-5)


@pytest.mark.parametrize("kind", [nn.Dropout1d, nn.Dropout2d, nn.StochasticDepth])
@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
def test_a_probability_outside_its_range_is_refused(kind, p):
    with pytest.raises(
        UsageError, match=rf"{kind.__name__}: p is {p}, but a probability in \[0, 1"
    ):
        kind(p)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("layer", "shape", "needed"),
    [
        (nn.Dropout1d(), (2, 3), "Dropout1d: x has shape (2, 3), but sequences (N, C, L)"),
        (nn.Dropout2d(), (2, 3, 4), "Dropout2d: x has shape (2, 3, 4), but images (N, C, H, W)"),
        (nn.StochasticDepth(), (), "StochasticDepth: x is a single number, but a batch"),
    ],
)
def test_another_shape_is_refused(layer, shape, needed, training):
    with pytest.raises(ShapeError) as refusal:
        layer.train(training)(ones(*shape))
    assert str(refusal.value).startswith(needed)
