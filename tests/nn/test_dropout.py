"""Dropout as a layer: its rate, its modes, and masks that follow from seed, step and layer."""

import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import nn
from chainrule.backends import NUMPY, backend_named
from chainrule.backends.hashing import key_array
from chainrule.tape import Tensor


def ones(*shape):
    return Tensor(np.ones(shape, dtype="float32"), needs_grad=True)


def masks(model, seed, step, shape=(20, 30)):
    """What each of a model's layers lets pass, one after the other."""
    nn.reseed(model, seed, step)
    return [layer(ones(*shape)).data for layer in model]


def reseeded(layer):
    """The layer with a key that does not depend on how many were made before."""
    nn.reseed(layer, 0, 0)
    return layer


def kept(layer, words):
    """Which values a layer of p = 0.5 lets pass, four by four: each word gives four bytes."""
    return layer(ones(words, 4)).data != 0


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_mean_is_kept_and_the_share_p_removed(p):
    y = reseeded(nn.Dropout(p))(ones(400, 500)).data
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


def test_layers_that_nobody_reseeded_draw_masks_of_their_own():
    """0.5035 of the values passed both while every layer began with the same key."""
    y = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5))(ones(400, 500)).data
    assert abs((y != 0).mean() - 0.25) < 0.01


def test_a_seed_decides_what_new_layers_draw():
    """It decided the weights alone: masks went by how many layers the thread had ever made."""

    def drawn(seed):
        nn.seed(seed)
        return [kept(layer, 50) for layer in (nn.Dropout(0.5), nn.Dropout(0.5))]

    first = drawn(3)
    assert_array_equal(first, drawn(3))
    assert (np.not_equal(first, drawn(4))).mean() > 0.4


def test_a_seed_for_a_while_leaves_the_thread_s_own_sequence_as_it_was():
    nn.seed(3)
    first, second = (kept(nn.Dropout(0.5), 50) for _ in range(2))
    nn.seed(3)
    assert_array_equal(kept(nn.Dropout(0.5), 50), first)
    with nn.init.seeded(9):
        nn.Dropout(0.5)
    assert_array_equal(kept(nn.Dropout(0.5), 50), second)


def test_every_thread_makes_the_same_layers_in_the_same_order():
    found = []

    def make():
        found.append([layer(ones(20, 30)).data for layer in (nn.Dropout(0.5), nn.Dropout(0.5))])

    for _ in range(2):
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
    assert_array_equal(found[0], found[1])


def test_reseeding_decides_every_call_whatever_was_made_and_drawn_before():
    one, other = nn.Dropout(0.5), nn.Dropout(0.5)
    other(ones(2, 3))
    calls = []
    for layer in (one, other):
        nn.reseed(layer, 4, 9)
        calls.append([kept(layer, 50) for _ in range(3)])
    assert_array_equal(calls[0], calls[1])


def test_the_first_call_of_a_step_draws_with_the_step_s_own_key():
    layer = nn.Dropout(0.5)
    nn.reseed(layer, 4, 9)
    bits = NUMPY.random_bytes(key_array(4, 9, 0), (50, 4))
    assert_array_equal(kept(layer, 50), bits >= 128)


WORDS = 1 << 15


@pytest.mark.parametrize("apart", [1, 2, 5])
def test_calls_of_one_layer_are_no_shifted_copies_of_each_other(apart):
    """Adding the number of the call to the key made 0.79 of them agree, one word apart."""
    layer = reseeded(nn.Dropout(0.5))
    calls = [kept(layer, WORDS) for _ in range(apart + 2)]
    for one, other in zip(calls, calls[apart:], strict=False):
        for shift in range(-8, 9):
            begin, end = max(shift, 0), WORDS + min(shift, 0)
            agree = (one[begin:end] == other[begin - shift : end - shift]).mean(axis=0)
            # The deviation of a mean of 32,768 coins is below 0.003.
            assert (abs(agree - 0.5) < 0.02).all(), f"{shift} words apart: {agree} by byte place"


def test_the_calls_of_a_layer_are_those_of_numpy_on_torch_and_in_one_graph():
    torch = pytest.importorskip("torch")
    library = backend_named("torch")
    wanted = reseeded(nn.Dropout(0.5))
    layer = reseeded(nn.Dropout(0.5)).to(library)
    x = library.asarray(np.ones((5, 4), "float32"))
    calls = [kept(wanted, 5) for _ in range(3)]
    for drawn in calls:
        assert_array_equal(layer(Tensor(x)).numpy() != 0, drawn)

    graphs = []

    def count(graph, inputs):
        graphs.append(graph)
        return graph.forward

    def step(x):
        return [layer(Tensor(x)).data for _ in range(3)]

    traced = torch.compile(step, backend=count, fullgraph=True, dynamic=False)
    for _ in range(2):
        nn.reseed(layer, 0, 0)
        for got, drawn in zip(traced(x), calls, strict=True):
            assert_array_equal(library.to_numpy(got) != 0, drawn)
    assert len(graphs) == 1


def test_images_are_masked_pixel_by_pixel_and_channel_by_channel():
    y = reseeded(nn.Dropout(0.5))(ones(4, 8, 16, 16)).data
    assert abs((y == 0).mean() - 0.5) < 0.02
    for axis in range(4):
        assert (np.take(y, 0, axis) != np.take(y, 1, axis)).mean() > 0.4


def test_the_key_is_no_part_of_the_saved_state():
    assert nn.Sequential(nn.Dropout(0.5)).state_dict() == {}
