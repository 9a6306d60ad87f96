"""k nearest neighbours: against sklearn, against plain loops, and its rules for ties."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from chainrule.classical import NearestNeighbours
from chainrule.data import Dataset
from chainrule.errors import ShapeError, UsageError
from chainrule.kernels import set_threads, thread_count

METRIC = {"L1": "manhattan", "L2": "euclidean"}


@pytest.mark.parametrize("distance", METRIC)
@pytest.mark.parametrize("k", [1, 3, 10])
def test_neighbours_and_distances_are_sklearns(
    rng: np.random.Generator, distance: str, k: int
) -> None:
    remembered, queries = rng.standard_normal((1500, 20)), rng.standard_normal((300, 20))
    labels = rng.integers(0, 4, 1500)
    ours = NearestNeighbours(k, distance=distance).fit(remembered, labels)
    judge = KNeighborsClassifier(k, metric=METRIC[distance], algorithm="brute")
    judge.fit(remembered, labels)
    distances, places = judge.kneighbors(queries)
    np.testing.assert_array_equal(ours.neighbours(queries)[0], places)
    np.testing.assert_allclose(ours.neighbours(queries)[1], distances, rtol=1e-9)
    np.testing.assert_allclose(ours.probabilities(queries), judge.predict_proba(queries))


@pytest.mark.parametrize("distance", METRIC)
def test_of_equally_near_images_those_remembered_first_are_nearer(
    rng: np.random.Generator, distance: str
) -> None:
    """Pixels of 0 and 1 make hundreds of ties; a stable sort of exact distances decides them."""
    remembered = rng.integers(0, 2, (700, 1, 3, 3)).astype(np.uint8)
    queries = rng.integers(0, 2, (200, 1, 3, 3)).astype(np.uint8)
    apart = (queries[:, None] != remembered).sum(axis=(2, 3, 4))  # 0 and 1: both distances' order
    wanted = np.argsort(apart, axis=1, kind="stable")[:, :5]
    ours = NearestNeighbours(5, distance=distance).fit(remembered, rng.integers(0, 3, 700))
    np.testing.assert_array_equal(ours.neighbours(queries)[0], wanted)


def test_far_from_the_origin_no_digit_is_lost(rng: np.random.Generator) -> None:
    """|a|**2 - 2 a b + |b|**2 in float32 would cancel to nothing here."""
    remembered = 1e6 + rng.standard_normal((400, 8))
    queries = 1e6 + rng.standard_normal((50, 8))
    exact = np.linalg.norm(queries[:, None] - remembered, axis=2)
    ours = NearestNeighbours(4).fit(remembered, rng.integers(0, 2, 400))
    np.testing.assert_array_equal(ours.neighbours(queries)[0], np.argsort(exact, axis=1)[:, :4])


def test_where_two_classes_have_as_many_votes_the_nearest_neighbour_decides() -> None:
    remembered = [[1.0], [2.0], [3.0], [4.0], [50.0]]
    labels = [2, 1, 1, 2, 0]
    assert NearestNeighbours(4).fit(remembered, labels).predict([[0.0], [5.0]]).tolist() == [2, 2]
    assert NearestNeighbours(2).fit(remembered, labels).predict([[1.6]]).tolist() == [1]


def test_more_votes_win_over_a_nearer_neighbour() -> None:
    model = NearestNeighbours(3).fit([[1.0], [2.0], [3.0]], [0, 1, 1])
    assert model.predict([[0.0]]).tolist() == [1]
    np.testing.assert_allclose(model.probabilities([[0.0]]), [[1 / 3, 2 / 3]])


@pytest.mark.parametrize(("distance", "least"), [("L1", 0.97), ("L2", 0.98)])
def test_digits_are_told_apart(digits: Dataset, distance: str, least: float) -> None:
    model = NearestNeighbours(3, distance=distance)
    model.fit(digits.train.images, digits.train.labels)
    right = model.predict(digits.test.images) == digits.test.labels
    assert right.mean() > least


@pytest.mark.parametrize("distance", METRIC)
def test_pixels_of_0_to_255_and_brightness_of_0_to_1_find_the_same(
    digits: Dataset, distance: str
) -> None:
    images, queries = digits.train.images[:300], digits.test.images[:40]
    labels = digits.train.labels[:300]
    found = [
        NearestNeighbours(3, distance=distance).fit(a, labels).neighbours(b)
        for a in (images, images / 255)
        for b in (queries, queries / 255)
    ]
    for places, _ in found[1:]:
        np.testing.assert_array_equal(places, found[0][0])
    np.testing.assert_allclose(found[1][1], found[0][1], rtol=1e-6)
    np.testing.assert_allclose(found[2][1], found[0][1] / 255, rtol=1e-6)


def test_the_number_of_threads_changes_nothing(digits: Dataset) -> None:
    model = NearestNeighbours(3).fit(digits.train.images, digits.train.labels)
    before = thread_count()
    answers = []
    try:
        for count in (1, 3):
            set_threads(count)
            answers.append(model.neighbours(digits.test.images))
    finally:
        set_threads(before)
    np.testing.assert_array_equal(answers[0][0], answers[1][0])
    np.testing.assert_array_equal(answers[0][1], answers[1][1])


def test_progress_counts_the_images_answered_for(digits: Dataset) -> None:
    told: list[tuple[int, int]] = []
    model = NearestNeighbours(1).fit(digits.train.images[:50], digits.train.labels[:50])
    model.predict(digits.test.images, progress=lambda *done: told.append(done))
    assert told[-1] == (360, 360)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_what_makes_no_sense_is_refused() -> None:
    for numbers in ({"k": 0}, {"distance": "L3"}):
        with pytest.raises(UsageError, match="k from 1 and L1 or L2"):
            NearestNeighbours(**numbers)
    with pytest.raises(UsageError, match="3 neighbours cannot be found among 2 images"):
        NearestNeighbours(3).fit([[1.0], [2.0]], [0, 1])
    model = NearestNeighbours(1).fit([[1.0], [2.0]], [0, 1])
    with pytest.raises(ShapeError, match="images have 2 values each"):
        model.predict([[1.0, 2.0]])
