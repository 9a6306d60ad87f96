"""What is chosen for somebody's own images."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.data import Split
from chainrule.zoo import NETWORKS, recipe_for


def split_of(images, shape=(3, 32, 32)):
    """A Split of so many images, without the memory for them."""
    pixels = np.broadcast_to(np.zeros(1, dtype="uint8"), (images, *shape))
    return Split(pixels, np.zeros(images, dtype="int64"))


@pytest.mark.parametrize("images", [2, 3, 5, 20, 150, 1_500, 15_000, 60_000, 1_000_000])
def test_the_numbers_suit_any_amount_of_images(images):
    settings = recipe_for("mine", split_of(images), ("a", "b"))[0].settings
    held_out = round(images * settings.validation)
    assert 1 <= held_out <= max(1, images / 5)
    assert settings.batch_size <= images - held_out
    assert 5 <= settings.epochs <= 60
    steps = settings.epochs * images / settings.batch_size
    if 1_000 < images < 100_000:
        assert 2_000 < steps < 6_000


def test_more_images_get_larger_batches_and_fewer_epochs():
    chosen = [recipe_for("x", split_of(n), "ab")[0].settings for n in (100, 5_000, 50_000)]
    assert [settings.batch_size for settings in chosen] == [16, 64, 128]
    assert [settings.epochs for settings in chosen] == [60, 51, 10]


def test_colour_images_are_mirrored_and_grey_ones_are_not():
    colour, said = recipe_for("x", split_of(100, (3, 24, 24)), "ab")
    grey, said_of_grey = recipe_for("x", split_of(100, (1, 24, 24)), "ab")
    assert colour.settings.flip
    assert not grey.settings.flip
    assert said[-1] == "augmentation: shifts up to 2 pixels, and mirror images"
    assert said_of_grey[-1].endswith("no mirror images, for letters have none")


def test_the_choice_is_explained_in_numbers():
    recipe, reasons = recipe_for("cats", split_of(1_000, (3, 20, 30)), ("cat", "dog", "cow"))
    assert recipe.name == recipe.data == "cats"
    assert recipe.about == "own images: 1,000 of 3 classes"
    assert reasons[0] == "1,000 training images of 3 classes, 30x20 colour"
    assert "60 epochs of batches of 16 " in reasons[1]
    assert reasons[1].endswith("about 3,750 steps")


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (7, 7), (8, 8), (12, 100)])
def test_no_image_is_too_small(size):
    settings = recipe_for("x", split_of(100, (1, *size)), "ab")[0].settings
    images = np.zeros((2, 1, *size), dtype="uint8")
    assert settings.make_augmentation()(images, seed=0, epoch=1, batch=0).shape == images.shape
    assert nn.summary(NETWORKS["own-cnn"]((1, *size), 2), (1, *size))[-1].output_shape == (2,)


@pytest.mark.parametrize(
    ("side", "left"), [(4, 4), (8, 4), (28, 7), (32, 4), (64, 8), (96, 6), (224, 7)]
)
def test_images_of_any_size_come_down_to_a_few_pixels_before_the_linear_layer(side, left):
    shape = (3, side, side)
    rows = nn.summary(NETWORKS["own-cnn"](shape, 5), shape)
    before = next(n for n, row in enumerate(rows) if row.kind == "Flatten") - 1
    assert rows[before].output_shape == (128, left, left)
    assert sum(row.parameters for row in rows) < 3_000_000
