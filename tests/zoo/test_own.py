"""What is chosen for somebody's own images, before anything is tried."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import nn
from chainrule.data import Split
from chainrule.tape import Tensor
from chainrule.zoo import NETWORKS, recipe_for


def split_of(images, shape=(3, 32, 32), labels=None):
    """A Split of so many images, without the memory for them."""
    pixels = np.broadcast_to(np.zeros(1, dtype="uint8"), (images, *shape))
    return Split(pixels, np.zeros(images, dtype="int64") if labels is None else labels)


@pytest.mark.parametrize("images", [2, 3, 5, 20, 150, 1_500, 15_000, 60_000, 1_000_000])
def test_the_numbers_suit_any_amount_of_images(images):
    settings = recipe_for("mine", split_of(images), ("a", "b"))[0].settings
    held_out = settings.validation if settings.validation >= 1 else settings.validation * images
    assert 1 <= round(held_out) <= max(1, images / 5)
    assert held_out <= 5_000
    assert settings.batch_size <= images - round(held_out)
    assert 12 <= settings.epochs <= 100


def test_more_images_get_larger_batches_and_fewer_epochs():
    chosen = [recipe_for("x", split_of(n), "ab")[0].settings for n in (100, 5_000, 50_000)]
    assert [settings.batch_size for settings in chosen] == [16, 64, 128]
    assert [settings.epochs for settings in chosen] == [100, 85, 27]
    assert chosen[0].lr < chosen[1].lr < chosen[2].lr


def test_few_images_get_the_small_network():
    chosen = [recipe_for("x", split_of(n), "ab")[0].settings.network for n in (1_999, 2_000)]
    assert chosen == ["own-cnn", "own-resnet"]


def test_many_images_are_learned_by_muon_but_by_adamw_what_begins_from_a_checkpoint():
    anew, from_one = (
        recipe_for("x", split_of(2_500), "ab", network)[0].settings
        for network in (None, "resnet18")
    )
    assert (anew.optimizer, from_one.optimizer) == ("muon", "adamw")
    assert from_one.others_lr is None
    assert_allclose([anew.lr, anew.others_lr], np.array([0.02, 0.004]) * (64 / 128) ** 0.5)


def test_nothing_is_mirrored_before_a_rehearsal_has_shown_what_mirrors_do():
    assert not recipe_for("x", split_of(100, (3, 24, 24)), "ab")[0].settings.flip


def test_colours_are_changed_where_there_are_some():
    colour = recipe_for("x", split_of(100, (3, 24, 24)), "ab")[0].settings
    grey = recipe_for("x", split_of(100, (1, 24, 24)), "ab")[0].settings
    assert colour.colour > 0
    assert grey.colour == 0
    assert grey.rotation == colour.rotation > 0


def test_the_choice_is_explained_in_numbers():
    recipe, reasons = recipe_for("cats", split_of(1_000, (3, 20, 30)), ("cat", "dog", "cow"))
    assert recipe.name == recipe.data == "cats"
    assert recipe.about == "own images: 1,000 of 3 classes"
    assert reasons[0] == "1,000 training images of 3 classes, 30x20 colour"
    assert "own-cnn" in reasons[1]
    assert reasons[2] == (
        "augmentation: shifts up to 1 pixel, turns up to 10 degrees, zooms up to 10 %, "
        "colours up to 30 %"
    )


def test_answers_are_means_over_views_but_of_an_image_of_one_pixel():
    recipe, reasons = recipe_for("x", split_of(100, (1, 8, 8)), "ab")
    assert recipe.settings.test_time == "shift"
    assert "an answer is the mean over views of an image, two of them moved by a pixel" in reasons
    recipe, reasons = recipe_for("x", split_of(100, (1, 1, 8)), "ab")
    assert recipe.settings.test_time == "plain"
    assert not any("views" in reason for reason in reasons)


@pytest.mark.parametrize(("common", "balance"), [(29, 0.0), (30, 0.5), (1_000, 0.5)])
def test_uneven_classes_are_balanced_half_way_and_it_is_said(common, balance):
    labels = np.repeat([0, 1, 2], [common, 10, 20])
    recipe, reasons = recipe_for("x", split_of(len(labels), labels=labels), ("much", "rare", "so"))
    assert recipe.settings.class_balance == balance
    said = [reason for reason in reasons if "uneven" in reason]
    if balance:
        times = (common / 10) ** 0.5
        assert said == [
            f"the classes are uneven, from 10 of rare to {common:,} of much: an image of a rare "
            f"class counts more, up to {times:.1f} times as much"
        ]
    else:
        assert said == []


def test_a_class_without_training_images_does_not_make_the_others_uneven():
    labels = np.repeat([0, 2], [20, 20])
    recipe, _ = recipe_for("x", split_of(40, labels=labels), ("a", "none", "b"))
    assert recipe.settings.class_balance == 0


@pytest.mark.parametrize("network", ["own-cnn", "own-resnet"])
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (3, 3), (7, 7), (8, 8), (12, 100)])
def test_no_image_is_too_small(size, network):
    settings = recipe_for("x", split_of(100, (1, *size)), "ab")[0].settings
    images = np.zeros((2, 1, *size), dtype="uint8")
    assert settings.make_augmentation()(images, seed=0, epoch=1, batch=0).shape == images.shape
    assert nn.summary(NETWORKS[network]((1, *size), 2), (1, *size))[-1].output_shape == (2,)


@pytest.mark.parametrize(
    ("side", "left"), [(4, 4), (8, 4), (28, 7), (32, 4), (64, 8), (96, 6), (224, 7)]
)
def test_images_of_any_size_come_down_to_a_few_pixels_before_the_linear_layer(side, left):
    shape = (3, side, side)
    rows = nn.summary(NETWORKS["own-cnn"](shape, 5), shape)
    before = next(n for n, row in enumerate(rows) if row.kind == "Flatten") - 1
    assert rows[before].output_shape == (128, left, left)
    assert sum(row.parameters for row in rows) < 3_000_000


@pytest.mark.parametrize(
    ("side", "stages", "left"),
    [(8, [64, 192], 2), (28, [32, 64, 192], 3), (32, [32, 64, 192], 4), (64, [16, 32, 64, 192], 4)],
)
def test_the_residual_network_halves_images_stage_by_stage(side, stages, left):
    shape = (3, side, side)
    rows = nn.summary(NETWORKS["own-resnet"](shape, 5), shape)
    halved = [row.output_shape for row in rows if row.kind == "MaxPool2d"]
    assert [filters for filters, *_ in halved] == stages
    assert halved[-1] == (stages[-1], left, left)
    assert sum(row.parameters for row in rows) < 1_000_000


def test_the_residual_network_costs_about_the_same_for_any_size_a_folder_is_brought_to():
    costs = [multiplications("own-resnet", (3, side, side)) for side in (16, 28, 32, 48, 64)]
    assert max(costs) < 2 * min(costs)
    assert max(costs) < 35e6


def multiplications(network, shape):
    """Of the convolutions, for one image."""
    model = NETWORKS[network](shape, 10)
    modules = dict(model.named_modules())
    pixels = {row.name: np.prod(row.output_shape[1:]) for row in nn.summary(model, shape)}
    convolutions = (name for name in pixels if isinstance(modules[name], nn.Conv2d))
    return sum(modules[name].weight.data.size * pixels[name] for name in convolutions)


def test_the_residual_network_sees_the_whole_image():
    _, *layers = NETWORKS["own-resnet"]((1, 32, 32), 3).eval()
    seeing = nn.Sequential(*layers)  # its first layer mixes all pixels anyway
    blank = np.zeros((1, 1, 32, 32), dtype="float32")
    dots = np.repeat(blank, 4, axis=0)
    for image, corner in zip(dots, [(0, 0), (0, 31), (31, 0), (31, 31)], strict=True):
        image[0, *corner] = 50
    assert (seeing(Tensor(dots)).numpy() != seeing(Tensor(blank)).numpy()).any(axis=1).all()


def test_to_the_residual_network_an_image_looks_the_same_in_the_dark(rng):
    model = NETWORKS["own-resnet"]((3, 16, 16), 4).eval()
    image = rng.standard_normal((1, 3, 16, 16)).astype("float32")
    assert_allclose(
        model(Tensor(image)).numpy(), model(Tensor(image / 4 - 2)).numpy(), rtol=0.01, atol=0.01
    )
