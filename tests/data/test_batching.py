import numpy as np
import pytest

from chainrule import data
from chainrule.errors import UsageError


@pytest.fixture
def ten():
    """Ten images, each of its own number, labelled with it."""
    return data.Split(np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1), np.arange(10))


def numbers(split, size, **options):
    options = {"seed": 0, "epoch": 0, **options}
    batches = list(data.batches(split, size, **options))
    for images, labels in batches:
        np.testing.assert_array_equal(images.ravel(), labels)
    return [labels.tolist() for _, labels in batches]


def flat(batches):
    return [number for batch in batches for number in batch]


def test_an_epoch_shows_every_image_once_and_the_last_batch_is_smaller(ten):
    batches = numbers(ten, 4)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(flat(batches)) == list(range(10))
    assert flat(batches) != list(range(10))


def test_without_shuffling_the_order_is_the_splits(ten):
    assert numbers(ten, 4, shuffle=False) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_the_order_depends_on_seed_and_epoch_alone(ten):
    np.random.seed(5)  # noqa: NPY002 - the global generator must not matter
    once = numbers(ten, 4, seed=1, epoch=2)
    assert numbers(ten, 4, seed=1, epoch=2) == once
    assert numbers(ten, 4, seed=1, epoch=3) != once
    assert numbers(ten, 4, seed=2, epoch=2) != once
    assert flat(numbers(ten, 5, seed=1, epoch=2)) == flat(once)


def test_an_interrupted_epoch_goes_on_where_it_was(ten):
    assert numbers(ten, 3, first=2) == numbers(ten, 3)[2:]
    assert numbers(ten, 3, first=4) == []


@pytest.mark.parametrize("size", [0, 11, -1])
def test_a_batch_size_that_cannot_be_is_refused_at_once(ten, size):
    with pytest.raises(UsageError, match=f"batch size is {size}, but needs to be from 1 to 10"):
        data.batches(ten, size, seed=0, epoch=0)


@pytest.mark.parametrize("options", [{"seed": -1}, {"epoch": -1}, {"first": -1}])
def test_negative_seeds_epochs_and_starts_are_refused(ten, options):
    with pytest.raises(UsageError, match="need to be 0 or more"):
        numbers(ten, 5, **options)
