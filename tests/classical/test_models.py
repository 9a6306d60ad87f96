"""What every model by name does alike: images in, labels out, refusals in words."""

import subprocess
import sys

import numpy as np
import pytest

from chainrule import classical
from chainrule.classical import ClusterMajority, Model, SoftmaxRegression, evaluate_baseline
from chainrule.classical.from_sklearn import FromSklearn, pca_centroid, svm
from chainrule.data import Dataset, Split
from chainrule.errors import DataError, ShapeError, UsageError

LEAST = {
    "knn": 0.98,
    "knn-l1": 0.97,
    "least-squares": 0.91,
    "logistic": 0.92,
    "softmax": 0.93,
    "linear-svm": 0.92,
    "svm": 0.98,
    "tree": 0.80,
    "forest": 0.94,
    "kmeans": 0.70,
    "pca-centroid": 0.85,
    "pca-logistic": 0.92,
}
"""Accuracies on the digits' 360 test images that each model has to pass."""


@pytest.mark.parametrize("name", classical.MODELS)
def test_each_named_model_learns_the_digits(digits: Dataset, name: str) -> None:
    measured = evaluate_baseline(name, digits)
    assert measured.accuracy > LEAST[name]
    assert measured.images == 360
    assert measured.train_images == 1437
    assert measured.right == np.sum(measured.predicted == digits.test.labels)
    scores = measured.learned.scores(digits.test.images[:5])
    assert scores.shape == (5, 10)
    if name not in ("knn", "knn-l1"):  # which have a rule of their own for ties
        np.testing.assert_array_equal(scores.argmax(axis=1), measured.predicted[:5])


def made(name: str) -> Model:
    return classical.MODELS[name].make(0)


@pytest.mark.parametrize("name", classical.MODELS)
def test_a_class_that_no_image_had_is_never_answered(digits: Dataset, name: str) -> None:
    few = digits.train.subset(np.flatnonzero(np.isin(digits.train.labels, [1, 4]))[:80])
    model = made(name).fit(few.images, few.labels)
    assert set(model.predict(digits.test.images[:60]).tolist()) == {1, 4}
    assert model.scores(digits.test.images[:3]).shape == (3, 5)


@pytest.mark.parametrize("name", classical.MODELS)
def test_what_cannot_be_learned_from_is_refused_in_words(name: str) -> None:
    images = np.zeros((4, 1, 2, 2), np.uint8)
    with pytest.raises(UsageError, match="call fit first"):
        made(name).predict(images)
    with pytest.raises(ShapeError, match="4 images came with 3 labels"):
        made(name).fit(images, [0, 1, 1])
    with pytest.raises(UsageError, match="all labels are 0"):
        made(name).fit(images, [0, 0, 0, 0])
    with pytest.raises(UsageError, match="all labels are 3"):
        made(name).fit(images, [3, 3, 3, 3])
    with pytest.raises(DataError, match="NaN or infinity"):
        made(name).fit([[np.nan], [1.0]], [0, 1])
    with pytest.raises(ShapeError, match="needed"):
        made(name).fit([1.0, 2.0], [0, 1])
    with pytest.raises(UsageError, match="numbers are needed"):
        made(name).fit([["a"], ["b"]], [0, 1])


def test_probabilities_are_given_where_they_are_honest(digits: Dataset) -> None:
    few = digits.train.subset(slice(200))
    for name in ("knn", "softmax", "tree", "forest", "pca-logistic"):
        model = made(name).fit(few.images, few.labels)
        shares = model.probabilities(digits.test.images[:9])  # type: ignore[attr-defined]
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    for name in ("linear-svm", "least-squares", "kmeans"):
        assert not hasattr(made(name), "probabilities")
    with pytest.raises(UsageError, match="has no probabilities"):
        svm().fit(few.images, few.labels).probabilities(few.images)


def test_a_model_of_sklearns_that_only_decides_says_so(digits: Dataset) -> None:
    from sklearn.cluster import KMeans

    few = digits.train.subset(slice(50))
    model = FromSklearn(KMeans(2, n_init=1)).fit(few.images, few.labels)
    with pytest.raises(UsageError, match="decides without scores"):
        model.scores(few.images)


def test_more_clusters_than_classes_tell_more_apart(digits: Dataset) -> None:
    def accuracy(clusters: int) -> float:
        model = ClusterMajority(clusters).fit(digits.train.images, digits.train.labels)
        return float(np.mean(model.predict(digits.test.images) == digits.test.labels))

    assert accuracy(100) > accuracy(10) + 0.05


def test_clusters_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="clusters is 0"):
        ClusterMajority(0)
    with pytest.raises(UsageError, match="2 images cannot form 3 clusters"):
        ClusterMajority(3).fit([[0.0], [1.0]], [0, 1])


def test_principal_components_may_be_counted_or_a_share_of_variance(digits: Dataset) -> None:
    for components, kept in ((5, 5), (0.5, 5)):
        model = pca_centroid(components=components).fit(digits.train.images, digits.train.labels)
        assert model.estimator[0].n_components_ == kept


def test_a_limit_keeps_every_classs_share(digits: Dataset) -> None:
    measured = evaluate_baseline("knn", digits, limit=100)
    assert measured.train_images == 100
    assert np.bincount(measured.learned.labels).tolist() == [10] * 10  # type: ignore[attr-defined]
    assert evaluate_baseline("knn", digits, limit=10**6).train_images == 1437
    with pytest.raises(UsageError, match="limit is 1 images"):
        evaluate_baseline("knn", digits, limit=1)


def test_the_seed_decides_the_answers(digits: Dataset) -> None:
    def predicted(seed: int) -> list[int]:
        return evaluate_baseline("tree", digits, seed=seed).predicted.tolist()

    assert predicted(1) == predicted(1)
    assert predicted(1) != predicted(2)


def test_a_baseline_is_plain_values_for_json(digits: Dataset) -> None:
    small = Dataset(
        "small", digits.train.subset(slice(90)), digits.test.subset(slice(20)), digits.classes
    )
    measured = evaluate_baseline("knn", small)
    facts = measured.to_dict()
    assert {"model", "about", "test_accuracy", "train_images", "train_seconds"} <= set(facts)
    assert facts["test_right"] == measured.right
    assert repr(measured).startswith("Baseline(knn: 0.")


def test_a_name_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean softmax"):
        classical.model_named("sofmax")
    with pytest.raises(UsageError, match="there are knn, "):
        classical.model_named("xyz")


def test_a_test_image_of_a_class_beyond_those_learned_counts_as_wrong(digits: Dataset) -> None:
    first = digits.train.subset(np.flatnonzero(digits.train.labels < 5))
    dataset = Dataset("first", first, digits.test, digits.classes)
    measured = evaluate_baseline("softmax", dataset)
    assert measured.accuracy < 0.6


def test_fitting_leaves_the_images_as_they_were(digits: Dataset) -> None:
    few = digits.train.subset(slice(60))
    images, before = few.images.copy(), few.images.copy()
    for name in classical.MODELS:
        made(name).fit(images, few.labels).predict(images)
    np.testing.assert_array_equal(images, before)


def test_making_a_linear_model_does_not_load_sklearn() -> None:
    program = (
        "import sys, chainrule; chainrule.classical.MODELS['softmax'].make(0); "
        "assert 'sklearn' not in sys.modules; chainrule.classical.MODELS['svm'].make(0); "
        "assert 'sklearn' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_model_of_ones_own_needs_two_methods() -> None:
    class Guess(Model):
        def learn(self, rows: object, labels: np.ndarray, progress: object) -> None:
            self.commonest = np.bincount(labels, minlength=self.classes)

        def score(self, rows: np.ndarray, progress: object) -> np.ndarray:
            return np.tile(self.commonest / self.commonest.sum(), (len(rows), 1))

    split = Split(np.zeros((3, 1, 2, 2), np.uint8), np.array([1, 1, 0]))
    assert Guess().fit(split.images, split.labels).predict(split.images).tolist() == [1, 1, 1]


def test_a_linear_model_learns_rows_of_features_too(rng: np.random.Generator) -> None:
    X = rng.standard_normal((80, 3))
    labels = (X[:, 0] > 0).astype(int)
    assert np.mean(SoftmaxRegression().fit(X, labels).predict(X) == labels) > 0.95


@pytest.mark.parametrize("name", ["knn", "knn-l1", "least-squares", "softmax", "tree"])
@pytest.mark.parametrize(
    ("learned", "asked"), [("u1", "i8"), ("u1", "u2"), ("i8", "u1"), ("u1", "f8")]
)
def test_whole_numbers_of_any_width_are_read_as_those_learned_from(digits, name, learned, asked):
    few, test = digits.train.subset(slice(300)), digits.test.subset(slice(60))
    model = made(name).fit(few.images.astype(learned), few.labels)
    same = model.predict(test.images.astype(learned))
    images = test.images / 255 if asked == "f8" else test.images.astype(asked)
    np.testing.assert_array_equal(model.predict(images), same)


def test_numbers_that_are_no_pixels_are_refused_by_who_learned_from_pixels() -> None:
    model = made("knn").fit(np.arange(40, dtype=np.uint8).reshape(10, 4), [0, 1] * 5)
    with pytest.raises(UsageError, match=r"values reach from 0 to 256, but this model learned"):
        model.predict([[0, 1, 2, 256]])


def test_any_seed_will_do_for_scikit_learn(digits: Dataset) -> None:
    few = digits.train.subset(slice(100))
    for name in ("svm", "tree", "kmeans", "pca-centroid"):
        classical.MODELS[name].make(1 << 40).fit(few.images, few.labels)


def test_what_scikit_learn_cannot_learn_from_is_said_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="scikit-learn cannot learn from these images"):
        made("pca-centroid").fit(np.zeros((6, 1, 4, 4), np.uint8), [0, 1] * 3)
