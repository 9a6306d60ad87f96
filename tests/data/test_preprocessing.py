import json

import numpy as np
import pytest
from PIL import Image

from chainrule import data
from chainrule.backends import backend_named
from chainrule.errors import ShapeError, UsageError


@pytest.fixture
def images(rng):
    channels = [rng.integers(0, high, (50, 1, 6, 5), dtype=np.uint8) for high in (256, 100, 30)]
    return np.concatenate(channels, axis=1)


def plain(channels=1, height=4, width=4):
    """A Preprocessing that only scales to 0..1."""
    return data.Preprocessing(channels, height, width, (0.0,) * channels, (1.0,) * channels)


def test_fit_finds_mean_and_standard_deviation_of_each_channel(images):
    fitted = data.Preprocessing.fit(images)
    assert (fitted.channels, fitted.height, fitted.width) == (3, 6, 5)
    np.testing.assert_allclose(fitted.mean, (images / 255).mean(axis=(0, 2, 3)), rtol=1e-9)
    np.testing.assert_allclose(fitted.std, (images / 255).std(axis=(0, 2, 3)), rtol=1e-9)


def test_fit_in_blocks_is_the_same_as_in_one_piece(monkeypatch, images):
    whole = data.Preprocessing.fit(images)
    monkeypatch.setattr("chainrule.data.preprocessing.BLOCK", 6 * 5 * 3 * 7)
    np.testing.assert_allclose(data.Preprocessing.fit(images).std, whole.std, rtol=1e-12)


def test_the_same_pixels_as_floats_give_the_same(images):
    floats = (images / 255).astype(np.float32)
    from_bytes, from_floats = data.Preprocessing.fit(images), data.Preprocessing.fit(floats)
    np.testing.assert_allclose(from_floats.mean, from_bytes.mean, rtol=1e-6)
    np.testing.assert_allclose(from_floats.std, from_bytes.std, rtol=1e-6)
    np.testing.assert_allclose(from_bytes(floats), from_bytes(images), atol=1e-5)


def test_what_was_fitted_comes_out_standardised(images):
    x = data.Preprocessing.fit(images)(images)
    assert x.dtype == np.float32
    assert x.flags.c_contiguous
    np.testing.assert_allclose(x.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(axis=(0, 2, 3)), 1, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_constant_channel_becomes_zero_and_not_nan(dtype):
    images = np.full((4, 1, 3, 3), 0.1 if dtype == np.float32 else 77, dtype)
    fitted = data.Preprocessing.fit(images)
    assert fitted.std == (1.0,)
    np.testing.assert_allclose(fitted(images), 0, atol=1e-6)


def test_the_images_given_stay_as_they_are_and_any_memory_order_will_do(images):
    for dtype in (np.uint8, np.float32):
        first = (images / 255 if dtype == np.float32 else images).astype(dtype)
        last = np.ascontiguousarray(first.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
        before, fitted = first.copy(), data.Preprocessing.fit(first)
        x, y = fitted(first), fitted(last)
        np.testing.assert_array_equal(first, before)
        np.testing.assert_array_equal(last, before)
        np.testing.assert_array_equal(x, y)
        assert x.flags.c_contiguous
        assert y.flags.c_contiguous


@pytest.mark.parametrize(
    ("images", "error", "sentence"),
    [
        (np.zeros((2, 1, 4, 5), np.uint8), ShapeError, r"\(2, 1, 4, 5\), but the model needs"),
        (np.zeros((1, 4, 4), np.uint8), ShapeError, r"the model needs \(N, 1, 4, 4\)"),
        (np.zeros((2, 1, 4, 4), np.int64), UsageError, "dtype is int64"),
    ],
)
def test_images_that_do_not_fit_the_model_are_refused(images, error, sentence):
    with pytest.raises(error, match=sentence):
        plain()(images)


def test_it_survives_a_json_file(images):
    fitted = data.Preprocessing.fit(images)
    assert data.Preprocessing.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mean": None}, "mean is None, but a list of numbers"),
        ({"mean": ["0.5"]}, "mean is .*, but a list of numbers"),
        ({"mean": [0.5, 0.5]}, "mean has 2 values for 1 channels"),
        ({"mean": [float("nan")]}, "mean is .*, but needs finite numbers"),
        ({"std": [0.0]}, r"std is \(0.0,\), but needs to be above 0"),
        ({"channels": 2, "mean": [0, 0], "std": [1, 1]}, "2 channels of 4x4 pixels, but 1 or 3"),
        ({"height": 0}, "1 channels of 0x4 pixels"),
        ({"width": 4.0}, r"width is 4\.0, but a whole number"),
        ({"colour": True}, "has channels, colour, height, .* but needs channels, height"),
    ],
)
def test_damaged_values_are_refused(change, sentence):
    with pytest.raises(UsageError, match=f"preprocessing: {sentence}"):
        data.Preprocessing.from_dict({**plain().to_dict(), **change})


def test_missing_values_are_refused():
    with pytest.raises(UsageError, match="preprocessing: has nothing, but needs channels"):
        data.Preprocessing.from_dict({})


@pytest.mark.parametrize(
    ("stored", "model", "note"),
    [
        ((4, 4), (1, 4, 4), None),
        ((4, 4, 3), (3, 4, 4), None),
        ((4, 4), (3, 4, 4), None),
        ((48, 64, 3), (1, 28, 28), "photo.png: 64x48 colour, resized to 28x28 grey"),
        ((48, 64, 3), (3, 28, 28), "photo.png: 64x48 colour, resized to 28x28"),
        ((48, 64), (1, 28, 28), "photo.png: 64x48 grey, resized to 28x28"),
        ((4, 4, 3), (1, 4, 4), "photo.png: 4x4 colour, made grey"),
    ],
)
def test_a_file_is_read_in_the_models_shape_and_a_note_says_what_that_took(
    tmp_path, rng, stored, model, note
):
    path = tmp_path / "photo.png"
    Image.fromarray(rng.integers(0, 256, stored, dtype=np.uint8)).save(path)
    pixels, came = plain(*model).read(path)
    assert pixels.shape == model
    assert pixels.dtype == np.uint8
    assert came == note


def test_a_file_is_read_exactly_as_the_folder_it_was_trained_from(make_folder):
    root = make_folder({f"{pet}/{k}.jpg": (90, 70, 3) for pet in ("cat", "dog") for k in range(3)})
    dataset = data.load_folder(root, size=16)
    fitted = data.Preprocessing.fit(dataset.train.images)
    for image, name in zip(dataset.train.images, dataset.train.names, strict=True):
        np.testing.assert_array_equal(fitted.read(root / name)[0], image)


@pytest.mark.parametrize("name", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_backend_standardises_pixels_as_numpy_does(images, name, dtype):
    backend = backend_named(name)
    pixels = images if dtype == np.uint8 else (images / 255).astype(dtype)
    fitted = data.Preprocessing.fit(pixels)
    standardise = fitted.on(backend)
    x = standardise(backend.asarray(pixels))
    assert type(x) is backend.array_type
    np.testing.assert_array_equal(backend.to_numpy(x), fitted(pixels))
    smaller = standardise(backend.asarray(pixels[:, :, :3, 1:].copy()))
    np.testing.assert_array_equal(backend.to_numpy(smaller), fitted(pixels)[:, :, :3, 1:])


@pytest.mark.parametrize("cut", [np.s_[:, :1], np.s_[:, :, :3], np.s_[0]])
def test_images_of_another_size_are_refused_at_the_door(images, cut):
    with pytest.raises(ShapeError, match=r"images are \(.*\), but the model needs \(N, 3, "):
        data.Preprocessing.fit(images)(images[cut])


def test_a_channel_is_constant_only_beside_its_mean(rng):
    dim = rng.random((10, 1, 4, 4)) * 1e-7
    assert data.Preprocessing.fit(dim).std[0] == pytest.approx(dim.std())
    assert data.Preprocessing.fit(np.full((10, 1, 4, 4), 0.1)).std == (1.0,)
    assert data.Preprocessing.fit(np.zeros((10, 1, 4, 4))).std == (1.0,)
