"""L1, L2, elastic net and max-norm: the decks' numbers, what counts as a weight, projections."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, optim
from chainrule.backends import backend_named
from chainrule.errors import UsageError
from chainrule.tape import Tensor, tensor

CONCENTRATED = Tensor(np.array([1.0, 0.0, 0.0, 0.0]))
SPREAD = Tensor(np.array([0.25] * 4))


@pytest.mark.parametrize(
    ("prices", "concentrated", "spread"),
    [
        ({"l2": 1.0}, 1.0, 0.25),
        ({"l1": 1.0}, 1.0, 1.0),
        ({"l1": 1.0, "l2": 0.5}, 1.5, 1.125),
        ({}, 0.0, 0.0),
    ],
    ids=["L2", "L1", "elastic net", "none"],
)
def test_the_example_of_the_deck(prices, concentrated, spread):
    assert nn.penalty([CONCENTRATED], **prices).item() == concentrated
    assert nn.penalty([SPREAD], **prices).item() == spread


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_without_a_price_the_penalty_is_a_nothing_like_the_weights(backend):
    w = tensor([[1.0, 2.0]], dtype="float64", backend=backend_named(backend))
    nothing = nn.penalty([w])
    assert (nothing.item(), nothing.shape) == (0, ())
    assert (nothing.backend, nothing.dtype) == (w.backend, w.dtype)


def test_a_limit_of_numpys_leaves_weights_in_single_precision():
    w = tensor([[3.0, 4.0]])
    nn.max_norm([w], np.float64(1))
    assert w.dtype == "float32"
    assert_allclose(w.data, [[0.6, 0.8]], rtol=1e-6)


def network():
    return nn.Sequential(
        conv=nn.Conv2d(1, 2, 3),
        norm=nn.BatchNorm2d(2),
        within=nn.LayerNorm((2, 4, 4)),
        flat=nn.Flatten(),
        scores=nn.Linear(32, 3),
    )


def test_of_a_model_the_weights_count_but_no_bias_and_no_norm():
    model = network()
    for parameter in model.parameters():
        parameter.data = parameter.data + 1
    sizes = [np.sum(w.data**2) for w in (model.conv.weight, model.scores.weight)]
    assert nn.penalty(model, l2=0.1).item() == pytest.approx(0.1 * sum(sizes), rel=1e-5)
    nn.penalty(model, l1=0.5, l2=0.1).backward()
    for name, w in model.named_parameters():
        if name in ("conv.weight", "scores.weight"):
            assert_allclose(w.grad, 0.5 * np.sign(w.data) + 0.2 * w.data, rtol=1e-5)
        else:
            assert w.grad is None


def test_a_weight_used_twice_costs_once():
    shared = nn.Linear(3, 3)
    once, twice = nn.Sequential(shared), nn.Sequential(shared, nn.ReLU(), shared)
    twice[1].tied = shared.weight
    assert nn.penalty(twice, l1=1.0).item() == nn.penalty(once, l1=1.0).item()


def test_all_parameters_count_when_they_are_what_is_given():
    layer = nn.Linear(2, 2)
    layer.bias.data = np.array([3.0, -4.0], "float32")
    both = nn.penalty(layer.parameters(), l1=1.0).item()
    assert both == pytest.approx(nn.penalty(layer, l1=1.0).item() + 7)


def test_single_precision_is_kept():
    assert nn.penalty(network(), l1=0.1, l2=0.1).dtype == "float32"


def test_l2_is_the_weight_decay_of_plain_descent_and_l1_makes_weights_0():
    def trained(steps, lr, decay, **prices):
        nn.seed(0)
        layer = nn.Linear(6, 1, bias=False)
        x = np.random.default_rng(1).standard_normal((200, 6)).astype("float32")
        t = x[:, :1] * 2  # only the first feature counts
        sgd = optim.SGD(lr=lr, weight_decay=decay)
        sgd.attach(layer.parameters())
        for _ in range(steps):
            loss = ((layer(Tensor(x)) - t) ** 2.0).mean() + nn.penalty(layer, **prices)
            loss.backward(keep=False)
            sgd.step()
            sgd.clear_gradients()
        return layer.weight.data[0]

    by_penalty = trained(20, 0.05, 0.0, l2=0.1)
    by_decay = trained(20, 0.05, 0.2)
    assert_allclose(by_penalty, by_decay, rtol=1e-5)

    lasso = trained(400, 0.01, 0.0, l1=0.3)
    assert np.abs(lasso[1:]).max() < 0.005  # they swing about 0 by one step of lr * l1
    assert 1.5 < lasso[0] < 2


def test_max_norm_shortens_what_is_too_long_and_leaves_the_rest_bit_for_bit():
    layer = nn.Linear(2, 3)
    rows = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]], "float32")
    layer.weight.data = rows.copy()
    layer.bias.data = np.full(3, 100.0, "float32")
    nn.max_norm(layer, 1.0)
    assert_allclose(layer.weight.data[0], [0.6, 0.8], rtol=1e-6)
    assert_array_equal(layer.weight.data[1:], rows[1:])
    assert_array_equal(layer.bias.data, [100] * 3)
    assert layer.weight.dtype == "float32"
    before = layer.weight.data
    nn.max_norm(layer, 2.0)
    assert_array_equal(layer.weight.data, before)


def test_max_norm_takes_each_filter_of_a_convolution_and_a_vector_as_one(rng):
    conv = nn.Conv2d(2, 3, 3)
    conv.weight.data = 10 * rng.standard_normal((3, 2, 3, 3))
    nn.max_norm(conv, 0.5)
    assert_allclose(np.sqrt((conv.weight.data**2).sum(axis=(1, 2, 3))), 0.5)
    vector = Tensor(np.array([3.0, 4.0]))
    nn.max_norm([vector], 1.0)
    assert_allclose(vector.data, [0.6, 0.8])


@pytest.mark.parametrize(
    ("message", "call"),
    {
        "penalty: l1 -0.1 and l2 0.0 came, but neither may be negative": lambda: nn.penalty(
            [SPREAD], l1=-0.1
        ),
        "l2 -1.0 came": lambda: nn.penalty([SPREAD], l2=-1.0),
        "max_norm: the limit is 0, but a number over 0 is needed": lambda: nn.max_norm([SPREAD], 0),
    }.items(),
)
def test_what_makes_no_sense_is_refused(message, call):
    with pytest.raises(UsageError, match=message):
        call()
