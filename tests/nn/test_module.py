"""Modules: names, state, modes, composition, looks."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, ops, optim
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor, tensor


class Branches(nn.Module):
    """Two convolutions side by side, and one linear layer used twice."""

    def __init__(self):
        self.wide = nn.Conv2d(1, 2, 3, padding=1)
        self.narrow = nn.Conv2d(1, 3, 1)
        self.first = nn.Linear(5 * 4 * 4, 6)
        self.shared = nn.Linear(6, 6)
        self.again = self.shared

    def forward(self, x):
        both = ops.relu(ops.concat([self.wide(x), self.narrow(x)], 1))
        return self.again(ops.relu(self.shared(self.first(ops.flatten(both)))))


@pytest.fixture
def images(rng):
    return Tensor(rng.standard_normal((3, 1, 4, 4)).astype("float32"))


def test_branches_are_joined_in_a_forward_method(images):
    model = Branches()
    assert model(images).shape == (3, 6)
    assert [name for name, _ in model.named_modules()] == ["", "wide", "narrow", "first", "shared"]


def test_a_shared_layer_is_counted_and_saved_once():
    model = Branches()
    own = {"wide": 2 * 9 + 2, "narrow": 3 + 3, "first": 80 * 6 + 6, "shared": 6 * 6 + 6}
    assert nn.count_parameters(model) == sum(own.values())
    assert len(model.parameters()) == len(set(map(id, model.parameters()))) == 8
    assert [name for name in model.state_dict() if "weight" in name] == [
        "wide.weight",
        "narrow.weight",
        "first.weight",
        "shared.weight",
    ]


def test_a_shared_layer_is_learned_once_with_the_gradients_of_both_its_uses(images):
    model = Branches()
    before = model.shared.weight.data.copy()
    model(images).sum().backward()
    gradient = model.shared.weight.grad.copy()

    parted = Branches()  # the same network, but with two layers of the same values
    parted.again = nn.Linear(6, 6)
    parted.load_state_dict(model.state_dict(), strict=False)
    parted.again.load_state_dict(model.shared.state_dict())
    parted(images).sum().backward()
    both = parted.shared.weight.grad + parted.again.weight.grad
    assert_allclose(gradient, both, rtol=1e-5, atol=1e-6)

    optimizer = optim.SGD(lr=0.5)
    optimizer.attach(model.parameters())
    optimizer.step()
    assert_allclose(model.shared.weight.data, before - 0.5 * gradient, rtol=1e-6)


def test_own_parameters_are_those_of_no_module_inside():
    model = Branches()
    model.scale = nn.Parameter(np.ones(3, dtype="float32"))
    assert model.own_parameters() == [model.scale]
    assert model.shared.own_parameters() == [model.shared.weight, model.shared.bias]
    assert nn.ReLU().own_parameters() == []


def test_what_is_saved_is_every_parameter_and_the_buffers_meant_for_files():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    learned, followed = ["0.weight", "0.bias"], ["0.running_mean", "0.running_var"]
    assert list(model.saved_tensors()) == [*learned, *followed, "0.num_batches_tracked"]
    assert "1.key" in dict(model.named_tensors())
    assert model.saved_tensors()["0.weight"] is model[0].weight


def test_state_goes_to_another_model_and_gives_the_same_outputs(images):
    nn.seed(1)
    one = Branches()
    nn.seed(2)
    other = Branches()
    assert (one(images).data != other(images).data).any()
    other.load_state_dict(one.state_dict())
    assert_array_equal(one(images).data, other(images).data)


def test_a_state_is_a_copy_in_both_directions():
    layer = nn.Linear(2, 1)
    state = layer.state_dict()
    state["weight"][:] = 7
    assert not (layer.weight.data == 7).any()
    layer.load_state_dict(state)
    layer.weight.data += 1
    assert (state["weight"] == 7).all()


def test_missing_and_unknown_names_are_refused_by_name():
    state = nn.Linear(2, 1).state_dict()
    state["scale"] = state.pop("bias")
    with pytest.raises(
        UsageError, match=r"missing are \['bias'\], unknown are \['scale'\]; strict=False takes"
    ):
        nn.Linear(2, 1).load_state_dict(state)
    with pytest.raises(UsageError, match=r"missing are \['bias', 'weight'\], unknown are none"):
        nn.Linear(2, 1).load_state_dict({})


def test_a_loose_load_takes_what_fits_and_leaves_the_rest():
    layer = nn.Linear(2, 1)
    bias = layer.bias.data
    layer.load_state_dict({"weight": np.array([[3.0, 4.0]]), "unknown": bias}, strict=False)
    assert_array_equal(layer.weight.data, [[3, 4]])
    assert layer.weight.dtype == "float32"
    assert layer.bias.data is bias


@pytest.mark.parametrize("strict", [True, False])
def test_a_value_of_another_shape_is_refused_and_nothing_changes(strict):
    layer = nn.Linear(2, 3)
    before = layer.state_dict()
    state = {"weight": np.ones((3, 2)), "bias": np.ones(4)}
    with pytest.raises(
        ShapeError, match=re.escape("bias in this state has shape (4,), but the model's has (3,)")
    ):
        layer.load_state_dict(state, strict=strict)
    for name, values in layer.state_dict().items():
        assert_array_equal(values, before[name])


def test_modes_reach_every_module_and_change_no_weight():
    model = nn.Sequential(nn.Sequential(nn.Dropout(0.5)), nn.BatchNorm1d(4))
    assert all(module.training for _, module in model.named_modules())
    assert model.eval() is model
    assert not any(module.training for _, module in model.named_modules())
    model.train()
    assert all(module.training for _, module in model.named_modules())


def test_moving_to_a_backend_forgets_gradients_and_keeps_values(images):
    model = Branches()
    before = model.state_dict()
    model(images).sum().backward()
    assert model.to(images.backend) is model
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all((before[name] == values).all() for name, values in model.state_dict().items())


def test_parameters_carry_their_names():
    layer = nn.Linear(2, 3)
    assert (layer.weight.name, layer.bias.name) == ("weight", "bias")


def test_a_layer_signs_an_error_with_its_name():
    model = nn.Sequential(
        conv1=nn.Conv2d(3, 16, 3), conv2=nn.Conv2d(16, 32, 3), conv3=nn.Conv2d(16, 64, 3)
    )
    with pytest.raises(ShapeError) as refused:
        model(Tensor(np.zeros((1, 3, 10, 10))))
    assert str(refused.value) == "conv3: x has 32 channels, but weight (64, 16, 3, 3) needs 16"


def test_a_numbered_layer_inside_a_named_one_is_named_with_its_kind():
    model = nn.Sequential(
        features=nn.Sequential(nn.ReLU(), nn.ReLU(), nn.Flatten(), nn.Linear(5, 2))
    )
    with pytest.raises(ShapeError) as refused:
        model(Tensor(np.zeros((1, 4))))
    assert str(refused.value) == (
        "features.3 (Linear): x has shape (1, 4), but weight (2, 5) needs (N, 5)"
    )


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.BatchNorm1d(3), (2, 4), "x has shape (2, 4), but (N, 3) or (N, 3, L) is needed"),
        (nn.BatchNorm2d(3), (2, 3), "x has shape (2, 3), but (N, 3, H, W) is needed"),
        (nn.BatchNorm1d(3), (1, 3), "less than two values per channel"),
    ],
    ids=["features", "images", "batch of one"],
)
def test_a_layer_on_its_own_signs_with_its_kind(layer, shape, message):
    with pytest.raises(ShapeError, match=f"^BatchNorm.*: .*{re.escape(message)}"):
        layer(Tensor(np.zeros(shape)))


SENSELESS = {
    "Linear: in_features is 0, but a whole number from 1 is needed": lambda: nn.Linear(0, 2),
    "Linear: out_features is 2.5, but": lambda: nn.Linear(2, 2.5),
    "Conv2d: in_channels is -1": lambda: nn.Conv2d(-1, 2, 3),
    "Conv2d: groups is 0": lambda: nn.Conv2d(2, 2, 3, groups=0),
    "Conv2d: 3 channels in and 4 out do not both divide into 2 groups": lambda: nn.Conv2d(
        3, 4, 3, groups=2
    ),
    "Conv2d: kernel_size is 0, but one whole number or two (height, width)": lambda: nn.Conv2d(
        1, 1, 0
    ),
    "Conv2d: stride is (1, 2, 3)": lambda: nn.Conv2d(1, 1, 3, stride=(1, 2, 3)),
    "Conv2d: dilation is 0": lambda: nn.Conv2d(1, 1, 3, dilation=0),
    "Conv2d: padding is 'full'": lambda: nn.Conv2d(1, 1, 3, padding="full"),
    'Conv2d: padding="same" keeps the size only at stride 1': lambda: nn.Conv2d(
        1, 1, 3, stride=2, padding="same"
    ),
    "MaxPool2d: kernel_size is 0": lambda: nn.MaxPool2d(0),
    "AvgPool2d: padding (1, 1) is more than half": lambda: nn.AvgPool2d(1, padding=1),
    "BatchNorm2d: num_features is 0": lambda: nn.BatchNorm2d(0),
    "BatchNorm1d: momentum 1.5 and eps 1e-05 came, but momentum in (0, 1] and eps over 0 are "
    "needed": lambda: nn.BatchNorm1d(3, momentum=1.5),
    "BatchNorm2d: momentum 0.1 and eps 0 came": lambda: nn.BatchNorm2d(3, eps=0),
    "Dropout: p is 1, but a probability in [0, 1) is needed": lambda: nn.Dropout(1),
    "Dropout: p is -0.1": lambda: nn.Dropout(-0.1),
    "Sequential: part 1 is <built-in function abs>, but a Module is needed": lambda: nn.Sequential(
        nn.ReLU(), abs
    ),
}


@pytest.mark.parametrize(("message", "make"), SENSELESS.items(), ids=SENSELESS)
def test_hyperparameters_that_make_no_sense_are_refused_in_a_sentence(message, make):
    with pytest.raises(UsageError, match=re.escape(message)):
        make()


def test_numpys_whole_numbers_are_whole_numbers():
    size = np.prod((3, 4))
    assert nn.Linear(size, 2).weight.shape == (2, 12)


def test_a_module_without_a_forward_method_says_so():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty needs a forward method"):
        Empty()(Tensor(np.zeros(1)))


def test_a_network_shows_its_layers_and_their_settings():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1, dilation=2, groups=1, bias=False),
        nn.BatchNorm2d(4),
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.Sequential(nn.Flatten(), nn.Dropout(0.3)),
        scores=nn.Linear(4, 2),
    )
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Conv2d(1, 4, kernel_size=(3, 3), stride=(2, 2), padding=((1, 1), (1, 1)), "
        "dilation=(2, 2), bias=False)\n"
        "  (1): BatchNorm2d(4, eps=1e-05, momentum=0.1)\n"
        "  (2): MaxPool2d(kernel_size=(3, 3), stride=(2, 2), padding=((1, 1), (1, 1)))\n"
        "  (3): Sequential(\n"
        "    (0): Flatten()\n"
        "    (1): Dropout(0.3)\n"
        "  )\n"
        "  (scores): Linear(4, 2)\n"
        ")"
    )
    assert repr(nn.Conv2d(2, 2, 1, groups=2)) == "Conv2d(2, 2, kernel_size=(1, 1), groups=2)"
    assert repr(nn.Linear(2, 1, bias=False)) == "Linear(2, 1, bias=False)"
    assert repr(nn.AvgPool2d(2)) == "AvgPool2d(kernel_size=(2, 2), stride=(2, 2))"


def test_a_sequence_is_counted_walked_and_indexed():
    layers = [nn.ReLU(), nn.Tanh()]
    model = nn.Sequential(*layers)
    assert len(model) == 2
    assert list(model) == layers
    assert model[-1] is layers[1]


def test_a_layer_in_two_models_is_named_as_each_of_them_calls_it():
    shared = nn.Linear(3, 2)
    first, second = nn.Sequential(head=shared), nn.Sequential(nn.ReLU(), nn.Sequential(tail=shared))
    x = tensor([[1.0, 2.0]])
    with pytest.raises(ShapeError, match=r"^head: x has shape \(1, 2\)"):
        first(x)
    with pytest.raises(ShapeError, match=r"^1 \(Sequential\)\.tail: x has shape \(1, 2\)"):
        second(x)
