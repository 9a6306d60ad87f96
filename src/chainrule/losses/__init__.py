"""Losses as people call them: with values checked, a mean or a sum, and three dialects.

    decks.py       the lectures' own: the sum over hinges, cross entropies, half of squared errors
    likelihood.py  losses as minus the logarithm of a density
    keras/         the fifteen losses of Keras 3, under its names, with its defaults and values
    pytorch.py     PyTorch's multi-margin loss
    base.py        what they share: settings kept in an object, and reductions
    inputs.py      what may come in: lists, arrays, tensors, and which values make sense

Every loss is a function, and a class that keeps the function's settings: hinge_sum(scores, labels,
margin=2) and HingeSum(margin=2)(scores, labels) are one. The rules are in ops/loss; a Trainer
runs those as they are, for it has checked its labels once and for all.

Names of Keras mean something else than ours: losses.keras.hinge knows two classes, and takes the
targets first. So they stay in their own modules, and the lectures' stand here.
"""

from chainrule.losses import keras, pytorch
from chainrule.losses.decks import (
    BinaryCrossEntropy,
    CrossEntropy,
    HalfSSE,
    HingeSum,
    NegativeLogLikelihood,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    binary_cross_entropy,
    cross_entropy,
    half_sse,
    hinge_sum,
    negative_log_likelihood,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)
from chainrule.losses.likelihood import (
    BernoulliNLL,
    CategoricalNLL,
    GaussianNLL,
    LaplaceMixtureNLL,
    LaplaceNLL,
    bernoulli_nll,
    categorical_nll,
    gaussian_nll,
    laplace_mixture_nll,
    laplace_nll,
)

__all__ = [
    "BernoulliNLL",
    "BinaryCrossEntropy",
    "CategoricalNLL",
    "CrossEntropy",
    "GaussianNLL",
    "HalfSSE",
    "HingeSum",
    "LaplaceMixtureNLL",
    "LaplaceNLL",
    "NegativeLogLikelihood",
    "SigmoidCrossEntropy",
    "SoftmaxCrossEntropy",
    "bernoulli_nll",
    "binary_cross_entropy",
    "categorical_nll",
    "cross_entropy",
    "gaussian_nll",
    "half_sse",
    "hinge_sum",
    "keras",
    "laplace_mixture_nll",
    "laplace_nll",
    "negative_log_likelihood",
    "pytorch",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]
