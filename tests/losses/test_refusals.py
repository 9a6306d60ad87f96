"""What a loss refuses, and the sentence it says."""

import re

import numpy as np
import pytest

from chainrule import losses
from chainrule.errors import ShapeError, UsageError
from chainrule.losses import keras

ROW = np.array([[0.2, 0.3, 0.5]])
SCORES = np.array([[2.0, -1.0, 0.5]])

USAGE = {
    "label 3 is none of the 3 classes 0 to 2": lambda: losses.hinge_sum(SCORES, [3]),
    "label -1 is none of the 3 classes": lambda: losses.softmax_cross_entropy(SCORES, [-1]),
    "label 7 is none of the 3 classes": lambda: keras.sparse_categorical_crossentropy([7], ROW),
    "label 4 is none of the 3 classes": lambda: losses.negative_log_likelihood(-ROW, [4]),
    "label 5 is none of the 3 classes": lambda: losses.categorical_nll(ROW, [5]),
    "cross_entropy: probabilities lie in [0, 1], but -1 came: a model that ends in scores": (
        lambda: losses.cross_entropy(SCORES, ROW)
    ),
    "binary_cross_entropy: probabilities lie in [0, 1], but -1 came": (
        lambda: losses.binary_cross_entropy(SCORES, ROW)
    ),
    "binary_cross_entropy: targets lie in [0, 1], but 2 came": (
        lambda: losses.binary_cross_entropy(ROW, [[0, 1, 2]])
    ),
    "sigmoid_cross_entropy: targets lie in [0, 1], but -1 came": (
        lambda: losses.sigmoid_cross_entropy(SCORES, [[0, 1, -1]])
    ),
    "softmax_cross_entropy: targets lie in [0, 1], but -1 came": (
        lambda: losses.softmax_cross_entropy(SCORES, SCORES)
    ),
    "categorical_nll: probabilities lie in [0, 1], but -1 came": (
        lambda: losses.categorical_nll(SCORES, [0])
    ),
    "logarithms of probabilities lie in [-inf, 0], but 2 came: send scores through log_softmax": (
        lambda: losses.negative_log_likelihood(SCORES, [0])
    ),
    "gaussian_nll: scales are over 0, but 0 came": lambda: losses.gaussian_nll([0.0], 0, [1.0]),
    "laplace_nll: scales are over 0, but -1 came": lambda: losses.laplace_nll([0.0], -1, [1.0]),
    "laplace_mixture_nll: scales are over 0, but -1 came": (
        lambda: losses.laplace_mixture_nll(ROW, ROW, SCORES, [1.0])
    ),
    "values of y_pred lie in [0, 1], but -1 came: scores need from_logits=True": (
        lambda: keras.categorical_crossentropy(ROW, SCORES)
    ),
    "sparse_categorical_crossentropy: values of y_pred lie in [0, 1], but -1 came": (
        lambda: keras.sparse_categorical_crossentropy([0], SCORES)
    ),
    "binary_crossentropy: values of y_pred lie in [0, 1], but -1 came": (
        lambda: keras.binary_crossentropy(ROW, SCORES)
    ),
    "binary_crossentropy: values of y_true lie in [0, 1], but -1 came": (
        lambda: keras.binary_crossentropy(SCORES, ROW)
    ),
    "categorical_crossentropy: values of y_true lie in [0, 1], but -1 came": (
        lambda: keras.categorical_crossentropy(SCORES, ROW)
    ),
    "a row of y_pred is 0 throughout": (
        lambda: keras.categorical_crossentropy([[1, 0]], [[0.0, 0.0]])
    ),
    "kl_divergence: values of y_pred lie in [0, 1], but -1 came": (
        lambda: keras.kl_divergence(ROW, SCORES)
    ),
    "kl_divergence: values of y_true lie in [0, 1], but -1 came": (
        lambda: keras.kl_divergence(SCORES, ROW)
    ),
    "poisson: rates in y_pred lie in [0, inf], but -1 came": lambda: keras.poisson(ROW, SCORES),
    "hinge: values of y_true lie in [-1, 1], but 2 came": lambda: keras.hinge(SCORES, SCORES),
    "categorical_hinge: values of y_true lie in [0, 1], but -1": (
        lambda: keras.categorical_hinge(SCORES, SCORES)
    ),
    "huber: delta is -1, but a number over 0 is needed": lambda: keras.huber(ROW, ROW, delta=-1),
    "huber: delta is 0, but a number over 0": lambda: keras.Huber(delta=0),
    "BinaryCrossentropy: label_smoothing is 1.5, but a share in [0, 1] is needed": (
        lambda: keras.BinaryCrossentropy(label_smoothing=1.5)
    ),
    "CategoricalCrossentropy: label_smoothing is -0.1": (
        lambda: keras.CategoricalCrossentropy(label_smoothing=-0.1)
    ),
    "categorical_crossentropy: label_smoothing is 2": (
        lambda: keras.categorical_crossentropy(ROW, ROW, label_smoothing=2)
    ),
    "binary_crossentropy: label_smoothing is 2": (
        lambda: keras.binary_crossentropy(ROW, ROW, label_smoothing=2)
    ),
    "Huber: reduction is 'median', but one of 'sum_over_batch_size', 'mean', 'sum'": (
        lambda: keras.Huber(reduction="median")
    ),
    "SoftmaxCrossEntropy: label_smoothing is 1.1": (
        lambda: losses.SoftmaxCrossEntropy(label_smoothing=1.1)
    ),
    "cross entropy: label_smoothing is -0.5, but a share in [0, 1] is needed": (
        lambda: losses.softmax_cross_entropy(SCORES, [0], label_smoothing=-0.5)
    ),
    "cross entropy: reduction is 'median', but": (
        lambda: losses.softmax_cross_entropy(SCORES, [0], reduction="median")
    ),
    'HingeSum: reduction is \'average\', but "mean", "sum" or "none" is needed': (
        lambda: losses.HingeSum(reduction="average")
    ),
    "half_sse: reduction is None": lambda: losses.half_sse(ROW, ROW, reduction=None),
    "hinge: margin is -1, but 0 or more is needed": lambda: losses.HingeSum(margin=-1),
    "hinge: power is 3, but 1 or 2 is needed": lambda: losses.pytorch.MultiMarginLoss(p=3),
    'hinge: divide is \'all\', but "none", "others" or "classes" is needed': (
        lambda: losses.HingeSum(divide="all")
    ),
    "CrossEntropy: delta is -1e-07, but a number over 0": lambda: losses.CrossEntropy(delta=-1e-7),
    "cross_entropy: delta is 0, but a number over 0": lambda: losses.cross_entropy(
        ROW, ROW, delta=0
    ),
    "cross_entropy: delta is -1, but a number over 0": lambda: losses.cross_entropy(
        ROW, ROW, delta=-1
    ),
    "cross_entropy: targets lie in [0, 1], but -2 came": (
        lambda: losses.cross_entropy([[1, 0]], [[3, -2]])
    ),
    "categorical_nll: targets lie in [0, 1], but -1 came": (
        lambda: losses.categorical_nll(ROW, SCORES)
    ),
    "negative_log_likelihood: targets lie in [0, 1], but -1": (
        lambda: losses.negative_log_likelihood([[-1.0, -1, -1]], SCORES)
    ),
    "hinge_sum: targets lie in [0, 1], but -1 came": lambda: losses.hinge_sum(SCORES, SCORES),
    "labels are whole numbers, but t is float64": (
        lambda: losses.hinge_sum(SCORES, np.array([0.0]))
    ),
}

SHAPES = {
    "SigmoidCrossEntropy: x has shape (1, 3) and t (3,), but value is compared with value": (
        lambda: losses.sigmoid_cross_entropy(SCORES, [0, 1, 1])
    ),
    "SquaredError: x has shape (2,) and t (2, 3)": (
        lambda: keras.mean_squared_error(np.ones((2, 3)), np.ones(2))
    ),
    "KLDivergence: x has shape (1, 3) and t (1, 2)": (
        lambda: keras.kl_divergence([[0.5, 0.5]], ROW)
    ),
    "cross_entropy: probabilities (1, 3) need one-hot rows of that shape, but targets have shape "
    "(1,)": lambda: losses.cross_entropy(ROW, [1]),
    "categorical_crossentropy: y_true has shape (1,), but rows of y_pred's shape (1, 3) are "
    "needed; labels go to sparse_categorical_crossentropy": (
        lambda: keras.categorical_crossentropy([1], ROW)
    ),
    "y_true has shape (2,), but labels of shape (1,) are needed": (
        lambda: keras.sparse_categorical_crossentropy([1, 0], ROW)
    ),
    "MultiClassHinge: x has shape (3,), but scores (N, K) of at least one example are needed": (
        lambda: losses.hinge_sum(SCORES[0], [0])
    ),
    "MultiClassHinge: x (2, 1) has one class, and no others to divide by": (
        lambda: losses.hinge_sum(np.ones((2, 1)), [0, 0], divide="others")
    ),
    "SoftmaxCrossEntropy: x has shape (0, 3), but scores (N, K) of at least one example": (
        lambda: losses.softmax_cross_entropy(np.ones((0, 3)), np.zeros(0, dtype="int64"))
    ),
    "CosineSimilarity: x has shape (0, 3), but scores (N, K) of at least": (
        lambda: keras.cosine_similarity(np.ones((0, 3)), np.ones((0, 3)))
    ),
    "Mean: x of shape (0,) has no values along its axes (0,)": (
        lambda: losses.sigmoid_cross_entropy(np.ones(0), np.ones(0))
    ),
    "sample_weight has shape (2,), but the losses have (1,): one weight for each is needed": (
        lambda: keras.MeanSquaredError()(ROW, ROW, [1.0, 2.0])
    ),
    "GaussianNLL: a width of shape (3,) came for mu (1,), but at most one per value is needed": (
        lambda: losses.gaussian_nll([0.0], [1.0, 1.0, 1.0], [0.0])
    ),
    "LaplaceNLL: shapes (2,) and (3,) do not broadcast": (
        lambda: losses.laplace_nll([0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 1.0])
    ),
    "LaplaceMixtureNLL: x, mu, g (N, M) and t (N,) are needed, but (1, 3), (1, 3), (1, 3), (2,) "
    "came": lambda: losses.laplace_mixture_nll(ROW, ROW, ROW, [1.0, 2.0]),
}


@pytest.mark.parametrize(("message", "call"), USAGE.items(), ids=USAGE)
def test_values_that_cannot_work_are_refused_with_what_was_needed(message, call):
    with pytest.raises(UsageError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(("message", "call"), SHAPES.items(), ids=SHAPES)
def test_shapes_that_do_not_fit_are_refused_with_both_shapes(message, call):
    with pytest.raises(ShapeError, match=re.escape(message)):
        call()


def test_probabilities_may_be_1_but_for_rounding():
    p = np.array([[1.0000001, 0.0]], dtype="float32")
    assert losses.categorical_nll(p, [0]).item() == pytest.approx(0, abs=1e-6)
