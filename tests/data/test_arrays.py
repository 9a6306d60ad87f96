import re

import numpy as np
import pytest

from chainrule import data
from chainrule.errors import DataError, ShapeError, UsageError


def test_grey_images_get_a_channel_axis(rng):
    images = rng.integers(0, 256, (5, 8, 9), dtype=np.uint8)
    split = data.from_arrays(images, range(5))
    np.testing.assert_array_equal(split.images, images[:, None])
    assert split.labels.dtype == np.int64
    assert len(split) == 5


def test_channels_last_images_are_turned_to_channels_first(rng):
    images = rng.integers(0, 256, (5, 8, 9, 3), dtype=np.uint8)
    pixels = data.as_images(images)
    np.testing.assert_array_equal(pixels, images.transpose(0, 3, 1, 2))
    assert pixels.flags.c_contiguous


def test_channels_first_images_are_shared_not_copied(rng):
    images = rng.integers(0, 256, (5, 3, 8, 9), dtype=np.uint8)
    assert np.shares_memory(data.as_images(images), images)


def test_whole_numbers_of_any_type_become_bytes():
    images = np.arange(5 * 16, dtype=np.int64).reshape(5, 4, 4)
    pixels = data.as_images(images)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels[:, 0], images)


def test_floats_up_to_one_are_kept_as_float32():
    images = np.linspace(0, 1, 5 * 16).reshape(5, 4, 4)
    pixels = data.as_images(images)
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels[:, 0], images, rtol=1e-6)


def test_floats_up_to_255_are_divided_by_255():
    images = np.linspace(0, 255, 5 * 16).reshape(5, 4, 4)
    np.testing.assert_allclose(data.as_images(images)[:, 0], images / 255, rtol=1e-6)


def test_floats_are_read_by_the_white_they_are_said_to_have():
    faint, bright = np.full((5, 4, 4), 0.5), np.full((5, 4, 4), 1.5)
    np.testing.assert_allclose(data.as_images(faint, 255), 0.5 / 255)
    np.testing.assert_allclose(data.as_images(faint, 1), 0.5)
    with pytest.raises(
        DataError, match=r"up to 1.5, but the model has learned from floats in 0..1"
    ):
        data.as_images(bright, 1)
    np.testing.assert_array_equal(data.as_images(np.full((5, 4, 4), 7), 1), 7)


@pytest.mark.parametrize(
    ("brightest", "dtype", "white"),
    [(1, "float32", 1), (1.01, "float32", 255), (200, "float64", 255), (200, "uint8", None)],
)
def test_the_brightest_float_tells_what_white_is(brightest, dtype, white):
    assert data.white_of(np.array([[[0, brightest]]], dtype)) == white


@pytest.mark.parametrize(
    ("images", "error", "sentence"),
    [
        (np.zeros((4, 64)), ShapeError, "shape is (4, 64), but (N, H, W)"),
        (np.zeros((4, 3, 8, 3)), ShapeError, "could be (N, C, H, W) or (N, H, W, C)"),
        (np.zeros((4, 2, 8, 8)), ShapeError, "has no axis of 1 or 3 channels"),
        (np.zeros((0, 8, 8)), ShapeError, "holds no pixels"),
        ([[[1, 2], [3]]], ShapeError, "do not form one array"),
        (np.zeros((4, 8, 8), complex), UsageError, "dtype is complex128"),
        (np.zeros((4, 8, 8), bool), UsageError, "dtype is bool"),
        (np.full((4, 8, 8), 256), DataError, "values go from 256 to 256, but 0..255"),
        (np.full((4, 8, 8), -0.5), DataError, "values go from -0.5 to -0.5, but 0..1 or 0..255"),
    ],
)
def test_images_that_cannot_work_are_refused_with_a_reason(images, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        data.as_images(images)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_the_image_that_holds_nan_is_named(value, word):
    images = np.zeros((40, 8, 8), np.float32)
    images[17, 3, 3] = value
    with pytest.raises(DataError, match=f"^{word} in the data: image 17 holds {word}$"):
        data.as_images(images)


@pytest.mark.parametrize(
    ("labels", "error", "sentence"),
    [
        ([0, 1, 2], ShapeError, "labels and images of different counts: 4 images, but 3 labels"),
        ([0, 1, -1, 2], DataError, "image 2 has label -1, but labels start at 0"),
        ([0, 1, 2, 9], DataError, "image 3 has label 9, but 3 classes end at label 2"),
        ([0.0, 1.0, 2.0, 0.0], UsageError, "dtype is float64, but whole numbers"),
        (np.eye(4, 3), ShapeError, "looks one-hot"),
        ([[0], [1], [2], [0]], ShapeError, r"shape is (4, 1), but (N,)"),
    ],
)
def test_labels_that_cannot_work_are_refused_with_a_reason(labels, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        data.from_arrays(np.zeros((4, 8, 8), np.uint8), labels, classes=["a", "b", "c"])
