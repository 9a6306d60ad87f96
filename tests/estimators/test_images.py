"""ImageClassifier: images of every layout, in pipelines, and what it refuses."""

import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from chainrule import ImageClassifier
from chainrule.errors import ShapeError, UsageError
from chainrule.training import Trainer

Parts = list[np.ndarray]


@pytest.fixture(scope="module")
def digits() -> Parts:
    """Images (n, 8, 8) to learn from and to be tested on, then their labels."""
    both = load_digits()
    return train_test_split(both.images, both.target, test_size=0.2, random_state=0)


@pytest.fixture(scope="module")
def small(digits: Parts) -> tuple[np.ndarray, np.ndarray]:
    """Enough to learn zeros from ones."""
    images, _, labels, _ = digits
    kept = np.flatnonzero(labels < 2)[:60]
    return images[kept], labels[kept]


@pytest.fixture(scope="module")
def fitted(small: tuple[np.ndarray, np.ndarray]) -> ImageClassifier:
    return ImageClassifier(epochs=3, random_state=0).fit(*small)


def test_digits_are_told_apart(digits: Parts) -> None:
    images, test_images, labels, test_labels = digits
    model = ImageClassifier("digits-cnn", epochs=4, random_state=0).fit(images, labels)
    assert model.score(test_images, test_labels) > 0.97


def test_every_layout_of_the_same_images_gives_the_same_model(
    small: tuple[np.ndarray, np.ndarray], fitted: ImageClassifier
) -> None:
    images, labels = small
    wanted = fitted.predict_proba(images)
    flat = images.reshape(len(images), -1)
    for image_shape, same in (
        (None, images[..., None]),
        (None, images.tolist()),
        ((8, 8), flat),
        ((8, 8, 1), flat),
        (None, images.astype(np.uint8)),
    ):
        model = ImageClassifier(image_shape=image_shape, epochs=3, random_state=0)
        np.testing.assert_array_equal(model.fit(same, labels).predict_proba(same), wanted)
    assert fitted.image_shape_ == (8, 8, 1)
    assert fitted.n_features_in_ == 64


def test_a_model_fitted_with_images_answers_for_the_same_in_rows(
    small: tuple[np.ndarray, np.ndarray], fitted: ImageClassifier
) -> None:
    images, _ = small
    rows = images.reshape(len(images), -1)
    np.testing.assert_array_equal(fitted.predict_proba(rows), fitted.predict_proba(images))


def test_the_scale_of_the_pixels_does_not_matter(
    small: tuple[np.ndarray, np.ndarray], fitted: ImageClassifier
) -> None:
    images, labels = small
    model = ImageClassifier(epochs=3, random_state=0).fit(images * 100 - 500, labels)
    np.testing.assert_allclose(  # every step of the training adds to the scaled pixels' rounding
        model.predict_proba(images * 100 - 500), fitted.predict_proba(images), atol=0.02
    )


def test_colour_images_are_learned(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (40, 10, 12, 3), dtype=np.uint8)
    labels = np.repeat(["red", "blue"], 20)
    images[:20, ..., 0] |= 128
    images[20:, ..., 2] |= 128
    model = ImageClassifier(epochs=10, flip=True, shift=1, random_state=0).fit(images, labels)
    assert model.image_shape_ == (10, 12, 3)
    assert model.score(images, labels) > 0.9


def test_it_is_part_of_a_pipeline_in_a_grid_search(small: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = small
    pipeline = make_pipeline(
        MinMaxScaler(), ImageClassifier(image_shape=(8, 8), epochs=2, random_state=0)
    )
    search = GridSearchCV(pipeline, {"imageclassifier__lr": [1e-9, 3e-3]}, cv=2)
    search.fit(images.reshape(len(images), -1), labels)
    assert search.best_params_ == {"imageclassifier__lr": 3e-3}


def test_a_pickle_answers_as_the_model_does(
    small: tuple[np.ndarray, np.ndarray], fitted: ImageClassifier
) -> None:
    again = pickle.loads(pickle.dumps(fitted))  # noqa: TID251  (our own, a moment ago)
    np.testing.assert_array_equal(again.predict_proba(small[0]), fitted.predict_proba(small[0]))


def test_a_model_mapped_from_a_file_answers_too(
    small: tuple[np.ndarray, np.ndarray], fitted: ImageClassifier, tmp_path: Path
) -> None:
    joblib.dump(fitted, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    np.testing.assert_array_equal(mapped.predict_proba(small[0]), fitted.predict_proba(small[0]))


def test_an_answer_does_not_depend_on_the_images_asked_with_it(
    small: tuple[np.ndarray, np.ndarray], fitted: ImageClassifier
) -> None:
    images, _ = small
    one_by_one = np.concatenate([fitted.predict_proba(image[None]) for image in images[:9]])
    np.testing.assert_allclose(fitted.predict_proba(images)[:9], one_by_one, rtol=1e-10)


def test_plain_rows_are_images_one_pixel_high(rng: np.random.Generator) -> None:
    X = rng.standard_normal((60, 5))
    y = X[:, 2] > 0
    model = ImageClassifier(random_state=0).fit(X, y)
    assert model.image_shape_ == (1, 5, 1)
    assert model.score(X, y) > 0.85


def test_early_stopping_holds_images_out(small: tuple[np.ndarray, np.ndarray]) -> None:
    model = ImageClassifier(early_stopping=True, patience=1, epochs=9, random_state=0).fit(*small)
    assert all(epoch.validation_accuracy is not None for epoch in model.history_)


@pytest.mark.parametrize(
    ("shape", "image_shape", "said"),
    [
        ((6, 3, 8, 8), None, "to be read as (3, 8, 8)"),
        ((6, 8, 8, 2), None, "to be read as (8, 8, 2)"),
        ((6, 2, 8, 8, 3), None, "to be read as (2, 8, 8, 3)"),
        ((6, 60), (8, 8), "X has 60 values per image, to be read as (8, 8, 1)"),
        ((6, 60), (60,), "to be read as (60,)"),
    ],
)
def test_images_of_another_layout_are_refused(
    shape: tuple[int, ...], image_shape: tuple[int, ...] | None, said: str
) -> None:
    with pytest.raises(ShapeError) as refusal:
        ImageClassifier(image_shape=image_shape).fit(np.zeros(shape), [0, 1] * 3)
    assert said in str(refusal.value)


def test_images_of_another_shape_than_in_fit_are_refused(fitted: ImageClassifier) -> None:
    with pytest.raises(ShapeError, match=r"X has images of \(4, 16, 1\)"):
        fitted.predict(np.zeros((2, 4, 16)))
    with pytest.raises(ValueError, match="63 features, but ImageClassifier is expecting 64"):
        fitted.predict(np.zeros((2, 63)))


def test_a_network_that_is_none_is_refused_in_fit(small: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(UsageError, match="did you mean digits-cnn"):
        ImageClassifier("digit-cnn").fit(*small)


@pytest.mark.parametrize("count", [2, 5, 32, 33, 34])
def test_any_number_of_samples_is_learned_in_batches_of_the_size_that_was_asked_for(
    digits: Parts, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    learn = Trainer._learn
    monkeypatch.setattr(
        Trainer, "_learn", lambda self, x, *rest: sizes.append(len(x)) or learn(self, x, *rest)
    )
    images, _, _, _ = digits
    ImageClassifier(epochs=1, random_state=0).fit(images[:count], np.arange(count) % 2)
    full, rest = divmod(count, 32)
    assert sizes == [32] * full + [rest] * (rest > 1)  # batch norm learns nothing from one sample
