"""Keras's fifteen losses against Keras 3 itself, on its torch back end."""

import inspect
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule import losses
from chainrule.tape import Tensor


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """keras.losses, imported where a test needs it: that alone takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        if "keras" not in sys.modules:
            patch.setenv("KERAS_BACKEND", "torch")
            patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        import keras

        assert keras.config.backend() == "torch"
        # Means and sums of float64 are computed in float32 there, except on TensorFlow.
        patch.setitem(keras.src.backend.common.dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        before = keras.config.floatx()
        yield keras
        keras.config.set_floatx(before)


def shares(rng, *shape):
    return rng.dirichlet(np.ones(shape[-1]), shape[:-1])


def one_hot(rng, *shape):
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


def normal(rng, *shape):
    return rng.standard_normal(shape)


def positive(rng, *shape):
    return rng.uniform(0.1, 3, shape)


def between(rng, *shape):
    return rng.uniform(0.05, 0.95, shape)


def bits(rng, *shape):
    return rng.integers(0, 2, shape).astype("float64")


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], shape)


def labels(rng, *shape):
    return rng.integers(0, shape[-1], shape[:-1])


def last_axis_first(draw):
    return lambda rng, *shape: np.moveaxis(draw(rng, *shape), -1, 1)


PAIRS = {
    "mean_squared_error": ("MeanSquaredError", normal, normal, {}),
    "mean_absolute_error": ("MeanAbsoluteError", normal, normal, {}),
    "mean_absolute_percentage_error": ("MeanAbsolutePercentageError", positive, normal, {}),
    "mean_squared_logarithmic_error": ("MeanSquaredLogarithmicError", positive, normal, {}),
    "cosine_similarity": ("CosineSimilarity", normal, normal, {}),
    "cosine_similarity along axis 1": ("CosineSimilarity", normal, normal, {"axis": 1}),
    "huber": ("Huber", normal, normal, {}),
    "huber of delta 0.3": ("Huber", normal, normal, {"delta": 0.3}),
    "log_cosh": ("LogCosh", normal, normal, {}),
    "hinge": ("Hinge", signs, normal, {}),
    "hinge of 0 and 1": ("Hinge", bits, normal, {}),
    "squared_hinge": ("SquaredHinge", signs, normal, {}),
    "squared_hinge of 0 and 1": ("SquaredHinge", bits, normal, {}),
    "categorical_hinge": ("CategoricalHinge", one_hot, normal, {}),
    "kl_divergence": ("KLDivergence", shares, shares, {}),
    "kl_divergence of one-hot rows": ("KLDivergence", one_hot, shares, {}),
    "poisson": ("Poisson", positive, positive, {}),
    "binary_crossentropy": ("BinaryCrossentropy", bits, shares, {}),
    "binary_crossentropy of scores": ("BinaryCrossentropy", bits, normal, {"from_logits": True}),
    "binary_crossentropy smoothed": (
        "BinaryCrossentropy",
        bits,
        shares,
        {"label_smoothing": 0.2, "axis": 1},
    ),
    "categorical_crossentropy": ("CategoricalCrossentropy", one_hot, shares, {}),
    "categorical_crossentropy not of sum 1": ("CategoricalCrossentropy", shares, between, {}),
    "categorical_crossentropy of scores": (
        "CategoricalCrossentropy",
        shares,
        normal,
        {"from_logits": True},
    ),
    "categorical_crossentropy smoothed": (
        "CategoricalCrossentropy",
        one_hot,
        shares,
        {"label_smoothing": 0.1},
    ),
    "categorical_crossentropy of smoothed scores": (
        "CategoricalCrossentropy",
        one_hot,
        normal,
        {"from_logits": True, "label_smoothing": 0.1},
    ),
    "categorical_crossentropy along axis 1": (
        "CategoricalCrossentropy",
        last_axis_first(one_hot),
        last_axis_first(shares),
        {"axis": 1},
    ),
    "sparse_categorical_crossentropy": ("SparseCategoricalCrossentropy", labels, shares, {}),
    "sparse_categorical_crossentropy of scores": (
        "SparseCategoricalCrossentropy",
        labels,
        normal,
        {"from_logits": True},
    ),
    "sparse_categorical_crossentropy along axis 1": (
        "SparseCategoricalCrossentropy",
        labels,
        last_axis_first(normal),
        {"from_logits": True, "axis": 1},
    ),
    "sparse_categorical_crossentropy without class 2": (
        "SparseCategoricalCrossentropy",
        labels,
        normal,
        {"from_logits": True, "ignore_class": 2},
    ),
}
every_loss = pytest.mark.parametrize("case", PAIRS)
SHAPE = (6, 5, 4)
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}


def drawn(case, rng, dtype):
    _, draw_true, draw_pred, settings = PAIRS[case]
    y_true, y_pred = draw_true(rng, *SHAPE), draw_pred(rng, *SHAPE).astype(dtype)
    return (y_true if y_true.dtype == np.int64 else y_true.astype(dtype)), y_pred, settings


def their_gradient(call, y_pred):
    leaf = torch.from_numpy(y_pred.copy()).requires_grad_()
    value = call(leaf)
    torch.sum(value * torch.linspace(0.5, 1.5, value.numel()).reshape(value.shape)).backward()
    return value.detach().numpy(), leaf.grad.numpy()


def our_gradient(call, y_pred):
    leaf = Tensor(y_pred, needs_grad=True)
    value = call(leaf)
    dy = torch.linspace(0.5, 1.5, value.data.size).reshape(value.shape).numpy()
    value.backward(dy.astype(y_pred.dtype))
    return value.data, leaf.grad


def assert_equal_results(ours, wanted, dtype):
    for got, expected in zip(ours, wanted, strict=True):
        largest = float(np.max(np.abs(expected)))
        assert got.dtype == dtype
        assert_allclose(got, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * largest)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@every_loss
def test_a_function_gives_keras_values_and_gradients(case, dtype, theirs, rng):
    y_true, y_pred, settings = drawn(case, rng, dtype)
    name = case.split()[0]
    theirs.config.set_floatx(dtype)
    wanted = their_gradient(
        lambda x: getattr(theirs.losses, name)(torch.from_numpy(y_true), x, **settings), y_pred
    )
    ours = our_gradient(lambda x: getattr(losses.keras, name)(y_true, x, **settings), y_pred)
    assert_equal_results(ours, wanted, dtype)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    "reduction", ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None]
)
@every_loss
def test_a_class_gives_keras_values_and_gradients(case, reduction, weighted, theirs, rng):
    y_true, y_pred, settings = drawn(case, rng, "float64")
    name = PAIRS[case][0]
    theirs.config.set_floatx("float64")
    loss = getattr(theirs.losses, name)(**settings, reduction=reduction)
    mine = getattr(losses.keras, name)(**settings, reduction=reduction)
    shape = np.shape(loss(torch.from_numpy(y_true), torch.from_numpy(y_pred)))
    if shape == ():
        shape = getattr(losses.keras, name)(**settings, reduction=None)(y_true, y_pred).shape
    weight = rng.uniform(0, 2, shape) if weighted else None
    wanted = their_gradient(lambda x: loss(torch.from_numpy(y_true), x, weight), y_pred)
    assert_equal_results(our_gradient(lambda x: mine(y_true, x, weight), y_pred), wanted, "float64")


def test_all_fifteen_losses_are_compared():
    assert {case.split()[0] for case in PAIRS} | {pair[0] for pair in PAIRS.values()} == set(
        losses.keras.__all__
    )


@pytest.mark.parametrize("name", [name for name in losses.keras.__all__ if name[0].isupper()])
def test_a_class_has_keras_settings_in_their_order_and_their_defaults(name, theirs):
    wanted = dict(inspect.signature(getattr(theirs.losses, name)).parameters)
    del wanted["dtype"]
    ours = inspect.signature(getattr(losses.keras, name)).parameters
    assert [(p.name, p.default) for p in ours.values()] == [
        (p.name, p.default) for p in wanted.values()
    ]


@pytest.mark.parametrize("name", [name for name in losses.keras.__all__ if name[0].islower()])
def test_a_function_has_keras_settings_in_their_order_and_their_defaults(name, theirs):
    wanted = inspect.signature(getattr(theirs.losses, name)).parameters
    ours = inspect.signature(getattr(losses.keras, name)).parameters
    assert [(p.name, p.default) for p in ours.values()] == [
        (p.name, p.default) for p in wanted.values()
    ]


@pytest.mark.parametrize(
    ("true_shape", "pred_shape"),
    [((6,), (6, 1)), ((6, 1), (6,)), ((6, 4), (6, 4, 1)), ((6,), (6,))],
)
def test_a_last_axis_of_size_1_is_forgiven_as_keras_does(true_shape, pred_shape, theirs, rng):
    y_true, y_pred = rng.standard_normal(true_shape), rng.standard_normal(pred_shape)
    wanted = theirs.losses.mean_squared_error(torch.from_numpy(y_true), torch.from_numpy(y_pred))
    ours = losses.keras.mean_squared_error(y_true, y_pred)
    assert_allclose(ours.data, wanted.numpy(), rtol=1e-12)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0], [0.5, 0.0]])
def test_weights_that_are_0_in_sum_give_what_keras_gives(theirs, rng, weights):
    t, x = normal(rng, 2, 4), normal(rng, 2, 4)
    expected = theirs.losses.MeanSquaredError("mean_with_sample_weight", dtype="float64")(
        t, x, weights
    )
    x = Tensor(x, needs_grad=True)
    got = losses.keras.MeanSquaredError("mean_with_sample_weight")(t, x, weights)
    assert_allclose(got.numpy(), expected.numpy(), rtol=1e-12)
    got.backward()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_ignored_examples_are_left_out_of_weighted_means_too(reduction, theirs, rng):
    theirs.config.set_floatx("float64")
    y_true, y_pred = np.array([0, 2, 1, 2, 0]), rng.standard_normal((5, 3))
    weight = rng.uniform(0.5, 1, 5)
    settings = {"from_logits": True, "ignore_class": 2, "reduction": reduction}
    wanted = theirs.losses.SparseCategoricalCrossentropy(**settings)(y_true, y_pred, weight)
    ours = losses.keras.SparseCategoricalCrossentropy(**settings)(y_true, y_pred, weight)
    assert ours.item() == pytest.approx(float(wanted), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "y_true", "y_pred"),
    [
        ("binary_crossentropy", [[1.0, 0, 0, 1]], [[0.0, 1, 0, 1]]),
        ("categorical_crossentropy", [[1.0, 0], [1, 0]], [[0.0, 1], [1, 0]]),
        ("kl_divergence", [[1.0, 0], [1, 0]], [[0.0, 1], [1, 0]]),
        ("poisson", [[2.0, 0]], [[0.0, 0]]),
        ("log_cosh", [[1e4, -1e4, 0.0]], [[-1e4, 1e4, 0.0]]),
        ("huber", [[1e4, -1e4, 0.0]], [[-1e4, 1e4, 0.0]]),
        ("cosine_similarity", [[1.0, 2.0], [1.0, 0.0]], [[1e4, -1e4], [0.0, 0.0]]),
    ],
)
def test_the_worst_predictions_cost_what_they_cost_in_keras(name, y_true, y_pred, theirs):
    theirs.config.set_floatx("float64")
    y_true, y_pred = np.array(y_true), np.array(y_pred)
    wanted = getattr(theirs.losses, name)(y_true, y_pred).numpy()
    ours = getattr(losses.keras, name)(y_true, y_pred).data
    assert_allclose(ours, wanted, rtol=1e-9)
