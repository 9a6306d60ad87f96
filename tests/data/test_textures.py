import numpy as np
import pytest

from chainrule import data
from chainrule.data import textures


@pytest.fixture(scope="module")
def dataset():
    return data.load("textures")


@pytest.fixture(scope="module")
def by_class(dataset):
    """The training patches (N, 32, 32) of each class, in floats."""
    images, labels = dataset.train.images[:, 0] / 255, dataset.train.labels
    return {name: images[labels == k] for k, name in enumerate(dataset.classes)}


def test_textures_are_patches_of_three_classes_and_always_there(dataset):
    assert dataset.classes == ("live", "blurred", "blotched")
    assert dataset.image_shape == (1, 32, 32)
    assert dataset.train.images.dtype == np.uint8
    assert np.bincount(dataset.train.labels).tolist() == [2000] * 3
    assert np.bincount(dataset.test.labels).tolist() == [500] * 3
    assert np.bincount(dataset.train.labels[-600:]).tolist() == [200] * 3
    assert data.check("textures") == []
    assert {line.name: line for line in data.available()}["textures"].present


def test_textures_are_always_the_same(dataset):
    assert dataset.digest() == data.load("textures").digest()


def test_no_patch_comes_twice(dataset):
    every = [image.tobytes() for part in dataset.parts().values() for image in part.images]
    assert len(set(every)) == 7500


def test_brightness_alone_tells_no_class(by_class):
    means = [images.mean() for images in by_class.values()]
    deviations = [images.std(axis=(1, 2)).mean() for images in by_class.values()]
    assert max(means) - min(means) < 0.03
    assert max(deviations) < 1.5 * min(deviations)


def test_without_noise_blurred_ridges_have_the_least_detail(monkeypatch, rng):
    monkeypatch.setattr(textures, "NOISE", (0, 0))
    detail = {}
    for name in textures.CLASSES:
        images = textures.make_class(name, 200, rng)[:, 0] / 255
        steps = np.diff(images, 2, axis=1).std(axis=(1, 2))
        detail[name] = (steps / images.std(axis=(1, 2))).mean()
    assert detail["blurred"] < 0.85 * min(detail["live"], detail["blotched"])


def test_ridges_of_blotched_patches_are_uneven_in_strength(by_class):
    """The weakest 8x8 corner of a patch beside its strongest."""
    unevenness = {}
    for name, images in by_class.items():
        tiles = images.reshape(-1, 4, 8, 4, 8).transpose(0, 1, 3, 2, 4).reshape(-1, 16, 64)
        strength = tiles.std(axis=2)
        unevenness[name] = (strength.min(axis=1) / strength.max(axis=1)).mean()
    assert unevenness["blotched"] < 0.8 * min(unevenness["live"], unevenness["blurred"])


def test_a_forest_tells_most_of_their_spectra_apart_but_not_all(dataset):
    from sklearn.ensemble import RandomForestClassifier

    def spectrum(images):
        waves = np.fft.rfft2(images[:, 0] - images[:, 0].mean(axis=(1, 2), keepdims=True))
        return np.sqrt(np.abs(waves)).reshape(len(images), -1)

    few = dataset.train.subset(slice(1500))
    forest = RandomForestClassifier(30, random_state=0).fit(spectrum(few.images), few.labels)
    assert 0.55 < forest.score(spectrum(dataset.test.images), dataset.test.labels) < 0.9


def test_blurring_smooths_as_often_as_it_is_told():
    dot = np.zeros((3, 9, 9))
    dot[:, 4, 4] = 16
    soft = textures.blurred(dot, np.array([0, 1, 2]))
    np.testing.assert_array_equal(soft[0], dot[0])
    np.testing.assert_array_equal(soft[1, 3:6, 3:6], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    np.testing.assert_allclose(soft.sum(axis=(1, 2)), 16)
    assert soft[2, 4, 4] == 16 * (6 / 16) ** 2


def test_smooth_fields_have_the_deviation_they_promise(rng):
    field = textures.smooth_field(400, rng, shortest=10)
    assert abs(field.mean()) < 0.05
    assert abs(field.std() - 1) < 0.05
