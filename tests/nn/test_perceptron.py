"""The decks' perceptrons: gates by threshold or bias, and why one is not enough."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn
from chainrule.errors import UsageError
from chainrule.tape import Tensor

INPUTS = Tensor(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))


@pytest.mark.parametrize(
    ("name", "expected"),
    {"AND": [0, 0, 0, 1], "NAND": [1, 1, 1, 0], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}.items(),
)
def test_the_gates_of_the_deck(name, expected):
    assert_array_equal(nn.gate(name)(INPUTS).data, expected)
    assert [nn.gate(name)(row).item() for row in INPUTS] == expected


@pytest.mark.parametrize(
    ("name", "w", "theta"),
    [("AND", [0.5, 0.5], 0.7), ("NAND", [-0.5, -0.5], -0.7), ("OR", [0.5, 0.5], 0.2)],
)
def test_the_weights_of_the_deck_with_threshold_or_bias(name, w, theta):
    layer = nn.gate(name)
    assert_array_equal(layer.weight.data, np.array(w, "float32"))
    assert layer.threshold == pytest.approx(theta)
    assert layer.bias.item() == pytest.approx(-theta)
    by_bias = nn.Perceptron(w, bias=-theta)
    assert by_bias.threshold == pytest.approx(theta)
    assert_array_equal(by_bias(INPUTS).data, layer(INPUTS).data)


def test_at_the_threshold_it_does_not_fire():
    layer = nn.Perceptron([1.0], threshold=2.0)
    assert_array_equal(layer(Tensor(np.array([[1.9], [2.0], [2.1]]))).data, [0, 0, 1])


def test_any_number_of_inputs_will_do():
    majority = nn.Perceptron([1.0] * 5, threshold=2.5)
    rows = np.array(list(itertools.product([0.0, 1.0], repeat=5)))
    assert_array_equal(majority(Tensor(rows)).data, rows.sum(axis=1) >= 3)


def test_no_single_perceptron_on_a_grid_is_xor():
    grid = np.linspace(-2, 2, 9)
    for w1, w2, bias in itertools.product(grid, repeat=3):
        assert nn.Perceptron([w1, w2], bias=bias)(INPUTS).data.tolist() != [0, 1, 1, 0]


def test_descent_never_moves_it_for_the_slope_is_0():
    layer = nn.gate("AND")
    layer(INPUTS).sum().backward()
    assert_array_equal(layer.weight.grad, [0, 0])
    assert layer.bias.grad == 0


def test_it_has_a_formula_and_a_state_like_any_layer():
    layer = nn.Perceptron([1.0, 2.0, 3.0], threshold=0.5)
    assert eval(layer.formula()) == nn.count_parameters(layer) == 4
    other = nn.Perceptron([0.0] * 3, bias=0.0)
    other.load_state_dict(layer.state_dict())
    assert other.threshold == 0.5
    assert_allclose(other.weight.data, [1, 2, 3])
    assert repr(layer) == "Perceptron([1.0, 2.0, 3.0], threshold=0.5)"


@pytest.mark.parametrize(
    ("message", "make"),
    {
        "Perceptron: no weights came": lambda: nn.Perceptron([], bias=0.0),
        "threshold None and bias None came, but exactly one": lambda: nn.Perceptron([1.0]),
        "threshold 1.0 and bias 2.0 came, but exactly one": lambda: nn.Perceptron(
            [1.0], threshold=1.0, bias=2.0
        ),
        "gate: 'NOR' came, but AND, NAND, OR or XOR is needed": lambda: nn.gate("NOR"),
    }.items(),
)
def test_what_makes_no_perceptron_is_refused(message, make):
    with pytest.raises(UsageError, match=message):
        make()
