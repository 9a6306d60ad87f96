"""Dropout as a layer: its rate, its modes, and masks that follow from seed, step and layer."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import nn
from chainrule.tape import Tensor


def ones(*shape):
    return Tensor(np.ones(shape, dtype="float32"), needs_grad=True)


def masks(model, seed, step, shape=(20, 30)):
    """What each of a model's layers lets pass, one after the other."""
    nn.reseed(model, seed, step)
    return [layer(ones(*shape)).data for layer in model]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_mean_is_kept_and_the_share_p_removed(p):
    y = nn.Dropout(p)(ones(400, 500)).data
    # Deviation of a mean of 200,000: below 0.005 for these p; p itself is rounded to 1/256.
    assert abs(y.mean() - 1) < 0.02
    assert abs((y == 0).mean() - p) < 0.005
    assert len(np.unique(y)) == 2


def test_in_use_everything_passes():
    x = ones(3, 4)
    assert nn.Dropout(0.5).eval()(x) is x
    assert nn.Dropout(0)(x) is x


def test_the_gradient_passes_where_the_value_passed():
    x = ones(20, 30)
    y = nn.Dropout(0.5)(x)
    y.sum().backward()
    assert_array_equal(x.grad, y.data)


def test_masks_follow_from_seed_step_and_layer():
    model = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5))
    first, second = masks(model, seed=3, step=7)
    again = masks(model, seed=3, step=7)
    assert_array_equal(first, again[0])
    assert_array_equal(second, again[1])
    assert (first != second).mean() > 0.4
    assert (first != masks(model, seed=4, step=7)[0]).mean() > 0.4
    assert (first != masks(model, seed=3, step=8)[0]).mean() > 0.4


def test_a_shared_layer_draws_another_mask_at_each_call():
    layer = nn.Dropout(0.5)
    nn.reseed(layer, 0, 0)
    one, two = layer(ones(20, 30)).data, layer(ones(20, 30)).data
    assert (one != two).mean() > 0.4
    nn.reseed(layer, 0, 0)
    assert_array_equal(layer(ones(20, 30)).data, one)
    assert_array_equal(layer(ones(20, 30)).data, two)


def test_images_are_masked_pixel_by_pixel_and_channel_by_channel():
    y = nn.Dropout(0.5)(ones(4, 8, 16, 16)).data
    assert abs((y == 0).mean() - 0.5) < 0.02
    for axis in range(4):
        assert (np.take(y, 0, axis) != np.take(y, 1, axis)).mean() > 0.4


def test_the_key_is_no_part_of_the_saved_state():
    assert nn.Sequential(nn.Dropout(0.5)).state_dict() == {}
