"""The models that have a name, as baselines beside a network: chainrule train --model NAME."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from chainrule.classical import from_sklearn
from chainrule.classical.least_squares import LeastSquares
from chainrule.classical.linear import LinearSVM, SoftmaxRegression
from chainrule.classical.logistic import LogisticRegression
from chainrule.classical.model import Model
from chainrule.classical.neighbours import NearestNeighbours
from chainrule.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """A model by name.

    make   the model, given a seed for what is random in it
    about  one line for people
    """

    make: Callable[[int], Model]
    about: str


MODELS: Mapping[str, Entry] = {
    "knn": Entry(lambda seed: NearestNeighbours(3), "the 3 nearest training images vote (L2)"),
    "knn-l1": Entry(
        lambda seed: NearestNeighbours(3, distance="L1"),
        "the 3 nearest training images vote, by sums of absolute differences; slower",
    ),
    "least-squares": Entry(
        lambda seed: LeastSquares(l2=1e-3), "regression onto 0 and 1, in closed form"
    ),
    "logistic": Entry(
        lambda seed: LogisticRegression(seed=seed), "logistic regression, each class against all"
    ),
    "softmax": Entry(
        lambda seed: SoftmaxRegression(seed=seed), "softmax regression: one linear layer"
    ),
    "linear-svm": Entry(
        lambda seed: LinearSVM(seed=seed), "one linear layer under the multiclass hinge loss"
    ),
    "svm": Entry(
        lambda seed: from_sklearn.svm(seed=seed),
        "scikit-learn's SVM with Gaussian kernel; minutes on 60,000 images",
    ),
    "tree": Entry(
        lambda seed: from_sklearn.decision_tree(seed=seed), "scikit-learn's decision tree"
    ),
    "forest": Entry(
        lambda seed: from_sklearn.random_forest(seed=seed),
        "scikit-learn's random forest, 200 trees",
    ),
    "kmeans": Entry(
        lambda seed: from_sklearn.ClusterMajority(seed=seed),
        "scikit-learn's k-means, a cluster per class, named after its majority",
    ),
    "pca-centroid": Entry(
        lambda seed: from_sklearn.pca_centroid(seed=seed),
        "scikit-learn's PCA (95 % of variance), then the nearest mean",
    ),
    "pca-logistic": Entry(
        lambda seed: from_sklearn.pca_logistic(seed=seed),
        "scikit-learn's PCA (95 % of variance), then its logistic regression",
    ),
}


def model_named(name: str) -> Entry:
    """The model of that name.

    Raises    UsageError naming the nearest when there is none
    """
    if name in MODELS:
        return MODELS[name]
    near = get_close_matches(name, MODELS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(MODELS)}"
    raise UsageError(f"there is no model named {name!r}: {hint}")
