"""Layers that start from the data: whitening, when it looks and when it must not any more."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, ops
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.tape import Tensor


@pytest.fixture
def images(rng):
    """Neighbouring pixels and channels go together, as in photos, and their mean is not 0."""
    noise = rng.standard_normal((40, 3, 12, 12))
    smooth = noise + np.roll(noise, 1, axis=2) + np.roll(noise, 1, axis=3)
    return (smooth + 0.5 * smooth[:, :1] + 2).astype("float32")


def adapted(model, images):
    nn.adapt(model, Tensor(images))
    return model


def covariance(y):
    """(C, C) of the values (N, C, H, W) of each channel."""
    return np.cov(y.swapaxes(0, 1).reshape(y.shape[1], -1), bias=True)


@pytest.mark.parametrize("size", [1, 2, 3, (2, 3)])
@pytest.mark.parametrize("channels", [1, 3])
def test_whitened_patches_are_independent_and_alike_in_size(images, size, channels):
    x = images[:, :channels]
    layer = adapted(nn.Whitening(channels, size, eps=1e-9), x)
    y = layer(Tensor(x)).numpy()
    half = layer.out_channels // 2
    assert_allclose(covariance(y[:, :half]), np.eye(half), atol=2e-4)
    assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-4)
    assert_allclose(y[:, half:], -y[:, :half], atol=1e-5)


def test_the_filters_are_the_patches_eigenvectors_largest_first(images):
    layer = adapted(nn.Whitening(3, eps=0.01), images)
    patches = sliding_window_view(images, (2, 2), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    known = np.cov(patches.reshape(-1, 12).T.astype("float64"), bias=True)
    rows = layer.weight.numpy()[:12].reshape(12, 12).astype("float64")
    values = np.linalg.eigvalsh(known)[::-1]
    assert_allclose(np.sum(rows**2, axis=1), 1 / (values + 0.01), rtol=1e-4)
    assert_allclose(rows @ known, values[:, None] * rows, atol=1e-4)


def test_before_it_has_looked_its_filters_are_at_right_angles():
    rows = nn.Whitening(3).weight.numpy()[:12].reshape(12, 12)
    assert_allclose(rows @ rows.T, np.eye(12), atol=1e-6)


def test_it_looks_once(images, rng):
    layer = adapted(nn.Whitening(3), images)
    before = layer.weight.numpy().copy()
    adapted(layer, rng.standard_normal(images.shape).astype("float32"))
    assert_array_equal(layer.weight.numpy(), before)


def test_weights_from_a_file_stay(images, rng):
    state = adapted(nn.Whitening(3), images).state_dict()
    layer = nn.Whitening(3)
    layer.load_state_dict(state)
    adapted(layer, rng.standard_normal(images.shape).astype("float32"))
    for name, values in layer.state_dict().items():
        assert_array_equal(values, state[name], err_msg=name)


def test_it_sees_what_reaches_it_in_the_model(images):
    model = adapted(nn.Sequential(nn.AvgPool2d(2), nn.Whitening(3, eps=1e-9)), images)
    y = model(Tensor(images)).numpy()[:, :12]
    assert_allclose(covariance(y), np.eye(12), atol=2e-4)


def test_the_rest_of_the_model_notices_nothing(images):
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Whitening(3), nn.Dropout(0.5))
    norm = {name: value.copy() for name, value in model[0].state_dict().items()}
    model[2].eval()
    adapted(model, images)
    assert [module.training for _, module in model.named_modules()] == [True, True, True, False]
    for name, value in model[0].state_dict().items():
        assert_array_equal(value, norm[name], err_msg=name)


def test_a_failing_model_leaves_nobody_looking(images):
    model = nn.Sequential(nn.Whitening(3), nn.Linear(5, 2))
    with pytest.raises(ValueError, match="Linear"):
        adapted(model, images)
    assert not model[0].looking


def test_a_model_without_such_layers_computes_nothing():
    class Untouched(nn.Module):
        def forward(self, x):
            raise AssertionError

    nn.adapt(Untouched(), Tensor(np.zeros((1, 3, 4, 4))))


def test_whitening_is_not_learned_and_lets_no_gradient_through(images):
    layer = adapted(nn.Whitening(3), images)
    assert layer.parameters() == []
    assert layer(Tensor(images)).creator is None


@pytest.mark.parametrize("eps", [0, -1, float("nan")])
def test_an_eps_that_protects_from_nothing_is_refused(eps):
    with pytest.raises(UsageError, match=r"Whitening: eps is .*, but a number over 0 is needed"):
        nn.Whitening(3, eps=eps)


def test_a_layer_of_ones_own_can_start_from_the_data(images):
    class Centre(nn.Adaptive):
        def __init__(self):
            super().__init__()
            self.mean = nn.Buffer(np.zeros((3, 1, 1), dtype="float32"))

        def look(self, x):
            self.mean.data = x.numpy().mean((0, 2, 3)).reshape(3, 1, 1)

        def forward(self, x):
            self.observe(x)
            return x - self.mean

    model = adapted(Centre(), images)
    assert_allclose(model(Tensor(images)).numpy().mean((0, 2, 3)), 0, atol=1e-4)


def test_dirac_first_passes_inputs_on_and_draws_the_rest():
    with init.seeded(3):
        layer = nn.Conv2d(2, 5, 3, padding="same", weights=init.dirac_first(init.he_normal))
    x = np.random.default_rng(0).standard_normal((1, 2, 6, 6)).astype("float32")
    y = layer(Tensor(x)).numpy()
    assert_array_equal(y[:, :2], x)
    with init.seeded(3):
        drawn = nn.Conv2d(2, 5, 3, weights=init.he_normal).weight.numpy()
    assert_array_equal(layer.weight.numpy()[2:], drawn[2:])


def test_dirac_first_with_fewer_outputs_than_inputs_draws_nothing():
    weight = nn.Linear(4, 3, weights=init.dirac_first(init.he_normal)).weight.numpy()
    assert_array_equal(weight, np.eye(3, 4))


def test_batch_norm_without_a_scale_learns_only_a_shift(rng):
    x = rng.standard_normal((8, 3, 2, 2)).astype("float32")
    plain, fixed = nn.BatchNorm2d(3), nn.BatchNorm2d(3, scale=False)
    assert_array_equal(fixed(Tensor(x)).numpy(), plain(Tensor(x)).numpy())
    assert [name for name, _ in fixed.named_parameters()] == ["bias"]
    assert set(fixed.state_dict()) == set(plain.state_dict())
    ops.sum(fixed(Tensor(x))).backward()
    assert fixed.weight.grad is None
    assert_array_equal(fixed.bias.grad, [32, 32, 32])


def test_batch_norm_without_a_scale_is_counted_so():
    model = nn.Sequential(nn.BatchNorm2d(3, scale=False))
    assert nn.summary(model, (3, 2, 2))[0].formula == "1 * 3 = 3"
    as_keras = nn.summary(model, (3, 2, 2), keras_count=True)[0]
    assert (as_keras.parameters, as_keras.formula) == (9, "(1 + 2) * 3 = 9")


def test_scale_multiplies(rng):
    x = rng.standard_normal((2, 3))
    assert_array_equal(nn.Scale(0.25)(Tensor(x)).numpy(), x * 0.25)
    assert repr(nn.Scale(1 / 9)) == "Scale(0.1111)"
