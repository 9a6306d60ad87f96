"""What weights are before learning."""

import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import nn
from chainrule.backends.hashing import key_array
from chainrule.nn import init

SHAPES = {"linear": (300, 200), "convolution": (64, 32, 3, 3)}
FANS = {"linear": (200, 300), "convolution": (32 * 9, 64 * 9)}


def moments(values):
    return values.mean(), values.std()


@pytest.mark.parametrize("kind", SHAPES)
def test_glorots_variance_is_two_over_both_fans(kind):
    values = init.glorot_uniform(key_array(1), SHAPES[kind])
    std = np.sqrt(2 / sum(FANS[kind]))
    assert abs(values.mean()) < 0.05 * std
    assert abs(values.std() / std - 1) < 0.02
    assert std * np.sqrt(3) * 0.99 < np.abs(values).max() <= std * np.sqrt(3)


@pytest.mark.parametrize("kind", SHAPES)
def test_hes_variance_is_two_over_the_fan_in(kind):
    values = init.he_normal(key_array(2), SHAPES[kind])
    std = np.sqrt(2 / FANS[kind][0])
    assert abs(values.mean()) < 0.05 * std
    assert abs(values.std() / std - 1) < 0.02
    assert np.abs(values).max() > 3 * std  # tails, as a normal distribution has


def test_normal_and_uniform_have_the_numbers_they_were_given():
    mean, std = moments(init.normal(0.02)(key_array(3), (300, 200)))
    assert abs(mean) < 0.001
    assert abs(std / 0.02 - 1) < 0.02
    values = init.uniform(-1, 3)(key_array(4), (300, 200))
    assert -1 <= values.min() < -0.99
    assert 2.99 < values.max() < 3
    assert abs(values.mean() - 1) < 0.02


def test_weights_are_drawn_and_biases_start_at_nothing():
    layer = nn.Linear(30, 20, weights=init.he_normal)
    assert layer.weight.dtype == "float32"
    assert layer.weight.data.std() > 0.1
    assert not layer.bias.data.any()
    norm = nn.BatchNorm2d(3)
    assert (norm.weight.data == 1).all()
    assert not norm.bias.data.any()


def test_a_seed_decides_every_weight():
    def built(seed):
        nn.seed(seed)
        return nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)).state_dict()

    one, again, other = built(5), built(5), built(6)
    assert all((one[name] == again[name]).all() for name in one)
    assert (one["0.weight"] != other["0.weight"]).all()
    assert (one["0.weight"] != one["1.weight"]).all()


def test_a_seed_may_hold_for_a_while_only():
    nn.seed(5)
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    nn.seed(5)
    assert_array_equal(nn.Linear(4, 4).weight.data, first.weight.data)
    with init.seeded(99):
        aside = nn.Linear(4, 4)
    assert_array_equal(nn.Linear(4, 4).weight.data, second.weight.data)
    with init.seeded(99):
        assert_array_equal(nn.Linear(4, 4).weight.data, aside.weight.data)


def test_each_thread_has_a_sequence_of_its_own():
    nn.seed(5)
    found = []
    thread = threading.Thread(target=lambda: found.append(nn.Linear(4, 4).weight.data))
    thread.start()
    thread.join()
    nn.seed(0)  # where every thread starts
    assert_array_equal(found[0], nn.Linear(4, 4).weight.data)
