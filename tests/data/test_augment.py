import numpy as np
import pytest

from chainrule import data
from chainrule.errors import ShapeError, UsageError

HERE = {"seed": 0, "epoch": 0, "batch": 0}


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (64, 3, 9, 7), dtype=np.uint8)


def possible_shifts(image, reach):
    """Every shift of one image (C, H, W) as bytes, by (down, right)."""
    _, height, width = image.shape
    padded = np.pad(image, ((0, 0), (reach, reach), (reach, reach)), mode="reflect")
    return {
        padded[:, down : down + height, right : right + width].tobytes(): (down, right)
        for down in range(2 * reach + 1)
        for right in range(2 * reach + 1)
    }


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


def test_the_changes_depend_on_seed_epoch_and_batch_alone(images):
    augmentation = data.Augmentation(shift=2, flip=True)
    once = augmentation(images, **HERE)
    np.testing.assert_array_equal(augmentation(images, **HERE), once)
    for other in ("seed", "epoch", "batch"):
        assert (augmentation(images, **{**HERE, other: 1}) != once).any()


def test_the_images_given_stay_as_they_are(images):
    before = images.copy()
    data.Augmentation(shift=2, flip=True)(images, **HERE)
    np.testing.assert_array_equal(images, before)


def test_nothing_to_do_gives_the_same_images(images):
    assert data.Augmentation()(images, **HERE) is images


def test_shifts_that_cannot_be_are_refused(images):
    with pytest.raises(UsageError, match="shift is -1"):
        data.Augmentation(shift=-1)
    with pytest.raises(ShapeError, match="images of 7x9 cannot be shifted by 7 pixels"):
        data.Augmentation(shift=7)(images, **HERE)
