"""Losses as likelihoods: minus the log of how probable a model holds what was seen.

The most likely parameters are those with the least sum of these. With the width fixed, the normal
density gives squared error, Laplace's the absolute one; yes or no gives binary cross entropy, and
classes give cross entropy.
"""

from dataclasses import dataclass
from typing import Any

from chainrule import ops
from chainrule.losses.base import Loss, reduced
from chainrule.losses.decks import SCORES, binary_cross_entropy
from chainrule.losses.inputs import check_positive, check_within, given, given_labels, predicted
from chainrule.tape import Tensor


def gaussian_nll(mean: Any, scale: Any, targets: Any, *, reduction: str = "mean") -> Tensor:
    """Minus the log of the normal density at the targets; see ops.GaussianNLL.

    Forward   y = ((targets - mean) / scale)**2 / 2 + log(scale) + log(2 * pi) / 2
    mean, targets: any one shape; scale (deviation): a positive number, or as many as fit

    Raises    UsageError for a scale of 0 or less; ShapeError when the shapes do not fit
    """
    mu = predicted(mean)
    sigma = predicted(scale, mu)
    check_positive("gaussian_nll", "scales", sigma)
    return reduced("gaussian_nll", ops.GaussianNLL()(mu, sigma, given(targets, mu)), reduction)


def laplace_nll(mean: Any, scale: Any, targets: Any, *, reduction: str = "mean") -> Tensor:
    """Minus the log of Laplace's density at the targets; see ops.LaplaceNLL.

    Forward   density = exp(-|targets - mean| / scale) / (2 * scale)
              y = -log(density)
    mean, targets: any one shape; scale: a positive number, or as many as fit

    Raises    UsageError for a scale of 0 or less; ShapeError when the shapes do not fit
    """
    mu = predicted(mean)
    b = predicted(scale, mu)
    check_positive("laplace_nll", "scales", b)
    return reduced("laplace_nll", ops.LaplaceNLL()(mu, b, given(targets, mu)), reduction)


def laplace_mixture_nll(
    scores: Any, means: Any, scales: Any, targets: Any, *, reduction: str = "mean"
) -> Tensor:
    """Minus the log of a weighted sum of M Laplace densities; see ops.LaplaceMixtureNLL.

    Forward   densities = exp(-|targets - means| / scales) / (2 * scales)
              y = -log(sum over m of softmax(scores) * densities)
    scores, means, scales: (N, M), scales positive; targets (N,). With 2 * scales in the exponent,
    as a density is sometimes written, its integral would be 2.

    Raises    UsageError for a scale of 0 or less; ShapeError when the shapes do not fit
    """
    x = predicted(scores)
    g = predicted(scales, x)
    check_positive("laplace_mixture_nll", "scales", g)
    values = ops.LaplaceMixtureNLL()(x, predicted(means, x), g, given(targets, x))
    return reduced("laplace_mixture_nll", values, reduction)


def bernoulli_nll(probabilities: Any, targets: Any, *, reduction: str = "mean") -> Tensor:
    """Binary cross entropy, under the name of its density: Bernoulli's; see ops.BinaryCrossEntropy.

    Forward   density = probabilities**targets * (1 - probabilities)**(1 - targets)
              y = -log(density)
    """
    return binary_cross_entropy(probabilities, targets, reduction=reduction)


def categorical_nll(probabilities: Any, labels: Any, *, reduction: str = "mean") -> Tensor:
    """Minus the log of the probability of the class that was seen; see ops.CategoricalCrossEntropy.

    Forward   y[n] = -log(probabilities[n, labels[n]])
    probabilities (N, K), labels (N,), or one-hot rows (N, K)

    Raises    UsageError for a label outside 0..K-1, or for what is no probability
    """
    p = predicted(probabilities)
    t = given_labels("categorical_nll", labels, p)
    check_within("categorical_nll", "probabilities", p, 0, 1, SCORES)
    return reduced("categorical_nll", ops.CategoricalCrossEntropy()(p, t), reduction)


@dataclass(frozen=True, kw_only=True)
class GaussianNLL(Loss):
    """gaussian_nll with its settings."""

    function = staticmethod(gaussian_nll)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class LaplaceNLL(Loss):
    """laplace_nll with its settings."""

    function = staticmethod(laplace_nll)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class LaplaceMixtureNLL(Loss):
    """laplace_mixture_nll with its settings."""

    function = staticmethod(laplace_mixture_nll)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class BernoulliNLL(Loss):
    """bernoulli_nll with its settings."""

    function = staticmethod(bernoulli_nll)
    reduction: str = "mean"


@dataclass(frozen=True, kw_only=True)
class CategoricalNLL(Loss):
    """categorical_nll with its settings."""

    function = staticmethod(categorical_nll)
    reduction: str = "mean"
