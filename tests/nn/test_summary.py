"""The layer table: shapes, counts, and the arithmetic behind them, as the decks print them."""

import numpy as np
import pytest

from chainrule import nn, ops
from chainrule.backends import backend_named
from chainrule.errors import ShapeError
from chainrule.tape import Tensor
from chainrule.zoo import NETWORKS

DECKS = {  # network: (image, keras_count, [(kind, output shape, parameters, formula), ...], total)
    "mnist-mlp": (
        (1, 28, 28),
        False,
        [
            ("Linear", (50,), 39_250, "(784 + 1) * 50 = 39,250"),
            ("BatchNorm1d", (50,), 100, "2 * 50 = 100"),
            ("Linear", (10,), 510, "(50 + 1) * 10 = 510"),
        ],
        39_860,
    ),
    "mnist-cnn": (
        (1, 28, 28),
        False,
        [
            ("Conv2d", (10, 24, 24), 260, "(5*5*1 + 1) * 10 = 260"),
            ("BatchNorm2d", (10, 24, 24), 20, "2 * 10 = 20"),
            ("Conv2d", (20, 8, 8), 5_020, "(5*5*10 + 1) * 20 = 5,020"),
            ("BatchNorm2d", (20, 8, 8), 40, "2 * 20 = 40"),
            ("Linear", (50,), 16_050, "(320 + 1) * 50 = 16,050"),
            ("BatchNorm1d", (50,), 100, "2 * 50 = 100"),
            ("Linear", (10,), 510, "(50 + 1) * 10 = 510"),
        ],
        22_000,
    ),
    "fashion-cnn": (
        (1, 28, 28),
        True,
        [
            ("Conv2d", (16, 28, 28), 160, "(3*3*1 + 1) * 16 = 160"),
            ("Conv2d", (64, 14, 14), 9_280, "(3*3*16 + 1) * 64 = 9,280"),
            ("Linear", (128,), 401_536, "(3136 + 1) * 128 = 401,536"),
            ("BatchNorm1d", (128,), 512, "(2 + 2) * 128 = 512"),
            ("Linear", (10,), 1_290, "(128 + 1) * 10 = 1,290"),
        ],
        412_778,
    ),
    "cifar10-74": (
        (3, 32, 32),
        False,
        [
            ("Conv2d", (32, 30, 30), 896, "(3*3*3 + 1) * 32 = 896"),
            ("Conv2d", (32, 30, 30), 9_248, "(3*3*32 + 1) * 32 = 9,248"),
            ("Conv2d", (64, 15, 15), 18_496, "(3*3*32 + 1) * 64 = 18,496"),
            ("Linear", (512,), 1_606_144, "(3136 + 1) * 512 = 1,606,144"),
            ("Linear", (10,), 5_130, "(512 + 1) * 10 = 5,130"),
        ],
        1_639_914,
    ),
}


@pytest.mark.parametrize("network", DECKS)
def test_a_decks_network_has_the_decks_counts_and_shapes(network):
    shape, keras_count, expected, total = DECKS[network]
    model = NETWORKS[network](shape, 10)
    rows = nn.summary(model, shape, keras_count=keras_count)
    learned = [(r.kind, r.output_shape, r.parameters, r.formula) for r in rows if r.parameters]
    assert learned == expected
    assert sum(row.parameters for row in rows) == total
    followed = 256 if keras_count else 0  # running statistics, which are not learned
    assert nn.count_parameters(model) == total - followed


def test_a_model_on_torch_has_the_table_it_had_on_numpy():
    shape = (1, 28, 28)
    model = NETWORKS["fashion-cnn"](shape, 10)
    rows, learned = nn.summary(model, shape, keras_count=True), nn.count_parameters(model)
    model.to(backend_named("torch"))
    assert nn.summary(model, shape, keras_count=True) == rows
    assert nn.count_parameters(model) == learned


def test_a_model_on_torch_may_be_of_another_dtype():
    layer = nn.Linear(3, 2).to(backend_named("torch"))
    for parameter in layer.parameters():
        parameter.data = parameter.data.double()
    assert [row.output_shape for row in nn.summary(layer, (3,))] == [(2,)]


def test_a_model_that_holds_nothing_has_a_table():
    assert [row.output_shape for row in nn.summary(nn.Flatten(), (2, 3))] == [(6,)]


def test_layers_without_weights_have_shapes_and_no_formula():
    rows = nn.summary(NETWORKS["cifar10-74"]((3, 32, 32), 10), (3, 32, 32))
    assert [(row.name, row.kind, row.output_shape) for row in rows][4:11] == [
        ("4", "ReLU", (32, 30, 30)),
        ("5", "MaxPool2d", (32, 15, 15)),
        ("6", "Conv2d", (64, 15, 15)),
        ("7", "ReLU", (64, 15, 15)),
        ("8", "MaxPool2d", (64, 7, 7)),
        ("9", "Flatten", (3136,)),
        ("10", "Dropout", (3136,)),
    ]
    assert {row.formula for row in rows if not row.parameters} == {""}


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("make", [lambda b: nn.Linear(6, 4, bias=b), lambda b: grouped(b)])
def test_formulas_come_out_as_the_counts(make, bias):
    layer = make(bias)
    assert eval(layer.formula()) == nn.count_parameters(layer)


def grouped(bias):
    return nn.Conv2d(4, 6, (3, 2), groups=2, bias=bias)


class Gated(nn.Module):
    """A module with parameters of its own beside a layer that it uses twice."""

    def __init__(self):
        self.scale = nn.Parameter(np.ones((3, 2), dtype="float32"))
        self.shift = nn.Parameter(np.ones((), dtype="float32"))
        self.layer = nn.Linear(2, 2)
        self.unused = nn.Linear(9, 9)

    def forward(self, x):
        return ops.matmul(self.layer(self.layer(x)), self.scale.T) + self.shift


def test_parameters_beside_layers_are_in_the_table_and_a_layer_used_twice_is_there_once():
    rows = nn.summary(Gated(), (2,))
    assert [(row.name, row.kind, row.formula) for row in rows] == [
        ("layer", "Linear", "(2 + 1) * 2 = 6"),
        ("", "Gated", "3*2 + 1 = 7"),
    ]


def test_looking_leaves_modes_statistics_and_watchers_as_they_were():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model[1].eval()  # frozen
    before = model.state_dict()
    nn.summary(model, (3,))
    assert [layer.training for layer in model] == [True, False, True]
    assert all((before[name] == values).all() for name, values in model.state_dict().items())
    assert all(layer.watchers == () for layer in model)


def test_an_example_that_does_not_fit_is_refused_and_leaves_nothing_behind():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    with pytest.raises(ShapeError, match=r"0 \(Linear\): x has shape \(1, 5\)"):
        nn.summary(model, (5,))
    assert model.training
    assert model[1].watchers == ()


def test_watching_lists_each_call_with_its_output():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    x = Tensor(np.ones((1, 2), dtype="float32"))
    with nn.watching(model) as calls:
        y = model(x)
        model[1](y)
    assert [module for module, _ in calls] == [model[0], model[1], model[1]]
    assert calls[1][1] is y
    model(x)
    assert len(calls) == 3
