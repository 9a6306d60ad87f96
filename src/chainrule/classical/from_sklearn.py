"""Models that scikit-learn has and nobody needs to write again, behind the same interface.

scikit-learn takes a second to load, so it is imported when one of them is made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.classical.model import Model
from chainrule.classical.rows import Rows, brightness, one_hot
from chainrule.data import Labels, Progress
from chainrule.errors import UsageError


class FromSklearn(Model):
    """A scikit-learn classifier on images; estimator: the object itself, to look into."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def learn(self, rows: Rows, labels: Labels, progress: Progress | None) -> None:
        with _refusals_in_words():
            self.estimator.fit(brightness(rows), labels)

    def decide(self, rows: Rows, progress: Progress | None) -> Labels:
        return np.asarray(self.estimator.predict(brightness(rows)), np.int64)

    def score(self, rows: Rows, progress: Progress | None) -> NDArray[np.floating[Any]]:
        for method in ("decision_function", "predict_proba"):
            if hasattr(self.estimator, method):
                return self._by_class(getattr(self.estimator, method)(brightness(rows)))
        raise UsageError(f"{self.estimator} decides without scores: use predict")

    def probabilities(self, images: ArrayLike) -> NDArray[np.floating[Any]]:
        """(N, K) rows that sum to 1.

        Raises    UsageError when the estimator has none; as scores does
        """
        if not hasattr(self.estimator, "predict_proba"):
            raise UsageError(f"{self.estimator} has no probabilities: use predict or scores")
        rows = brightness(self.rows_of(images))
        return self._by_class(self.estimator.predict_proba(rows))

    def _by_class(self, known: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """A column for every label, lowest where no image had it; two where sklearn has one."""
        if known.ndim == 1:
            known = np.stack([-known, known], axis=1)
        lowest = 0.0 if known.min() >= 0 else -np.inf
        scores = np.full((len(known), self.classes), lowest, known.dtype)
        scores[:, self.estimator.classes_] = known
        return scores


class ClusterMajority(Model):
    """k-means, with each cluster named after most of its images: what labels add to mere likeness.

    Forward   scores[k] = training images of class k in the nearest cluster / all in it
    clusters: how many; None: one for each class, as if it knew what to look for
    Source    k-means: Lloyd 1957 (published 1982), started as by Arthur and Vassilvitskii 2007
    """

    def __init__(self, clusters: int | None = None, *, seed: int = 0) -> None:
        if clusters is not None and clusters < 1:
            raise UsageError(f"ClusterMajority: clusters is {clusters}, but 1 is the least")
        self.clusters = clusters
        self.seed = seed

    def learn(self, rows: Rows, labels: Labels, progress: Progress | None) -> None:
        from sklearn.cluster import KMeans

        clusters = self.clusters or self.classes
        if clusters > len(rows):
            raise UsageError(f"{len(rows)} images cannot form {clusters} clusters")
        self.kmeans = KMeans(clusters, n_init=1, random_state=_state(self.seed))
        with _refusals_in_words():
            members = self.kmeans.fit_predict(brightness(rows))
        self.counts = one_hot(members, clusters).T @ one_hot(labels, self.classes)

    def score(self, rows: Rows, progress: Progress | None) -> NDArray[np.float64]:
        """Each class's share of the training images in the cluster; 0 in one that holds none."""
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return np.asarray(shares[self.kmeans.predict(brightness(rows))])


@contextmanager
def _refusals_in_words() -> Iterator[None]:
    """What scikit-learn refuses, and what would make NaN of its numbers, in one sentence."""
    try:
        with np.errstate(divide="raise", invalid="raise"):
            yield
    except (ValueError, FloatingPointError) as error:
        raise UsageError(
            f"scikit-learn cannot learn from these images ({error}): give more of them, or others"
        ) from error


def _state(seed: int) -> int:
    """A seed as scikit-learn takes it: below 2**32."""
    return seed % (1 << 32)


def svm(*, C: float = 10.0, seed: int = 0) -> FromSklearn:
    """A support vector machine with Gaussian kernel: time grows with the square of the images.

    Forward   scores = sum over support vectors v of a[v] * exp(-gamma * |x - v|**2) + b
              for each pair of classes, which then vote
    Source    Boser, Guyon and Vapnik 1992; Cortes and Vapnik 1995
    """
    from sklearn.svm import SVC

    return FromSklearn(SVC(C=C, gamma="scale", cache_size=1000, random_state=_state(seed)))


def decision_tree(*, seed: int = 0) -> FromSklearn:
    """Questions about single pixels, one after the other.

    Forward   p = shares of the classes in the leaf where x arrives
    Source    Breiman, Friedman, Olshen and Stone 1984
    """
    from sklearn.tree import DecisionTreeClassifier

    return FromSklearn(DecisionTreeClassifier(random_state=_state(seed)))


def random_forest(*, trees: int = 200, seed: int = 0) -> FromSklearn:
    """Many decision trees, each from other images and pixels, that vote.

    Forward   p = mean of the trees' p
    Source    Breiman 2001
    """
    from sklearn.ensemble import RandomForestClassifier

    return FromSklearn(RandomForestClassifier(trees, n_jobs=-1, random_state=_state(seed)))


def pca_centroid(*, components: float = 0.95, seed: int = 0) -> FromSklearn:
    """The nearest mean image, within so many principal components, or such a share of variance.

    Forward   z = components @ (x - mean)
              label = the k whose mean of z is nearest
    Source    principal components: Pearson 1901; Hotelling 1933
    """
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestCentroid
    from sklearn.pipeline import make_pipeline

    return FromSklearn(make_pipeline(PCA(components, random_state=_state(seed)), NearestCentroid()))


def pca_logistic(*, components: float = 0.95, seed: int = 0) -> FromSklearn:
    """Logistic regression on principal components: far fewer weights than pixels.

    Forward   z = components @ (x - mean)
              p = softmax(z @ weight.T + bias)
    Source    principal components: Pearson 1901; Hotelling 1933
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pca = PCA(components, random_state=_state(seed))
    return FromSklearn(make_pipeline(pca, LogisticRegression(max_iter=1000)))
