"""Activations as layers, and what is measured of them."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule import nn
from chainrule.errors import UsageError
from chainrule.nn.properties import ACTIVATIONS
from chainrule.tape import Tensor


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (nn.LeakyReLU(), torch.nn.LeakyReLU()),
        (nn.LeakyReLU(0.1), torch.nn.LeakyReLU(0.1)),
        (nn.ELU(), torch.nn.ELU()),
        (nn.ELU(0.5), torch.nn.ELU(0.5)),
        (nn.Softplus(), torch.nn.Softplus()),
        (nn.SiLU(), torch.nn.SiLU()),
        (nn.GELU(), torch.nn.GELU()),
        (nn.GELU("tanh"), torch.nn.GELU("tanh")),
    ],
    ids=lambda layer: repr(layer),
)
def test_a_layer_gives_what_pytorchs_gives(ours, theirs, rng):
    x = rng.standard_normal((4, 6))
    assert_allclose(ours(Tensor(x)).data, theirs(torch.from_numpy(x)).numpy(), rtol=1e-9)


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (nn.LeakyReLU(0.1), "LeakyReLU(0.1)"),
        (nn.ELU(), "ELU(1.0)"),
        (nn.Maxout(3), "Maxout(3)"),
        (nn.GELU("tanh"), "GELU(approximate='tanh')"),
        (nn.Step(), "Step()"),
    ],
)
def test_a_layer_shows_its_settings(layer, shown):
    assert repr(layer) == shown


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.LeakyReLU(-1),
        lambda: nn.ELU(-1),
        lambda: nn.Maxout(0),
        lambda: nn.Maxout(1.5),
        lambda: nn.GELU("erf"),
    ],
)
def test_a_layer_refuses_settings_that_make_no_sense_when_it_is_made(make):
    with pytest.raises(UsageError):
        make()


def test_maxout_halves_the_features():
    assert nn.Sequential(nn.Linear(3, 8), nn.Maxout(2))(Tensor(np.ones((5, 3)))).shape == (5, 4)


@pytest.fixture(scope="module")
def measured():
    return {name: nn.activation_properties(make()) for name, make in ACTIVATIONS.items()}


def test_only_tanh_is_zero_centred(measured):
    means = {name: abs(properties.output_mean) for name, properties in measured.items()}
    assert means["tanh"] < 0.01
    assert all(mean > 0.15 for name, mean in means.items() if name != "tanh")


def test_half_of_a_relu_is_dead_and_nothing_of_a_leaky_one(measured):
    assert measured["relu"].dead == pytest.approx(0.5, abs=0.01)
    assert measured["maxout"].dead == 0.5
    assert measured["step"].dead == 1
    assert all(measured[name].dead == 0 for name in ("leaky_relu", "elu", "sigmoid", "silu"))


def test_a_sigmoid_passes_a_fifth_of_a_gradient_and_a_relu_half(measured):
    assert measured["sigmoid"].mean_slope == pytest.approx(0.207, abs=0.002)
    assert measured["relu"].mean_slope == pytest.approx(0.5, abs=0.01)


def test_large_inputs_saturate_a_sigmoid():
    calm, wild = (nn.activation_properties(nn.Sigmoid(), scale=scale) for scale in (1, 10))
    assert calm.saturated < 0.001
    assert 0.6 < wild.saturated < 0.7


def test_the_time_is_one_value_s_share():
    properties = nn.activation_properties(nn.Tanh(), rows=10, repeats=2)
    assert 0 < properties.microseconds < 10


@pytest.mark.parametrize("settings", [{"scale": 0}, {"rows": 0}, {"repeats": 0}])
def test_measuring_nothing_is_refused(settings):
    with pytest.raises(UsageError, match="activation_properties: scale"):
        nn.activation_properties(nn.ReLU(), **settings)
