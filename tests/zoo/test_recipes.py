"""Recipes: each can be carried out as it stands, and says everything about itself."""

import json
from dataclasses import replace

import numpy as np
import pytest

from chainrule import nn, optim
from chainrule.data import REGISTRY, Preprocessing
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor, no_grad
from chainrule.zoo import IMAGENET, NETWORKS, RECIPES, Settings, network_named, recipe_named
from chainrule.zoo.recipe import OPTIMIZERS

SMALL = {name: build for name, build in NETWORKS.items() if name not in IMAGENET}

SHAPES = {
    "textures": (1, 32, 32),
    "digits": (1, 8, 8),
    "mnist": (1, 28, 28),
    "fashion-mnist": (1, 28, 28),
}


def shape_of(recipe):
    return SHAPES.get(recipe.data, (3, 32, 32))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_builds_a_network_for_its_data(recipe, rng):
    assert recipe.data in REGISTRY
    shape = shape_of(recipe)
    model = network_named(recipe.settings.network)(shape, 10)
    nn.initialise(model, weights=nn.init.glorot_uniform)  # a linear classifier starts at 0
    images = rng.standard_normal((3, *shape)).astype("float32")
    with no_grad():
        scores = model(Tensor(images)).data
    assert scores.shape == (3, 10)
    assert np.isfinite(scores).all()
    assert np.ptp(scores, axis=0).min() > 0  # each score depends on the image


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_says_what_it_is_and_where_it_comes_from(recipe):
    assert RECIPES[recipe.name] is recipe_named(recipe.name) is recipe
    assert recipe.about
    assert recipe.source
    assert isinstance(recipe.settings.make_optimizer(), optim.Optimizer)
    assert 0 < recipe.settings.make_schedule()(0, 100) <= 1


@pytest.mark.parametrize("network", SMALL.values(), ids=SMALL)
def test_a_network_takes_grey_and_colour_other_sizes_and_any_number_of_classes(network):
    for shape, classes in (((1, 28, 28), 3), ((3, 40, 32), 2)):
        rows = nn.summary(network(shape, classes), shape)
        assert rows[-1].output_shape == (classes,)


def test_images_too_small_for_a_network_are_refused():
    with pytest.raises(ShapeError, match="a 5x5 window spans 5x5 cells, more than the 2x2 cells"):
        network_named("mnist-cnn")((1, 8, 8), 10)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_settings_survive_a_json_file(recipe):
    written = json.dumps(recipe.settings.to_dict())
    assert Settings.from_dict(json.loads(written)) == recipe.settings


@pytest.mark.parametrize(
    ("name", "hint"),
    [("mnist-mpl", "did you mean mnist-mlp?"), ("zzz", "there are digits, mnist-mlp-as-printed,")],
)
def test_an_unknown_recipe_is_answered_with_the_nearest(name, hint):
    with pytest.raises(UsageError, match=f"there is no recipe named '{name}': .*") as refused:
        recipe_named(name)
    assert hint in str(refused.value)


def test_an_unknown_network_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"no network named 'own_cnn': did you mean own-cnn\?"):
        network_named("own_cnn")


PLAIN = Settings(network="mnist-mlp", epochs=3, batch_size=10)

REFUSED = {
    "optimizer 'lion' is not one of sgd, nesterov": {"optimizer": "lion"},
    "schedule 'square' is not one of constant": {"schedule": "square"},
    "scaling 'none' is not one of standardise, unit": {"scaling": "none"},
    "epochs is 0, but a whole number from 1 is needed": {"epochs": 0},
    "batch_size is -1, but": {"batch_size": -1},
    "patience is 0, but": {"patience": 0},
    "Adam: lr is 0, but must be over 0": {"lr": 0},
    "SGD: momentum is 1.5, but must be in": {"optimizer": "sgd", "momentum": 1.5},
    "Adam: weight_decay is -1, but must be 0 or more": {"weight_decay": -1},
    "shift is -2, but a whole number of pixels, 0 or more, is needed": {"shift": -2},
}


@pytest.mark.parametrize(("message", "changes"), REFUSED.items(), ids=REFUSED)
def test_settings_that_cannot_work_are_refused_when_they_are_made(message, changes):
    with pytest.raises(UsageError) as refused:
        replace(PLAIN, **changes)
    assert message in str(refused.value)


def test_settings_of_another_version_are_refused_by_name():
    with pytest.raises(UsageError, match="unknown settings: dropout, wings"):
        Settings.from_dict({**PLAIN.to_dict(), "wings": 2, "dropout": 0.5})
    with pytest.raises(UsageError, match="missing settings: batch_size, epochs"):
        Settings.from_dict({"network": "mnist-mlp"})


def test_nesterov_looks_ahead():
    assert OPTIMIZERS["nesterov"](replace(PLAIN, momentum=0.9)).nesterov


def rules_of(settings, model):
    """Rule by rule of what a model learns: the kind, the learning rate and the weight decay."""
    optimizer = settings.make_optimizer()
    optimizer.attach(settings.groups(model))
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    return {
        names[id(tensor)]: (type(rule), rule.lr, rule.weight_decay)
        for tensor, rule in zip(optimizer.tensors, optimizer.rules, strict=True)
    }


MUON = replace(PLAIN, optimizer="muon", lr=0.5, others_lr=0.25, weight_decay=0.125)


def small():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)
    )


def test_with_muon_weight_decay_is_its_own_alone():
    muon, others = (optim.Muon, 0.5, 0.125), (optim.AdamW, 0.25, 0.01)
    assert rules_of(MUON, small()) == {
        "0.weight": muon,
        "0.bias": others,
        "2.weight": muon,
        "2.bias": others,
        "3.weight": others,
        "3.bias": others,
        "4.weight": others,
        "4.bias": others,
    }


def test_with_muon_layer_decay_slows_the_others_too():
    rates = {name: lr for name, (_, lr, _) in rules_of(MUON, small()).items()}
    slowed = rules_of(replace(MUON, layer_decay=0.5), small())
    factors = {name: lr / rates[name] for name, (_, lr, _) in slowed.items()}
    stages = {"0": 0.25, "2": 0.5, "3": 0.5, "4": 1.0}
    assert factors == {name: stages[name[0]] for name in rates}


def test_scaling_to_the_unit_leaves_pixels_between_0_and_1(rng):
    images = rng.integers(0, 256, (5, 3, 4, 6)).astype("uint8")
    unit = replace(PLAIN, scaling="unit").make_preprocessing(images)
    np.testing.assert_allclose(unit(images), images / 255, rtol=1e-6)
    assert PLAIN.make_preprocessing(images) == Preprocessing.fit(images)


def test_mirroring_and_shifting_are_the_settings():
    augmentation = replace(PLAIN, shift=2, flip=True).make_augmentation()
    assert (augmentation.shift, augmentation.flip) == (2, True)
