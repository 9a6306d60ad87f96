"""Random bytes: repeatable, different for different keys, even in distribution."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule.backends import NUMPY
from chainrule.backends.hashing import (
    hashed_bytes,
    hashed_normal,
    hashed_uniform,
    key_array,
    key_of,
    mix,
)

COUNT = 1 << 18
KEYS = [(0,), (1,), (7, 3, 2), (7, 3, 3), (7, 4, 3), (2**40, 5), (-1, 0)]


key = key_array


def chi_square(counts):
    expected = counts.sum() / counts.size
    return ((counts - expected) ** 2 / expected).sum()


def is_even(counts):
    """Whether counts are as uneven as chance makes them: within five deviations of the mean."""
    freedom = counts.size - 1
    return abs(chi_square(counts) - freedom) < 5 * np.sqrt(2 * freedom)


def test_the_same_key_and_shape_give_the_same_bytes():
    first = hashed_bytes(key(1, 2), (5, 7))
    assert first.shape == (5, 7)
    assert first.dtype == "uint8"
    assert_array_equal(first, hashed_bytes(key(1, 2), (5, 7)))


def test_the_bytes_are_these_on_every_machine():
    assert_array_equal(hashed_bytes(key(7, 3, 2), (8,)), [123, 65, 246, 122, 183, 92, 253, 50])


def test_the_key_is_left_as_it_was():
    one = key(1, 2)
    before = one.copy()
    hashed_bytes(one, (100,))
    assert_array_equal(one, before)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (4, 0, 2), (2, 3, 5)])
def test_any_shape_is_a_beginning_of_the_same_sequence(shape):
    count = int(np.prod(shape))
    longer = hashed_bytes(key(9), (64,))
    assert_array_equal(hashed_bytes(key(9), shape).ravel(), longer[:count])


def test_the_backend_gives_the_same_bytes():
    assert_array_equal(NUMPY.random_bytes(key(4), (9,)), hashed_bytes(key(4), (9,)))


@pytest.mark.parametrize("numbers", KEYS, ids=str)
def test_every_byte_is_equally_frequent(numbers):
    counts = np.bincount(hashed_bytes(key(*numbers), (COUNT,)), minlength=256)
    assert is_even(counts)


@pytest.mark.parametrize("place", range(4))
def test_every_byte_of_a_word_is_as_good_as_the_others(place):
    counts = np.bincount(hashed_bytes(key(5), (COUNT,))[place::4], minlength=256)
    assert is_even(counts)


@pytest.mark.parametrize("apart", [1, 2, 3, 4, 8, 28, 784])
def test_bytes_near_each_other_are_independent(apart):
    top = hashed_bytes(key(6), (COUNT,)) >> 4
    pairs = top[:-apart].astype("int64") * 16 + top[apart:]
    assert is_even(np.bincount(pairs[:: apart + 1], minlength=256))


@pytest.mark.parametrize("other", [(8, 3, 2), (7, 4, 2), (7, 3, 3), (7, 2, 3), (3, 7, 2)])
def test_different_keys_give_independent_bytes(other):
    one, two = hashed_bytes(key(7, 3, 2), (COUNT,)), hashed_bytes(key(*other), (COUNT,))
    pairs = (one >> 4).astype("int64") * 16 + (two >> 4)
    assert is_even(np.bincount(pairs, minlength=256))


def test_a_step_of_one_does_not_shift_the_sequence():
    one, two = hashed_bytes(key(0, 1), (400,)), hashed_bytes(key(0, 2), (400,))
    same = max(np.mean(one[shift:] == two[: 400 - shift]) for shift in range(200))
    assert same < 0.05


def test_the_unevenness_test_would_notice_a_bad_generator():
    counting = np.arange(COUNT) % 255
    assert not is_even(np.bincount(counting, minlength=256))


def test_keys_are_two_words_and_the_order_of_numbers_counts():
    words = {key_of(a, b) for a in range(50) for b in range(50)}
    assert len(words) == 2500
    assert all(0 <= word < 2**32 for pair in words for word in pair)
    assert key_of(1, 2) != key_of(2, 1)


def test_every_bit_of_a_large_number_counts():
    assert len({key_of(1 << bit) for bit in range(100)} | {key_of(0)}) == 101


def test_numpy_integers_make_the_same_key():
    assert key_of(np.int64(5), np.uint8(3)) == key_of(5, 3)
    assert key_of(np.int32(-5)) == key_of(-5)


def test_mixing_loses_no_word():
    assert len({mix(word) for word in range(1 << 16)}) == 1 << 16


def test_a_key_array_is_the_key_as_numpy_has_it():
    assert key_array(1, 2).dtype == "uint32"
    assert tuple(key_array(1, 2)) == key_of(1, 2)


def test_uniform_numbers_fill_the_unit_interval_evenly():
    numbers = hashed_uniform(key(3), (COUNT,))
    assert numbers.dtype == "float64"
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert is_even(np.bincount((numbers * 100).astype("int64"), minlength=100))


def test_normal_numbers_have_the_bell_s_moments():
    numbers = hashed_normal(key(3), (COUNT // 4, 4))
    assert numbers.shape == (COUNT // 4, 4)
    assert np.isfinite(numbers).all()
    assert abs(numbers.mean()) < 5 / np.sqrt(COUNT)
    assert numbers.std() == pytest.approx(1, abs=0.01)
    assert np.mean(np.abs(numbers) < 1) == pytest.approx(0.6827, abs=0.005)
    assert np.mean(np.abs(numbers) > 3) == pytest.approx(0.0027, abs=0.0005)


def test_numbers_without_axes_can_be_drawn():
    assert hashed_uniform(key(1), ()).shape == ()
    assert hashed_normal(key(1), ()).shape == ()
