"""What every loss of the lectures' dialect shares: inputs, reductions, settings kept in a class."""

from inspect import Parameter, signature

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import losses
from chainrule.tape import Tensor

ROWS = [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
SCORES = [[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]]
LABELS = [2, 0]
YES = [[0, 1, 1], [1, 1, 0]]
EVERY = {
    "HingeSum": ("hinge_sum", SCORES, LABELS),
    "SoftmaxCrossEntropy": ("softmax_cross_entropy", SCORES, LABELS),
    "CrossEntropy": ("cross_entropy", ROWS, [[0, 0, 1], [1, 0, 0]]),
    "SigmoidCrossEntropy": ("sigmoid_cross_entropy", SCORES, ROWS),
    "BinaryCrossEntropy": ("binary_cross_entropy", ROWS, YES),
    "NegativeLogLikelihood": ("negative_log_likelihood", np.log(ROWS), LABELS),
    "HalfSSE": ("half_sse", SCORES, ROWS),
    "GaussianNLL": ("gaussian_nll", SCORES, ROWS, YES),
    "LaplaceNLL": ("laplace_nll", SCORES, 2.0, ROWS),
    "LaplaceMixtureNLL": ("laplace_mixture_nll", SCORES, SCORES, ROWS, [0.5, 1.5]),
    "BernoulliNLL": ("bernoulli_nll", ROWS, YES),
    "CategoricalNLL": ("categorical_nll", ROWS, LABELS),
}
every_loss = pytest.mark.parametrize("name", EVERY)


def test_no_loss_is_left_out():
    functions = {function for function, *_ in EVERY.values()}
    assert set(EVERY) | functions | {"keras", "pytorch"} == set(losses.__all__)


@every_loss
def test_a_class_is_its_function_with_settings_kept(name):
    function, *inputs = EVERY[name]
    by_class = getattr(losses, name)(reduction="none")(*inputs)
    by_function = getattr(losses, function)(*inputs, reduction="none")
    assert_allclose(by_class.data, by_function.data)
    settings = list(signature(getattr(losses, function)).parameters.values())
    kept = signature(getattr(losses, name)).parameters.values()
    assert [(p.name, p.default) for p in kept] == [
        (p.name, p.default) for p in settings if p.kind is Parameter.KEYWORD_ONLY
    ]


@every_loss
def test_a_mean_and_a_sum_are_those_of_the_losses_one_by_one(name):
    function, *inputs = EVERY[name]
    call = getattr(losses, function)
    each = call(*inputs, reduction="none").data
    assert each.dtype == np.float32 if isinstance(inputs[0], list) else np.float64
    assert call(*inputs, reduction="mean").item() == pytest.approx(each.mean(), rel=1e-6)
    assert call(*inputs, reduction="sum").item() == pytest.approx(each.sum(), rel=1e-6)


@every_loss
def test_one_example_costs_what_it_costs_among_others(name):
    function, *inputs = EVERY[name]
    call = getattr(losses, function)
    first = [value if isinstance(value, float) else np.array(value)[:1] for value in inputs]
    among = call(*[v if isinstance(v, float) else np.array(v) for v in inputs], reduction="none")
    assert_allclose(call(*first, reduction="none").data, among.data[:1], rtol=1e-12)


@every_loss
def test_a_gradient_reaches_the_predictions(name):
    function, predictions, *rest = EVERY[name]
    x = Tensor(np.array(predictions), needs_grad=True)
    getattr(losses, function)(x, *rest).backward()
    assert x.grad.shape == x.shape
    assert np.abs(x.grad).sum() > 0


def test_whole_numbers_as_predictions_become_float32():
    assert losses.half_sse(np.array([1, 2, 3]), [1, 0, 1]).data.dtype == np.float32
    assert losses.half_sse([1, 2, 3], [1, 0, 1]).item() == 4


def test_settings_are_shown():
    shown = "HingeSum(margin=2.0, power=1, all_j=False, divide='none', reduction='mean')"
    assert repr(losses.HingeSum(margin=2.0)) == shown


def test_multi_margin_divides_a_squared_hinge_by_the_classes_too():
    loss = losses.pytorch.MultiMarginLoss(p=2, margin=0.5, reduction="sum")
    wanted = losses.hinge_sum(SCORES, LABELS, power=2, margin=0.5, reduction="sum").item() / 3
    assert loss(SCORES, LABELS).item() == pytest.approx(wanted)
