"""Classical models on the same images: arrays in, arrays out, as baselines beside a network.

model.py          what they share: fit(images, labels), scores(images), predict(images)
rows.py           from images to rows
least_squares.py  least squares: in closed form, by steepest descent, as a classifier
polynomial.py     polynomials through points, with and without ridge
linear.py         softmax regression and the linear SVM: networks of one layer
logistic.py       logistic regression, and its cost as the deck misprints it
neighbours.py     k nearest neighbours
from_sklearn.py   the door to scikit-learn: SVM, trees, forest, k-means, PCA
registry.py       all of them by name
baseline.py       one of them carried out on a data set, and measured
"""

from chainrule.classical.baseline import Baseline, evaluate_baseline
from chainrule.classical.from_sklearn import ClusterMajority, FromSklearn
from chainrule.classical.least_squares import LeastSquares
from chainrule.classical.linear import LinearSVM, SoftmaxRegression
from chainrule.classical.logistic import LogisticRegression
from chainrule.classical.model import Model
from chainrule.classical.neighbours import NearestNeighbours
from chainrule.classical.polynomial import Polynomial
from chainrule.classical.registry import MODELS, Entry, model_named

__all__ = [
    "MODELS",
    "Baseline",
    "ClusterMajority",
    "Entry",
    "FromSklearn",
    "LeastSquares",
    "LinearSVM",
    "LogisticRegression",
    "Model",
    "NearestNeighbours",
    "Polynomial",
    "SoftmaxRegression",
    "evaluate_baseline",
    "model_named",
]
