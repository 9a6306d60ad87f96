"""Softmax regression, logistic regression, linear SVM: against sklearn, differences, the decks."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as SklearnLogistic
from sklearn.multiclass import OneVsRestClassifier

from chainrule import ops
from chainrule.classical import LinearSVM, LogisticRegression, SoftmaxRegression
from chainrule.classical.linear import Linear
from chainrule.classical.logistic import cost, cost_as_printed
from chainrule.data import Dataset
from chainrule.errors import TrainingError, UsageError
from chainrule.optim import SGD
from chainrule.tape import Tensor, tensor

ALL = [SoftmaxRegression, LogisticRegression, LinearSVM]
L2 = 0.01


def blobs(rng: np.random.Generator, K: int) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.integers(0, K, 90)
    centres = 2 * rng.standard_normal((K, 4))
    return centres[labels] + rng.standard_normal((90, 4)), labels


def to_the_bottom(model: type[Linear]) -> Linear:
    """A model that takes exact gradients until nothing moves any more."""
    return model(batch_size=None, epochs=1500, l2=L2)


@pytest.mark.parametrize("K", [2, 3])
def test_softmax_regression_is_sklearns_logistic_regression(
    rng: np.random.Generator, K: int
) -> None:
    X, labels = blobs(rng, K)
    ours = to_the_bottom(SoftmaxRegression).fit(X, labels)
    scaled = (X - ours.mean) / ours.scale
    if K == 2:  # sklearn has one vector for two classes: the difference of our two
        judge = SklearnLogistic(C=1 / (L2 * 90), tol=1e-9, max_iter=9999).fit(scaled, labels)
        np.testing.assert_allclose(ours.weight[1] - ours.weight[0], judge.coef_[0], atol=1e-3)
    else:
        judge = SklearnLogistic(C=1 / (2 * L2 * 90), tol=1e-9, max_iter=9999).fit(scaled, labels)
        np.testing.assert_allclose(ours.weight, judge.coef_, atol=1e-3)
    np.testing.assert_allclose(ours.probabilities(X), judge.predict_proba(scaled), atol=1e-3)


@pytest.mark.parametrize("K", [2, 3])
def test_logistic_regression_is_sklearns_one_against_the_rest(
    rng: np.random.Generator, K: int
) -> None:
    X, labels = blobs(rng, K)
    ours = to_the_bottom(LogisticRegression).fit(X, labels)
    scaled = (X - ours.mean) / ours.scale
    judge = SklearnLogistic(C=1 / (2 * L2 * 90), tol=1e-9, max_iter=9999)
    if K == 2:
        judge.fit(scaled, labels)
        np.testing.assert_allclose(ours.probabilities(X), judge.predict_proba(scaled), atol=1e-3)
        np.testing.assert_allclose(ours.weight[0], -ours.weight[1], atol=1e-5)
        weights = [-judge.coef_[0], judge.coef_[0]]
    else:
        rest = OneVsRestClassifier(judge).fit(scaled, labels)
        weights = [one.coef_[0] for one in rest.estimators_]
    np.testing.assert_allclose(ours.weight, weights, atol=1e-3)


def test_softmax_is_not_ten_logistic_regressions_scaled_to_sum_1(digits: Dataset) -> None:
    train = digits.train.images, digits.train.labels
    softmax = SoftmaxRegression().fit(*train).probabilities(digits.test.images)
    yes = LogisticRegression().fit(*train).probabilities(digits.test.images)
    np.testing.assert_allclose(softmax.sum(axis=1), 1, rtol=1e-5)
    assert np.abs(yes.sum(axis=1) - 1).max() > 0.5
    assert np.abs(yes / yes.sum(axis=1, keepdims=True) - softmax).max() > 0.25


@pytest.mark.parametrize("model", ALL)
def test_no_step_in_any_direction_lowers_the_loss_that_was_reached(
    rng: np.random.Generator, model: type[Linear]
) -> None:
    X, labels = blobs(rng, 3)
    ours = model(batch_size=None, epochs=1500, l2=L2, lr=0.5).fit(X, labels)
    scaled = Tensor((X - ours.mean) / ours.scale)

    def loss(weight: np.ndarray, bias: np.ndarray) -> float:
        scores = ops.affine(scaled, Tensor(weight), Tensor(bias))
        return ours.loss(scores, labels).item() + L2 * float(np.sum(weight**2))

    weight, bias = ours.weight.astype(np.float64), ours.bias.astype(np.float64)
    reached = loss(weight, bias)
    for _ in range(50):
        step, shift = rng.standard_normal(weight.shape), rng.standard_normal(bias.shape)
        assert loss(weight + 0.02 * step, bias + 0.02 * shift) > reached


@pytest.mark.parametrize(("model", "least"), [*zip(ALL, [0.93, 0.92, 0.92], strict=True)])
def test_digits_are_told_apart(digits: Dataset, model: type[Linear], least: float) -> None:
    fitted = model().fit(digits.train.images, digits.train.labels)
    right = fitted.predict(digits.test.images) == digits.test.labels
    assert right.mean() > least


@pytest.mark.parametrize("model", ALL)
def test_the_seed_decides_all_that_is_random(digits: Dataset, model: type[Linear]) -> None:
    train = digits.train.subset(slice(300))

    def weight(seed: int) -> np.ndarray:
        return model(epochs=2, seed=seed).fit(train.images, train.labels).weight

    assert np.array_equal(weight(1), weight(1))
    assert not np.array_equal(weight(1), weight(2))


def test_the_svm_has_30730_numbers_on_cifar_images(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (40, 3, 32, 32), dtype=np.uint8)
    model = LinearSVM(epochs=1).fit(images, np.arange(40) % 10)
    assert model.weight.shape == (10, 3072)
    assert model.weight.size + model.bias.size == 30_730


def test_progress_is_told_after_each_epoch(rng: np.random.Generator) -> None:
    told: list[tuple[int, int]] = []
    SoftmaxRegression(epochs=3).fit(*blobs(rng, 2), progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_images_that_are_all_the_same_leave_the_weights_alone() -> None:
    model = SoftmaxRegression(epochs=2).fit(np.full((6, 1, 2, 2), 9, np.uint8), [0, 1, 2] * 2)
    assert not model.weight.any()


def test_a_rate_far_too_high_is_told_and_not_hidden(rng: np.random.Generator) -> None:
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(TrainingError, match="SoftmaxRegression: the loss became"),
    ):
        SoftmaxRegression(lr=1e20, epochs=9, l2=1.0).fit(*blobs(rng, 2))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"l2": -1}, "l2 -1"),
        ({"lr": 0}, "lr is 0"),
        ({"margin": 0}, "margin is 0"),
    ],
)
def test_numbers_that_cannot_work_are_refused(numbers: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        LinearSVM(**numbers)


# The fifth deck's logistic regression, one feature.

x = np.arange(1.0, 7.0)
y = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])


def test_the_decks_gradients_are_those_of_the_tape() -> None:
    w, b = tensor(0.7, needs_grad=True, dtype="float64"), tensor(-2.0, needs_grad=True)
    b.data = b.data.astype(np.float64)
    scores = Tensor(x) * w + b
    cost(scores, Tensor(y)).backward()
    H = 1 / (1 + np.exp(-(0.7 * x - 2.0)))
    assert w.grad == pytest.approx(-np.sum((y - H) * x), rel=1e-12)
    assert b.grad == pytest.approx(-np.sum(y - H), rel=1e-12)


def test_the_cost_is_minus_the_logarithm_of_the_likelihood() -> None:
    H = 1 / (1 + np.exp(-(0.7 * x - 2.0)))
    likelihood = np.prod(H**y * (1 - H) ** (1 - y))
    assert cost(Tensor(0.7 * x - 2.0), Tensor(y)).item() == pytest.approx(-np.log(likelihood))


def test_the_cost_as_printed_is_its_formula_and_has_no_bottom() -> None:
    def printed(w: float, b: float) -> float:
        return cost_as_printed(Tensor(w * x + b), Tensor(y)).item()

    H = 1 / (1 + np.exp(-(0.7 * x - 2.0)))
    formula = -np.sum(y * np.log(H) + (1 - y) * (1 - np.log(H)))
    assert printed(0.7, -2.0) == pytest.approx(formula)
    assert printed(5.0, -17.5) == pytest.approx(-25.5, abs=0.01)
    far = [printed(scale, -3.5 * scale) for scale in (1.0, 10.0, 100.0, 1000.0)]
    assert np.all(np.diff(far) < 0)
    assert far[-1] < -1000
    assert all(cost(Tensor(s * x - 3.5 * s), Tensor(y)).item() >= 0 for s in (1.0, 1000.0))


def test_descent_on_the_cost_as_printed_runs_off_where_the_right_one_settles() -> None:
    answers = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])  # no threshold parts these

    def way(loss: Callable[[Tensor, Tensor], Tensor]) -> list[float]:
        w, b = tensor(0.0, needs_grad=True), tensor(0.0, needs_grad=True)
        descent = SGD(lr=0.05)
        descent.attach([w, b])
        costs = []
        for _ in range(900):
            value = loss(Tensor(x) * w + b, Tensor(answers))
            value.backward()
            descent.step()
            descent.clear_gradients()
            costs.append(value.item())
        return costs

    right, printed = way(cost), way(cost_as_printed)
    assert right[600] - right[899] < 0.01
    assert printed[300] - printed[600] > 5
    assert printed[600] - printed[899] > 5
