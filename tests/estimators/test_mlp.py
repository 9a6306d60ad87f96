"""MLPClassifier: in pipelines and searches, on digits, and what it refuses."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

import chainrule
from chainrule import MLPClassifier
from chainrule.errors import ChainruleError
from chainrule.estimators.mlp import ACTIVATIONS


@pytest.fixture(scope="module")
def digits() -> list[np.ndarray]:
    """Samples to learn from and to be tested on, then their labels."""
    return train_test_split(*load_digits(return_X_y=True), test_size=0.2, random_state=0)


def test_digits_are_told_apart(digits: list[np.ndarray]) -> None:
    X, X_test, y, y_test = digits
    assert MLPClassifier(epochs=15, random_state=0).fit(X, y).score(X_test, y_test) > 0.96


def test_without_hidden_layers_it_is_softmax_regression(digits: list[np.ndarray]) -> None:
    X, X_test, y, y_test = digits
    model = MLPClassifier((), epochs=10, random_state=0).fit(X, y)
    assert len(model.model_) == 2  # Flatten, Linear
    assert model.score(X_test, y_test) > 0.93


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_every_choice_learns_the_irises(activation: str, optimizer: str) -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier((20, 10), activation, optimizer=optimizer, lr=1e-2, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize("optimizer", ["sgd", "nesterov"])
def test_descent_with_momentum_learns_the_irises(optimizer: str) -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(optimizer=optimizer, lr=0.02, momentum=0.9, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.95


def test_it_is_part_of_a_pipeline_in_a_grid_search(digits: list[np.ndarray]) -> None:
    X, X_test, y, y_test = digits
    pipeline = make_pipeline(PCA(20), MLPClassifier(epochs=8, random_state=0))
    sizes = {"mlpclassifier__hidden_layer_sizes": [(2,), (40,)]}
    search = GridSearchCV(pipeline, sizes, cv=2).fit(X, y)
    assert search.best_params_ == {"mlpclassifier__hidden_layer_sizes": (40,)}
    assert search.score(X_test, y_test) > 0.9


def test_cross_validation_may_use_processes(digits: list[np.ndarray]) -> None:
    X, _, y, _ = digits
    scores = cross_val_score(MLPClassifier(epochs=4, random_state=0), X, y, cv=2, n_jobs=2)
    assert scores.min() > 0.85


def test_answers_are_the_labels_it_was_given() -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["부채붓꽃", "versicolor", "virginica"])[y]
    model = MLPClassifier(random_state=0).fit(X, names)
    assert set(model.predict(X)) == set(names)
    assert model.classes_.tolist() == sorted(set(names))
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-12)


def test_a_pickle_answers_as_the_model_does() -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(epochs=5, random_state=0).fit(X, y)
    again = pickle.loads(pickle.dumps(model))  # noqa: TID251  (our own, a moment ago)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_the_random_state_decides_all_that_is_random() -> None:
    X, y = load_iris(return_X_y=True)

    def answers(seed: int | np.random.RandomState) -> np.ndarray:
        return MLPClassifier(epochs=3, random_state=seed).fit(X, y).predict_proba(X)

    np.testing.assert_array_equal(answers(1), answers(1))
    np.testing.assert_array_equal(
        answers(np.random.RandomState(5)), answers(np.random.RandomState(5))
    )
    assert not np.array_equal(answers(1), answers(2))


def test_early_stopping_keeps_the_best_epoch(digits: list[np.ndarray]) -> None:
    X, _, y, _ = digits
    model = MLPClassifier(early_stopping=True, patience=2, epochs=100, random_state=0).fit(X, y)
    assert len(model.history_) < 100
    assert len(model.history_) - model.history_.best.epoch == 2
    assert model.history_.best.validation_accuracy > 0.9


def test_features_of_any_scale_are_learned() -> None:
    X, y = load_iris(return_X_y=True)
    scales = np.array([1e6, 1e-6, 1.0, 1e3])
    model = MLPClassifier(random_state=0)
    as_it_is = model.fit(X, y).predict_proba(X)
    scaled = clone(model).fit(X * scales + 7e6 * scales, y).predict_proba(X * scales + 7e6 * scales)
    np.testing.assert_allclose(scaled, as_it_is, atol=1e-3)


def test_a_constant_feature_is_constant_in_spite_of_rounding() -> None:
    X, y = load_iris(return_X_y=True)
    same = np.full((len(X), 1), 0.1)
    assert same.std() > 0
    model = MLPClassifier(random_state=0).fit(np.hstack([X, same]), y)
    assert model.scale_[-1] == 1
    assert model.score(np.hstack([X, same + 0.01]), y) > 0.9


def test_standardising_can_be_left_out() -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(standardise=False, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9
    assert model.mean_.tolist() == [0] * 4


def test_a_handful_of_samples_is_enough_to_learn_from() -> None:
    X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), ["a", "a", "a", "b", "b"]
    model = MLPClassifier(batch_size=4, epochs=200, random_state=0).fit(X, y)
    assert model.predict(X).tolist() == y


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"activation": "swish"}, "activation 'swish' is not one of relu, leaky_relu, elu"),
        ({"optimizer": "lbfgs"}, "optimizer 'lbfgs' is not one of sgd"),
        ({"schedule": "square"}, "schedule 'square' is not one of constant"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"lr": -1.0}, "lr is -1"),
        ({"hidden_layer_sizes": (0,)}, "out_features is 0"),
        ({"early_stopping": True, "validation_fraction": 1.5}, "cannot hold out 1.5"),
        ({"early_stopping": True, "patience": 0}, "patience is 0"),
    ],
)
def test_parameters_that_cannot_work_are_refused_in_fit(parameters: dict, said: str) -> None:
    model = MLPClassifier(**parameters)  # sklearn wants no refusal before fit
    with pytest.raises((ChainruleError, ValueError), match=said):
        model.fit(*load_iris(return_X_y=True))


def test_one_class_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="y has one class, 'a'"):
        MLPClassifier().fit([[1.0], [2.0]], ["a", "a"])


def test_importing_chainrule_loads_no_sklearn_until_an_estimator_is_asked_for() -> None:
    program = (
        "import sys, chainrule; assert 'sklearn' not in sys.modules; "
        "chainrule.MLPClassifier(); assert 'sklearn' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_name_that_chainrule_lacks_is_still_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Classifiers'"):
        chainrule.Classifiers  # noqa: B018
    assert "MLPClassifier" in chainrule.__all__


def test_one_hidden_layer_may_be_a_number() -> None:
    X, y = load_iris(return_X_y=True)
    one, listed = (MLPClassifier(n, epochs=2, random_state=0).fit(X, y) for n in (8, (8,)))
    np.testing.assert_array_equal(one.predict_proba(X), listed.predict_proba(X))
