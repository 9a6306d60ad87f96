"""Test-time augmentation: the answer is the mean of what the model says to each view."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, ops
from chainrule.data import Preprocessing, Split
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor, no_grad
from chainrule.training import Evaluator
from chainrule.training.test_time import TEST_TIMES, moved, views_named


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (7, 3, 6, 5), dtype=np.uint8)


@pytest.fixture
def model():
    with nn.init.seeded(4):
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 5)).eval()


def scores(model, preprocessing, images):
    with no_grad():
        return model(Tensor(preprocessing(images))).numpy()


def moved_views(images):
    """The views of "shift" by hand, with their shares."""
    around = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect")
    yield 1 / 2, images
    yield 1 / 4, around[:, :, :6, :5]  # what was up and left has come into sight
    yield 1 / 4, around[:, :, 2:, 2:]


def test_plain_is_the_model_itself(model, images):
    preprocessing = Preprocessing.fit(images)
    expected = ops.softmax(scores(model, preprocessing, images)).numpy()
    assert_array_equal(Evaluator(model, preprocessing).probabilities(images), expected)


def test_mirror_is_the_mean_over_the_image_and_its_mirror_image(model, images):
    preprocessing = Preprocessing.fit(images)
    mean = sum(scores(model, preprocessing, seen) for seen in (images, images[..., ::-1])) / 2
    answer = Evaluator(model, preprocessing, test_time="mirror").probabilities(images)
    assert_allclose(answer, ops.softmax(mean).numpy(), rtol=1e-5)


def test_shift_is_the_mean_over_three_views(model, images):
    preprocessing = Preprocessing.fit(images)
    mean = sum(share * scores(model, preprocessing, view) for share, view in moved_views(images))
    answer = Evaluator(model, preprocessing, test_time="shift").probabilities(images)
    assert_allclose(answer, ops.softmax(mean).numpy(), rtol=1e-5)


def test_mirror_shift_is_the_mean_over_six_views(model, images):
    preprocessing = Preprocessing.fit(images)
    mean = sum(
        share / 2 * scores(model, preprocessing, seen)
        for share, view in moved_views(images)
        for seen in (view, view[..., ::-1])
    )
    answer = Evaluator(model, preprocessing, test_time="mirror-shift").probabilities(images)
    assert_allclose(answer, ops.softmax(mean).numpy(), rtol=1e-5)


def test_images_in_files_are_decoded_once_for_all_views(model, images):
    taken = []

    class FromFiles:
        shape = images.shape

        def __len__(self):
            return len(images)

        def __getitem__(self, some):
            taken.append(some)
            return images[some]

    Evaluator(model, Preprocessing.fit(images), test_time="mirror-shift").probabilities(FromFiles())
    assert len(taken) == 1


def test_the_loss_is_that_of_the_mean_scores(model, images):
    labels = np.arange(7) % 5
    evaluator = Evaluator(model, Preprocessing.fit(images), test_time="mirror")
    measured = evaluator.evaluate(Split(images, labels))
    surprise = -np.log(measured.probabilities[np.arange(7), labels])
    assert measured.loss == pytest.approx(surprise.mean(), rel=1e-5)


@pytest.mark.parametrize("name", TEST_TIMES)
def test_the_shares_of_the_views_add_up_to_the_whole(name):
    assert sum(views_named(name).values()) == 1


@pytest.mark.parametrize("name", TEST_TIMES)
def test_views_change_neither_shape_nor_kind_nor_the_images(name, images):
    before = images.copy()
    for view in views_named(name):
        assert (view(images).shape, view(images).dtype) == (images.shape, images.dtype)
    assert_array_equal(images, before)


def test_moving_by_a_pixel_mirrors_the_edge():
    image = np.arange(9, dtype=np.uint8).reshape(1, 1, 3, 3)
    assert_array_equal(moved(1, 0)(image)[0, 0], [[3, 4, 5], [0, 1, 2], [3, 4, 5]])
    assert_array_equal(moved(0, -1)(image)[0, 0], [[1, 2, 1], [4, 5, 4], [7, 8, 7]])


def test_an_image_of_one_pixel_cannot_be_moved():
    with pytest.raises(ShapeError, match="images of 4x1 cannot be moved by a pixel"):
        moved(1, 1)(np.zeros((1, 3, 1, 4), dtype=np.uint8))


def test_an_unknown_name_is_refused(model, images):
    with pytest.raises(
        UsageError, match="'mirrow' is not one of plain, shift, mirror, mirror-shift"
    ):
        Evaluator(model, Preprocessing.fit(images), test_time="mirrow")
