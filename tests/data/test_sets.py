from dataclasses import replace

import numpy as np
import pytest

from chainrule import data
from chainrule.errors import DataError, ShapeError


@pytest.fixture
def whole(rng):
    images = rng.integers(0, 256, (6, 1, 4, 4), dtype=np.uint8)
    names = tuple(f"{number}.png" for number in range(6))
    return data.Split(images, np.array([0, 1, 0, 1, 0, 1]), names)


@pytest.fixture
def dataset(whole):
    return data.Dataset("mine", whole, whole.subset(slice(2)), ("cat", "dog"))


def test_a_subset_keeps_images_labels_and_names_together(whole):
    part = whole.subset(np.array([4, 1]))
    np.testing.assert_array_equal(part.images, whole.images[[4, 1]])
    assert part.labels.tolist() == [0, 1]
    assert part.names == ("4.png", "1.png")


def test_a_subset_by_slice_shares_memory(whole):
    assert np.shares_memory(whole.subset(slice(2, 4)).images, whole.images)


def test_parts_without_a_validation_part_are_train_and_test(dataset):
    assert list(dataset.parts()) == ["train", "test"]
    assert dataset.image_shape == (1, 4, 4)


def test_a_label_without_a_class_is_refused(whole):
    with pytest.raises(DataError, match="train has label 1, but 1 classes end at label 0"):
        data.Dataset("mine", whole, whole, ("cat",))


def test_parts_of_different_image_sizes_are_refused(whole):
    test = data.Split(np.zeros((1, 1, 5, 4), np.uint8), np.zeros(1, np.int64))
    with pytest.raises(ShapeError, match=r"test images are \(1, 5, 4\), but train images are"):
        data.Dataset("mine", whole, test, ("cat", "dog"))


def test_the_digest_is_the_same_for_the_same_data(dataset):
    copy = data.Split(dataset.train.images.copy(), dataset.train.labels.copy())
    assert replace(dataset, train=copy, name="other", source="elsewhere").digest() == (
        dataset.digest()
    )


def _changed(split, *, pixel=0, label=0):
    images, labels = split.images.copy(), split.labels.copy()
    images[0, 0, 0, 0] ^= pixel
    labels[0] ^= label
    return data.Split(images, labels)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: replace(d, train=_changed(d.train, pixel=1)),
        lambda d: replace(d, train=_changed(d.train, label=1)),
        lambda d: replace(d, test=_changed(d.test, pixel=1)),
        lambda d: replace(d, classes=("cat", "wolf")),
        lambda d: replace(d, validation=d.test),
    ],
    ids=["a pixel", "a label", "a test pixel", "a class name", "a validation part"],
)
def test_the_digest_changes_with(dataset, change):
    assert change(dataset).digest() != dataset.digest()
