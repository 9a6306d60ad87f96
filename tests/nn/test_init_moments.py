"""Initialisers by their moments over many draws, beside PyTorch's numbers."""

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn
from chainrule.backends.hashing import key_array
from chainrule.errors import UsageError
from chainrule.nn import init

SHAPES = [(120, 80), (48, 32, 3, 3), (64, 16, 5)]


def fan_in(shape):
    return math.prod(shape[1:])


def fan_out(shape):
    return shape[0] * math.prod(shape[2:])


NORMAL = {
    init.xavier: lambda shape: 1 / math.sqrt(fan_in(shape)),
    init.glorot_normal: lambda shape: math.sqrt(2 / (fan_in(shape) + fan_out(shape))),
    init.he_normal: lambda shape: math.sqrt(2 / fan_in(shape)),
}
UNIFORM = {
    init.glorot_uniform: lambda shape: math.sqrt(2 / (fan_in(shape) + fan_out(shape))),
    init.he_uniform: lambda shape: math.sqrt(2 / fan_in(shape)),
    init.torch_default: lambda shape: math.sqrt(1 / 3 / fan_in(shape)),
}


def draws(initialiser, shape, count=8):
    return np.stack([initialiser(key_array(77, n), shape) for n in range(count)])


def close_moments(values, std, fourth):
    """Mean, variance and fourth moment within five standard errors of what they should be."""
    z = values.ravel() / std
    errors = {1: 1.0, 2: math.sqrt(fourth - 1), 4: 12.0}
    for power, expected in ((1, 0.0), (2, 1.0), (4, fourth)):
        allowed = 5 * errors[power] / math.sqrt(z.size)
        assert abs((z**power).mean() - expected) < allowed


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("initialiser", NORMAL, ids=lambda f: f.__name__)
def test_normal_ones_have_their_moments(initialiser, shape):
    values = draws(initialiser, shape)
    close_moments(values, NORMAL[initialiser](shape), fourth=3.0)
    assert np.abs(values).max() > 3.5 * NORMAL[initialiser](shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("initialiser", UNIFORM, ids=lambda f: f.__name__)
def test_uniform_ones_have_their_moments_and_bounds(initialiser, shape):
    values, std = draws(initialiser, shape), UNIFORM[initialiser](shape)
    close_moments(values, std, fourth=1.8)
    assert 0.999 < np.abs(values).max() / (std * math.sqrt(3)) <= 1


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (init.glorot_uniform, torch.nn.init.xavier_uniform_),
        (init.glorot_normal, torch.nn.init.xavier_normal_),
        (init.he_uniform, lambda t: torch.nn.init.kaiming_uniform_(t, nonlinearity="relu")),
        (init.he_normal, lambda t: torch.nn.init.kaiming_normal_(t, nonlinearity="relu")),
        (init.torch_default, lambda t: torch.nn.init.kaiming_uniform_(t, a=math.sqrt(5))),
    ],
)
def test_the_spread_is_that_of_pytorchs_drawing(mine, theirs, shape):
    torch.manual_seed(3)
    values = torch.stack([theirs(torch.empty(shape)) for _ in range(8)]).numpy()
    assert_allclose(draws(mine, shape).std(), values.std(), rtol=0.02)


def test_the_two_names_of_xavier_are_two_things():
    shape = (300, 100)
    assert init.xavier(key_array(1), shape).std() == pytest.approx(0.1, rel=0.02)
    assert init.glorot_normal(key_array(1), shape).std() == pytest.approx(0.0707, rel=0.02)


def test_uniform_from_0_to_1_makes_every_unit_nearly_the_same(rng):
    x = rng.uniform(size=(50, 100))
    bad = x @ init.uniform(0, 1)(key_array(1), (40, 100)).T
    good = x @ init.xavier(key_array(1), (40, 100)).T
    assert bad.mean() > 20
    correlations = [np.corrcoef(scores.T)[np.triu_indices(40, 1)].mean() for scores in (bad, good)]
    assert correlations[0] > 0.7 > 0.1 > abs(correlations[1])


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (6, 6), (1, 7), (4, 3, 3, 3), (40, 3, 3, 3)])
def test_orthogonal_rows_or_columns_stand_at_right_angles(shape):
    weight = init.orthogonal(key_array(4), shape)
    assert weight.shape == shape
    matrix = weight.reshape(shape[0], -1)
    square = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    assert_allclose(square, np.eye(len(square)), atol=1e-12)


def test_every_rotation_is_equally_likely():
    matrices = draws(init.orthogonal, (3, 3), count=2000)
    angles = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    for harmonic in (1, 2, 3):  # a direction that is preferred would show in one of these
        assert abs(np.exp(1j * harmonic * angles).mean()) < 5 / math.sqrt(2000)
    signs = np.sign(np.linalg.det(matrices))
    assert abs(signs.mean()) < 5 / math.sqrt(2000)


@pytest.mark.parametrize(
    "shape", [(4, 4, 3, 3), (6, 3, 3, 3), (3, 6, 5, 4), (2, 2, 1, 1), (3, 5, 3)]
)
def test_dirac_is_pytorchs(shape):
    expected = torch.nn.init.dirac_(torch.empty(shape)).numpy()
    assert_array_equal(init.dirac(key_array(0), shape), expected)


def test_a_dirac_convolution_passes_its_input_on(rng):
    layer = nn.Conv2d(3, 3, 3, padding="same", weights=init.dirac)
    x = nn.Parameter(rng.standard_normal((2, 3, 5, 5)).astype("float32"))
    assert_allclose(layer(x).numpy(), x.data, rtol=1e-6)
    assert_array_equal(init.dirac(key_array(0), (2, 3)), [[1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    "initialiser", [*NORMAL, *UNIFORM, init.orthogonal, init.dirac], ids=lambda f: f.__name__
)
def test_biases_have_no_fans(initialiser):
    with pytest.raises(UsageError, match=r"came for shape \(10,\), but needs two axes or more"):
        initialiser(key_array(0), (10,))


def test_numbers_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match=r"normal: std is -0\.1, but"):
        init.normal(-0.1)
    with pytest.raises(UsageError, match="uniform: from 1 to 0 is no range"):
        init.uniform(1, 0)


@pytest.mark.parametrize("initialiser", [*NORMAL, *UNIFORM, init.orthogonal, init.normal(0.1)])
def test_the_key_decides_every_value(initialiser):
    one, again, other = (initialiser(key_array(n), (4, 6)) for n in (1, 1, 2))
    assert_array_equal(one, again)
    assert (one != other).all()
