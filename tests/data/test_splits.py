import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import data
from chainrule.errors import UsageError


def labelled(counts):
    """A Split with so many images of each class; image k has the value k."""
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.arange(len(labels), dtype=np.float32).reshape(-1, 1, 1, 1)
    return data.Split(images, labels)


def values(split):
    return split.images.ravel().tolist()


@given(
    counts=st.lists(st.integers(0, 40), min_size=1, max_size=6).filter(lambda c: sum(c) > 1),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
    stratified=st.booleans(),
)
def test_the_two_sides_add_up_to_the_whole_exactly(counts, share, seed, stratified):
    whole = labelled(counts)
    amount = 1 + int(share * (len(whole) - 2))
    rest, held = data.split(whole, amount, seed=seed, stratified=stratified)
    assert len(held) == amount
    assert sorted(values(rest) + values(held)) == values(whole)
    assert values(held) == sorted(values(held))
    if stratified:
        shares = np.bincount(held.labels, minlength=len(counts))
        quotas = np.array(counts) * amount / sum(counts)
        assert (np.abs(shares - quotas) < 1 + 1e-9).all()


def test_a_fraction_takes_its_share_of_every_class():
    _, held = data.split(labelled([100, 50, 10]), 0.1, seed=0)
    assert np.bincount(held.labels).tolist() == [10, 5, 1]


@pytest.mark.parametrize(("counts", "shares"), [([27, 13], [7, 3]), ([13, 27], [3, 7])])
def test_the_odd_image_comes_from_the_class_with_the_largest_remainder(counts, shares):
    _, held = data.split(labelled(counts), 10, seed=0)
    assert np.bincount(held.labels).tolist() == shares


def test_the_last_image_of_a_class_stays_in_training():
    rest, held = data.split(labelled([1, 1, 1, 20]), 7, seed=0)
    assert set(rest.labels.tolist()) == {0, 1, 2, 3}
    assert len(held) == 7


def test_the_seed_decides_which_images():
    whole = labelled([50, 50])
    helds = [values(data.split(whole, 0.3, seed=seed)[1]) for seed in (1, 1, 2)]
    assert helds[0] == helds[1] != helds[2]


def test_the_last_tenth_is_taken_unshuffled():
    rest, held = data.split_last(labelled([30, 30]), 0.1)
    assert values(held) == [54, 55, 56, 57, 58, 59]
    assert values(rest) == list(range(54))


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        (0, "cannot hold out 0 of 10 images: give a count from 1 to 9"),
        (10, "cannot hold out 10 of 10 images"),
        (-1, "cannot hold out -1 of 10 images"),
        (1.0, r"cannot hold out 1\.0 of 10 images: give a fraction between 0 and 1"),
        (2.5, r"cannot hold out 2\.5 of 10 images: give a fraction"),
        (float("nan"), "cannot hold out nan of 10 images"),
        (True, "cannot hold out True of 10 images"),
        (0.01, r"cannot hold out 0\.01 of 10 images: that is 0, and leaves one side .* add"),
    ],
)
def test_amounts_that_cannot_be_are_refused(amount, sentence):
    for split in (
        lambda: data.split(labelled([5, 5]), amount, seed=0),
        lambda: data.split_last(labelled([5, 5]), amount),
    ):
        with pytest.raises(UsageError, match=sentence):
            split()


def test_a_negative_seed_is_refused():
    with pytest.raises(UsageError, match="seed is -1"):
        data.split(labelled([5, 5]), 2, seed=-1)
