from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from chainrule import data
from chainrule.backends import backend_named
from chainrule.data.augment.moving import resampled
from chainrule.errors import ShapeError, UsageError

HERE = {"seed": 0, "epoch": 0, "batch": 0}
KINDS = {
    "shift": {"shift": 2},
    "flip": {"flip": True},
    "alternating": {"flip": "alternating"},
    "rotation": {"rotation": 15},
    "zoom": {"zoom": 0.2},
    "turned and shifted": {"rotation": 15, "zoom": 0.1, "shift": 2},
    "colour": {"colour": 0.4},
    "cutout": {"cutout": 3},
    "all": {"rotation": 15, "shift": 2, "flip": True, "colour": 0.4, "cutout": 3},
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (64, 3, 9, 7), dtype=np.uint8)


@pytest.fixture
def ramp():
    """A grey image that grows by 10 from row to row and by 1 from column to column."""
    down, right = np.meshgrid(np.arange(9), np.arange(9), indexing="ij")
    return (10 * down + right).astype(np.float32)[np.newaxis, np.newaxis]


def possible_shifts(image, reach):
    """Every shift of one image (C, H, W) as bytes, by (down, right)."""
    _, height, width = image.shape
    padded = np.pad(image, ((0, 0), (reach, reach), (reach, reach)), mode="reflect")
    return {
        padded[:, down : down + height, right : right + width].tobytes(): (down, right)
        for down in range(2 * reach + 1)
        for right in range(2 * reach + 1)
    }


def turn(images, degrees=0.0, scale=1.0, step=(0.0, 0.0)):
    angle = np.deg2rad(degrees)
    matrix = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    count = len(images)
    return resampled(images, np.stack([matrix] * count), np.array([step] * count))


def test_every_image_is_a_shift_of_itself_and_all_shifts_occur(images):
    seen = set()
    for batch in range(4):
        changed = data.Augmentation(shift=1)(images, seed=0, epoch=0, batch=batch)
        assert changed.dtype == np.uint8
        for before, after in zip(images, changed, strict=True):
            seen.add(possible_shifts(before, 1)[after.tobytes()])
    assert len(seen) == 9


def test_about_half_of_the_images_are_mirrored_left_to_right(images):
    changed = data.Augmentation(flip=True)(images, **HERE)
    mirrored = (changed == images[..., ::-1]).all(axis=(1, 2, 3))
    unchanged = (changed == images).all(axis=(1, 2, 3))
    assert (mirrored ^ unchanged).all()
    assert 16 < mirrored.sum() < 48


def test_an_alternating_flip_mirrors_each_image_every_other_epoch_wherever_it_comes(images, rng):
    augmentation = data.Augmentation(flip="alternating")
    sides = []
    for epoch in range(4):
        places = rng.permutation(64)
        changed = augmentation(images[places], seed=3, epoch=epoch, batch=epoch, places=places)
        mirrored = (changed == images[places][..., ::-1]).all(axis=(1, 2, 3))
        sides.append(mirrored[np.argsort(places)])
    assert 16 < sides[0].sum() < 48
    for before, after in pairwise(sides):
        np.testing.assert_array_equal(after, ~before)


def test_the_side_an_alternating_flip_begins_with_depends_on_the_seed(images):
    first, other = (
        data.Augmentation(flip="alternating")(images, **{**HERE, "seed": seed}) for seed in (0, 1)
    )
    assert 16 < (first != other).any(axis=(1, 2, 3)).sum() < 48


def test_what_follows_a_flip_is_the_same_whether_it_alternates_or_not(images):
    """Mirrored columns keep their mean, which the colours go by: only the sides may differ."""
    one, other = (
        data.Augmentation(flip=flip, colour=0.3)(images, **HERE) for flip in (True, "alternating")
    )
    same = (one == other).all(axis=(1, 2, 3)) | (one == other[..., ::-1]).all(axis=(1, 2, 3))
    assert same.all()


def test_a_quarter_turn_is_exact(images):
    square = images[:, :, :7]
    for degrees, quarters in ((90, 1), (-90, -1), (180, 2)):
        np.testing.assert_array_equal(turn(square, degrees), np.rot90(square, quarters, (2, 3)))


def test_nothing_turned_zoomed_or_shifted_is_the_image_itself(images):
    np.testing.assert_array_equal(turn(images), images)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_whole_steps_are_shifts_with_the_image_mirrored_at_its_edge(images, dtype):
    images = images.astype(dtype)
    moved = turn(images, step=(2, -1))
    padded = np.pad(images, ((0, 0), (0, 0), (2, 2), (1, 1)), mode="reflect")
    np.testing.assert_array_equal(moved, padded[:, :, 4:, :7])
    assert moved.dtype == dtype


def test_between_pixels_values_are_blended_in_proportion(ramp):
    moved = turn(ramp, step=(0.25, 0.5))
    np.testing.assert_allclose(moved[..., :8, :8], ramp[..., :8, :8] + 2.5 + 0.5, rtol=1e-6)


def test_a_zoom_enlarges_about_the_middle(ramp):
    half = turn(ramp, scale=0.5)
    np.testing.assert_allclose(half, ramp[..., 4:5, 4:5] + (ramp - ramp[..., 4:5, 4:5]) / 2)


def test_a_turn_against_pil(rng):

    noise = Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8))
    image = noise.resize((48, 48), Image.Resampling.BICUBIC)
    ours = turn(np.asarray(image)[np.newaxis, np.newaxis], degrees=20)[0, 0]
    theirs = np.asarray(image.rotate(20, Image.Resampling.BILINEAR))
    np.testing.assert_allclose(ours[12:36, 12:36], theirs[12:36, 12:36].astype(int), atol=1)


def test_far_outside_the_image_is_mirrored_over_and_over(images):
    np.testing.assert_array_equal(turn(images, step=(16, 12)), images)


def test_blocks_make_no_difference(monkeypatch, images):
    augmentation = data.Augmentation(rotation=30, zoom=0.3, shift=2)
    whole = augmentation(images, **HERE)
    monkeypatch.setattr("chainrule.data.augment.blocks.BLOCK", 9 * 7 * 5)
    np.testing.assert_array_equal(augmentation(images, **HERE), whole)


def test_rotation_and_zoom_stay_within_their_strengths():
    """A dot's distance from the middle shows the zoom, its direction the turn."""
    dots = np.zeros((200, 1, 41, 41), np.float32)
    dots[:, :, 19:22, 32:35] = 1  # 13 pixels to the right of the middle
    turned = data.Augmentation(rotation=20, zoom=0.25)(dots, **HERE)[:, 0]
    along = np.arange(41) - 20
    total = turned.sum(axis=(1, 2))
    down = (turned.sum(axis=2) * along).sum(axis=1) / total
    right = (turned.sum(axis=1) * along).sum(axis=1) / total
    angles, factors = np.rad2deg(np.arctan2(down, right)), np.hypot(down, right) / 13
    assert 18 < angles.max() < 20.5
    assert -20.5 < angles.min() < -18
    assert 1.2 < factors.max() < 1.26
    assert 0.74 < factors.min() < 0.82


def test_a_grey_image_changes_by_one_line_of_brightness_and_contrast(rng):
    grey = rng.integers(96, 160, (8, 1, 16, 16), dtype=np.uint8)
    changed = data.Augmentation(colour=0.2)(grey, **HERE)
    for before, after in zip(grey, changed, strict=True):
        slope, start = np.polyfit(before.ravel(), after.ravel(), 1)
        np.testing.assert_allclose(after, np.rint(slope * before + start), atol=1)
        brightness = (slope * before.mean() + start) / before.mean()
        assert 0.8 <= brightness <= 1.2
        assert 0.8 <= slope / brightness <= 1.2


def test_grey_pixels_in_colour_images_stay_grey(rng):
    grey = np.repeat(rng.integers(90, 150, (8, 1, 6, 6), dtype=np.uint8), 3, axis=1)
    changed = data.Augmentation(colour=0.5)(grey, **HERE).astype(int)
    np.testing.assert_allclose(changed, changed[:, :1].repeat(3, axis=1), atol=1)


def test_saturation_pulls_colours_apart_or_together(rng):
    """By how much more or less than brightness and contrast alone, which keep the hue's share."""
    grey = rng.random((64, 1, 6, 6), dtype=np.float32) * 0.1 + 0.4
    colour = grey + np.array([-0.02, 0, 0.02], np.float32).reshape(1, 3, 1, 1)
    changed = data.Augmentation(colour=0.5)(colour, **HERE)
    apart = np.ptp(changed, axis=1).mean(axis=(1, 2)) / 0.04
    stretched = np.ptp(changed.mean(axis=1), axis=(1, 2)) / np.ptp(grey[:, 0], axis=(1, 2))
    saturation = apart / stretched
    assert 0.5 <= saturation.min() < 0.55
    assert 1.45 < saturation.max() <= 1.5


def test_too_bright_is_white_and_does_not_wrap_around():
    bright = np.full((50, 3, 4, 4), 250, np.uint8)
    changed = data.Augmentation(colour=0.5)(bright, **HERE)
    assert changed.max() == 255
    assert changed.min() > 120


def test_cutout_paints_one_square_with_the_mean_and_nothing_else(rng):
    images = rng.integers(0, 256, (50, 3, 12, 12), dtype=np.uint8)
    changed = data.Augmentation(cutout=4)(images, **HERE)
    areas = []
    for before, after in zip(images, changed, strict=True):
        mean = np.rint(before.mean(axis=(1, 2)))
        rows, columns = np.nonzero((after != before).any(axis=0))
        square = after[:, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert (square == mean.reshape(3, 1, 1)).all()
        areas.append(square[0].size)
    assert max(areas) == 16
    assert min(areas) < 16  # near an edge, part of the square is outside


def test_mixup_blends_images_and_classes_by_one_share():
    levels = np.arange(0, 200, 2, dtype=np.uint8)
    images = np.ones((100, 1, 3, 3), np.uint8) * levels.reshape(-1, 1, 1, 1)
    x, shares = data.Augmentation(mixup=1.0).mix(images, np.arange(100), 100, **HERE)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert (np.count_nonzero(shares, axis=1) <= 2).all()
    np.testing.assert_allclose(x[:, 0, 0, 0], shares @ levels, atol=0.51)
    first = shares[np.arange(100), np.arange(100)]
    assert first.min() < 0.1 < 0.9 < first.max()
    assert abs(first.mean() - 0.5) < 0.15


def test_without_mixup_images_and_labels_are_as_they_came(images):
    labels = np.zeros(64, np.int64)
    x, y = data.Augmentation(shift=2).mix(images, labels, 2, **HERE)
    assert x is images
    assert y is labels


@each_kind
def test_the_changes_depend_on_seed_epoch_and_batch_alone(images, kind):
    augmentation = data.Augmentation(**kind)
    once = augmentation(images, **HERE)
    np.random.seed(5)  # noqa: NPY002 - the global generator must not matter
    np.testing.assert_array_equal(augmentation(images, **HERE), once)
    for other in ("seed", "epoch", "batch"):
        same_sides = kind == KINDS["alternating"] and other == "batch"
        assert (augmentation(images, **{**HERE, other: 1}) != once).any() != same_sides


def test_mixing_depends_on_seed_epoch_and_batch_alone(images):
    augmentation, labels = data.Augmentation(mixup=0.5), np.arange(64) % 3
    once = augmentation.mix(images, labels, 3, **HERE)
    again = augmentation.mix(images, labels, 3, **HERE)
    np.testing.assert_array_equal(again[0], once[0])
    np.testing.assert_array_equal(again[1], once[1])
    for other in ("seed", "epoch", "batch"):
        assert (augmentation.mix(images, labels, 3, **{**HERE, other: 1})[0] != once[0]).any()


@each_kind
def test_the_images_given_stay_as_they_are(images, kind):
    before = images.copy()
    data.Augmentation(**kind)(images, **HERE)
    data.Augmentation(mixup=0.5).mix(images, np.zeros(64, np.int64), 2, **HERE)
    np.testing.assert_array_equal(images, before)


@each_kind
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_torch_changes_images_as_numpy_does(images, kind, dtype):
    """By the same random numbers; a value between two pixels may be rounded to either."""
    torch = backend_named("torch")
    images = (images if dtype == "uint8" else images / 255).astype(dtype)
    here = data.Augmentation(**kind)(images, **HERE)
    there = torch.to_numpy(
        data.Augmentation(**kind)(torch.asarray(images.copy()), **HERE, backend=torch)
    )
    assert there.dtype == here.dtype
    level, apart = (1, 1e-3) if dtype == "uint8" else (1e-5, 0)
    differences = np.abs(there.astype("float32") - here)
    assert differences.max() <= level
    assert (differences > 1e-5).mean() <= apart


def test_torch_mixes_images_as_numpy_does(images):
    torch = backend_named("torch")
    mixing, labels = data.Augmentation(mixup=0.5), np.arange(64) % 3
    here, shares = mixing.mix(images, labels, 3, **HERE)
    there, same = mixing.mix(torch.asarray(images.copy()), labels, 3, **HERE, backend=torch)
    np.testing.assert_allclose(torch.to_numpy(there).astype(int), here.astype(int), atol=1)
    np.testing.assert_array_equal(same, shares)


@each_kind
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_and_the_same_as_floats_change_alike(rng, kind, channels):
    images = rng.integers(0, 256, (16, channels, 9, 7), dtype=np.uint8)
    floats = images.astype(np.float32) / 255
    changed = data.Augmentation(**kind)(floats, **HERE)
    assert changed.dtype == np.float32
    np.testing.assert_allclose(
        changed * 255, data.Augmentation(**kind)(images, **HERE).astype(int), atol=2
    )


def test_nothing_to_do_gives_the_same_images(images):
    assert data.Augmentation()(images, **HERE) is images


@pytest.mark.parametrize("move", [{}, {"rotation": 5}])
def test_shifts_as_large_as_the_image_are_refused(images, move):
    with pytest.raises(ShapeError, match="images of 7x9 cannot be shifted by 7 pixels"):
        data.Augmentation(shift=7, **move)(images, **HERE)


@pytest.mark.parametrize(
    ("strength", "sentence"),
    [
        ({"shift": -1}, "shift is -1, but a whole number of pixels, 0 or more, is needed"),
        ({"shift": 1.5}, "shift is 1.5, but a whole number"),
        ({"cutout": -2}, "cutout is -2"),
        ({"shift": float("inf")}, "shift is inf, but a whole number of pixels"),
        ({"rotation": 181}, "rotation is 181, but a number up to 180, 0 or more, is needed"),
        ({"zoom": 1.0}, "zoom is 1.0, but a number up to 0.9"),
        ({"colour": float("nan")}, "colour is nan, but a number up to 1"),
        ({"mixup": -0.1}, "mixup is -0.1, but a number, 0 or more, is needed"),
        ({"flip": "sometimes"}, "flip is 'sometimes', but True, False or \"alternating\""),
    ],
)
def test_strengths_that_cannot_be_are_refused(strength, sentence):
    with pytest.raises(UsageError, match=sentence):
        data.Augmentation(**strength)
