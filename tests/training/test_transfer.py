"""A new head, and learning rates that fall from it downwards."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn
from chainrule.data import Split
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.tape import Tensor
from chainrule.training import graded, new_head, stages
from chainrule.zoo import Settings, network_named


def network():
    with init.seeded(4):
        return nn.Sequential(
            features=nn.Sequential(
                nn.Conv2d(1, 4, 3, padding="same"),
                nn.BatchNorm2d(4),
                nn.ReLU(),
                nn.Conv2d(4, 4, 3, padding="same"),
                nn.ReLU(),
                nn.Flatten(),
            ),
            hidden=nn.Residual(nn.Sequential(nn.Linear(4 * 36, 4 * 36), nn.ReLU())),
            head=nn.Linear(4 * 36, 3),
        )


def test_a_new_head_takes_the_last_linear_layers_place_and_nothing_else_changes():
    model = network()
    before = model.state_dict()
    head = new_head(model, 5, seed=1)
    assert model.head is head
    after = model.state_dict()
    assert after["head.weight"].shape == (5, 4 * 36)
    assert list(after) == list(before)
    for name in before:
        if not name.startswith("head"):
            assert_array_equal(before[name], after[name])
    assert model(Tensor(np.zeros((2, 1, 6, 6), "float32"))).shape == (2, 5)


def test_the_seed_decides_the_new_heads_weights_and_no_other_draw():
    heads = [new_head(network(), 5, seed=seed).weight.numpy() for seed in (1, 1, 2)]
    assert_array_equal(heads[0], heads[1])
    assert np.abs(heads[0] - heads[2]).max() > 0.01
    with init.seeded(9):
        new_head(network(), 5)
        drawn = nn.Linear(3, 3).weight.numpy()
    with init.seeded(9):
        network()
        assert_array_equal(nn.Linear(3, 3).weight.numpy(), drawn)


def test_a_head_inside_a_part_is_found_and_keeps_doing_without_a_bias():
    model = nn.Sequential(nn.Flatten(), classifier=nn.Sequential(nn.Linear(4, 2, bias=False)))
    new_head(model, 3)
    assert model.state_dict()["classifier.0.weight"].shape == (3, 4)
    assert list(model.state_dict()) == ["classifier.0.weight"]


@pytest.mark.parametrize(
    ("model", "classes", "problem"),
    [
        (nn.Sequential(nn.Flatten()), 3, "Sequential has no linear layer"),
        (network(), 0, "out_features is 0"),
    ],
)
def test_a_head_that_cannot_be_is_refused(model, classes, problem):
    with pytest.raises(UsageError, match=problem):
        new_head(model, classes)


def names_of(model, tensors):
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    return [names[id(tensor)] for tensor in tensors]


def test_stages_are_parts_and_plain_rows_layer_by_layer_with_their_norms():
    model = network()
    assert [(name, names_of(model, tensors)) for name, tensors in stages(model)] == [
        (
            "features.0",
            ["features.0.weight", "features.0.bias", "features.1.weight", "features.1.bias"],
        ),
        ("features.3", ["features.3.weight", "features.3.bias"]),
        ("hidden", ["hidden.body.0.weight", "hidden.body.0.bias"]),
        ("head", ["head.weight", "head.bias"]),
    ]


def test_the_stages_of_a_resnet_are_those_of_its_paper():
    model = network_named("resnet18")((3, 64, 64), 10)
    assert [name for name, _ in stages(model)] == [
        "conv1",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
        "fc",
    ]
    held = [id(t) for _, tensors in stages(model) for t in tensors]
    assert sorted(held) == sorted(id(p) for p in model.parameters())


def test_rates_fall_by_the_same_factor_from_stage_to_stage():
    model = network()
    found = {names_of(model, tensors)[0]: factor for tensors, factor in graded(model, 0.5)}
    assert found == {
        "features.0.weight": 0.125,
        "features.3.weight": 0.25,
        "hidden.body.0.weight": 0.5,
        "head.weight": 1.0,
    }


def test_frozen_stages_learn_at_no_rate_and_those_above_are_counted_from_the_head():
    model = network()
    nn.freeze(model, "features.0", "features.1", "hidden")
    found = [(names_of(model, tensors)[0], factor) for tensors, factor in graded(model, 0.5)]
    assert found == [("features.3.weight", 0.5), ("head.weight", 1.0)]


@pytest.mark.parametrize("decay", [0.0, -1.0, 1.1, float("nan")])
def test_a_decay_that_cannot_be_is_refused(decay):
    with pytest.raises(UsageError, match="over 0 and up to 1"):
        graded(network(), decay)
    with pytest.raises(UsageError, match="over 0 and up to 1"):
        Settings("mnist-mlp", epochs=1, batch_size=1, layer_decay=decay)


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_with_everything_frozen_there_is_nothing_to_learn(decay):
    model = network()
    nn.freeze(model)
    with pytest.raises(UsageError, match="nothing is left to learn"):
        graded(model, decay)


def images(rng, count=32):
    labels = rng.integers(0, 3, count)
    return Split(rng.integers(0, 255, (count, 1, 6, 6)).astype("uint8"), labels)


@pytest.mark.parametrize(
    ("optimizer", "l2"), [("sgd", 0.0), ("sgd", 0.01), ("adam", 0.0), ("muon", 0.0)]
)
def test_each_stage_moves_by_its_share_of_the_first_step(optimizer, l2):
    """After one step of a rule that is linear in the rate, moves are in the ratio of the rates."""

    def moves(layer_decay):
        model = network()
        before = model.state_dict()
        settings = Settings(
            "mnist-mlp", 1, 32, optimizer=optimizer, lr=1e-3, l2=l2, layer_decay=layer_decay
        )
        examples = images(np.random.default_rng(2))
        preprocessing = settings.make_preprocessing(examples.images)
        trainer = settings.make_trainer(model, preprocessing, seed=0)
        trainer.fit(examples, epochs=1, batch_size=32)
        return {name: model.state_dict()[name] - before[name] for name in before}

    same, falling = moves(1.0), moves(0.5)
    shares = {"head.weight": 1.0, "hidden.body.0.weight": 0.5, "features.3.weight": 0.25}
    for name, share in {**shares, "features.1.bias": 0.125}.items():
        assert np.abs(same[name]).max() > 1e-6
        assert_allclose(falling[name], share * same[name], rtol=2e-3, atol=1e-7)
