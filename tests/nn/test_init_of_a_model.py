"""Another start for a model that is already built."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import nn
from chainrule.errors import UsageError
from chainrule.nn import init


def network():
    return nn.Sequential(
        conv=nn.Conv2d(1, 8, 3),
        norm=nn.BatchNorm2d(8),
        flatten=nn.Flatten(),
        hidden=nn.Linear(288, 50),
        layer_norm=nn.LayerNorm((50,)),
        scores=nn.Linear(50, 10),
    )


def test_weights_and_biases_are_drawn_anew_and_normalisations_stay():
    model = network()
    model.norm.weight.data = np.full(8, 3.0, "float32")
    model.norm.bias.data = np.full(8, 4.0, "float32")
    before = model.state_dict()
    nn.initialise(model, weights=init.he_normal, bias=init.normal(0.1))
    after = model.state_dict()
    for layer in ("conv", "hidden", "scores"):
        assert (after[f"{layer}.weight"] != before[f"{layer}.weight"]).all()
        assert after[f"{layer}.bias"].all()
        assert after[f"{layer}.weight"].dtype == np.float32
    for name in before:
        if "norm" in name:
            assert_array_equal(after[name], before[name])
    assert after["hidden.weight"].std() == pytest.approx((2 / 288) ** 0.5, rel=0.03)


def test_biases_start_at_nothing_unless_told_otherwise():
    model = network()
    model.hidden.bias.data = np.ones(50, "float32")
    nn.initialise(model, weights=init.orthogonal)
    assert not model.hidden.bias.data.any()


def test_a_norm_with_a_matrix_of_scales_is_still_a_norm():
    model = nn.Sequential(nn.LayerNorm((4, 4)))
    nn.initialise(model, weights=init.zeros)
    assert (model[0].weight.data == 1).all()


def test_recurrent_layers_and_embeddings_have_weights_too():
    model = nn.Sequential(words=nn.Embedding(20, 6), memory=nn.LSTM(6, 5))
    nn.initialise(model, weights=init.orthogonal, bias=init.ones)
    hidden = model.memory.state_dict()
    square = hidden["weight_hh_l0"].T @ hidden["weight_hh_l0"]
    np.testing.assert_allclose(square, np.eye(5), atol=1e-6)
    assert (hidden["bias_hh_l0"] == 1).all()
    words = model.words.weight.data
    np.testing.assert_allclose(words.T @ words, np.eye(6), atol=1e-6)


def test_the_seed_decides_the_draws_and_the_dtype_is_kept():
    models = [network(), network()]
    for model in models:
        model.hidden.weight.data = model.hidden.weight.data.astype("float64")
        nn.seed(8)
        nn.initialise(model, weights=init.glorot_normal)
    first, second = (model.state_dict() for model in models)
    for name, values in first.items():
        assert_array_equal(values, second[name])
    assert first["hidden.weight"].dtype == np.float64


def test_nothing_changes_when_an_initialiser_cannot_work():
    model = network()
    before = model.state_dict()
    with pytest.raises(UsageError, match=r"for biases use zeros"):
        nn.initialise(model, weights=init.he_normal, bias=init.he_normal)
    for name, values in model.state_dict().items():
        assert_array_equal(values, before[name])
