"""ImageNet's networks and the CIFAR ResNets: published counts, names, sizes, training."""

import re
from pathlib import Path

import numpy as np
import pytest

from chainrule import nn, optim
from chainrule.data import Preprocessing, Split
from chainrule.errors import ShapeError
from chainrule.nn import Heads, count_parameters, init
from chainrule.tape import Tensor, no_grad
from chainrule.training import Trainer
from chainrule.zoo import CIFAR_RESNETS, IMAGENET, IMAGENET_CLASSES, IMAGENET_SHAPE, network_named

PUBLISHED = {
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "vgg11_bn": 132_868_840,
    "vgg13_bn": 133_053_736,
    "vgg16_bn": 138_365_992,
    "vgg19_bn": 143_678_248,
    "googlenet": 13_004_888,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
}
"""As the documentation of PyTorch's vision library gives them; GoogLeNet with its heads."""

SMALLEST = {name: 32 if "vgg" in name else 1 for name in IMAGENET} | {
    "alexnet": 63,
    "googlenet": 15,
}


LARGE = {name for name in IMAGENET if "vgg" in name} - {"vgg11"}
"""Alike in this, and half a gigabyte each."""


def undrawn(network, shape=IMAGENET_SHAPE, classes=IMAGENET_CLASSES):
    with init.undrawn():
        return network_named(network)(shape, classes)


@pytest.mark.parametrize("network", IMAGENET)
def test_a_network_has_the_published_number_of_parameters(network):
    assert count_parameters(undrawn(network)) == PUBLISHED[network]


def test_the_page_about_the_networks_has_their_counts():
    page = (Path(__file__).parents[2] / "docs" / "imagenet.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", page, re.M))
    shapes = {"resnet20": ((3, 32, 32), 10), "resnet56": ((3, 32, 32), 10)}
    usual = IMAGENET_SHAPE, IMAGENET_CLASSES
    counts = {name: count_parameters(undrawn(name, *shapes.get(name, usual))) for name in rows}
    assert rows == {name: f"{count:,}" for name, count in counts.items()}
    assert set(rows) == {*IMAGENET, *CIFAR_RESNETS}


CONFIGURATIONS = {
    "vgg11": "64 M 128 M 256 256 M 512 512 M 512 512 M",
    "vgg13": "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
    "vgg16": "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
    "vgg19": "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
}
"""Simonyan and Zisserman 2014, table 1, columns A, B, D and E."""


@pytest.mark.parametrize("network", CONFIGURATIONS)
def test_a_vggs_convolutions_and_poolings_stand_in_the_papers_order(network):
    for name in (network, f"{network}_bn"):
        words = [
            str(layer.out_channels) if isinstance(layer, nn.Conv2d) else "M"
            for layer in undrawn(name).features
            if isinstance(layer, nn.Conv2d | nn.MaxPool2d)
        ]
        assert " ".join(words) == CONFIGURATIONS[network]


def test_googlenets_heads_are_no_part_of_the_published_6_6_million():
    model = undrawn("googlenet")
    heads = count_parameters(model.aux1) + count_parameters(model.aux2)
    assert count_parameters(model) - heads == 6_624_904
    rows = nn.summary(model, (3, 64, 64))
    assert sum(row.parameters for row in rows) == 6_624_904


@pytest.mark.parametrize(("network", "millions"), [("resnet20", 0.27), ("resnet56", 0.85)])
def test_a_cifar_resnet_has_as_many_million_parameters_as_the_paper_says(network, millions):
    model = undrawn(network, (3, 32, 32), 10)
    assert round(count_parameters(model) / 1e6, 2) == millions
    rows = nn.summary(model, (3, 32, 32))
    layers = [row for row in rows if row.kind in ("Conv2d", "Linear")]
    assert len(layers) == int(network.removeprefix("resnet"))


@pytest.mark.parametrize(
    ("network", "names"),
    {
        "alexnet": ["features.0.weight", "features.10.bias", "classifier.6.weight"],
        "vgg16": ["features.28.bias", "classifier.0.weight", "classifier.6.bias"],
        "vgg19_bn": ["features.1.running_var", "features.50.weight", "classifier.3.bias"],
        "googlenet": [
            "conv1.conv.weight",
            "inception3a.branch2.0.conv.weight",
            "inception5b.branch4.1.bn.running_mean",
            "aux1.conv.conv.weight",
            "aux2.fc2.bias",
            "fc.weight",
        ],
        "resnet18": ["conv1.weight", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight"],
        "resnet50": ["layer1.0.downsample.0.weight", "layer4.2.bn3.num_batches_tracked"],
    }.items(),
)
def test_tensors_have_the_names_that_published_checkpoints_give_them(network, names):
    named = dict(undrawn(network).named_tensors())
    assert set(names) <= set(named)


@pytest.mark.parametrize("network", SMALLEST)
def test_the_smallest_images_pass_and_smaller_ones_are_refused_in_words(network):
    size = SMALLEST[network]
    if network not in LARGE:
        model = undrawn(network, (1, size, size), 3).eval()
        with no_grad():
            assert model(Tensor(np.zeros((2, 1, size, size), "float32"))).shape == (2, 3)
    if size > 1:
        shape = (3, size - 1, 500)
        needed = f"{network}: images of {size - 1}x500 .*, {size}x{size} or more are needed: "
        with pytest.raises(ShapeError, match=needed):
            undrawn(network, shape)


def test_googlenet_gives_one_answer_in_use_and_three_in_training(rng):
    with init.seeded(3):
        model = network_named("googlenet")((3, 32, 32), 4)
    x = Tensor(rng.standard_normal((2, 3, 32, 32)).astype("float32"))
    with no_grad():
        assert model.eval()(x).shape == (2, 4)
        outputs = model.train()(x)
    assert isinstance(outputs, Heads)
    assert outputs.weight == 0.3
    assert [head.shape for head in (outputs.scores, *outputs.auxiliary)] == [(2, 4)] * 3


def quadrants(rng, count):
    """Images of noise, bright in one of four corners: the class."""
    images = rng.integers(0, 60, (count, 3, 16, 16), dtype=np.uint8)
    labels = rng.integers(0, 4, count)
    for image, label in zip(images, labels, strict=True):
        top, left = divmod(int(label), 2)
        image[:, 8 * top : 8 * top + 8, 8 * left : 8 * left + 8] += 150
    return Split(images, labels)


@pytest.mark.parametrize("network", ["googlenet", "resnet20"])
def test_a_trainer_teaches_a_network_what_it_has_not_seen(network, rng):
    train, test = quadrants(rng, 96), quadrants(rng, 64)
    with init.seeded(1):
        model = network_named(network)((3, 16, 16), 4)
    preprocessing = Preprocessing(3, 16, 16, (0.25,) * 3, (0.25,) * 3)
    trainer = Trainer(model, optimizer=optim.Adam(lr=1e-3), preprocessing=preprocessing)
    trainer.fit(train, epochs=4, batch_size=16)
    assert trainer.evaluate(test).accuracy > 0.9


def test_the_way_around_a_halving_block_has_no_parameters():
    model = undrawn("resnet20", (3, 32, 32), 10)
    assert model.layer2[0].downsample is not None
    assert not model.layer2[0].downsample.parameters()
    assert set(CIFAR_RESNETS) == {"resnet20", "resnet56"}


def test_undrawn_parameters_are_zeros_and_the_sequence_of_draws_goes_on_as_before():
    with init.seeded(5):
        expected = [nn.Linear(3, 2).weight.data for _ in range(2)]
    with init.seeded(5):
        first = nn.Linear(3, 2)
        with init.undrawn():
            between = nn.Linear(3, 2)
        second = nn.Linear(3, 2)
    assert not between.weight.data.any()
    np.testing.assert_array_equal([first.weight.data, second.weight.data], expected)
