import threading
import time

import numpy as np
import pytest

from chainrule import data
from chainrule.errors import DataError, UsageError


@pytest.fixture
def examples(rng):
    return data.Split(rng.integers(0, 256, (50, 3, 8, 8), dtype=np.uint8), np.arange(50) % 4)


EVERYTHING = data.Augmentation(
    shift=1, flip="alternating", rotation=10, zoom=0.1, colour=0.2, cutout=2, mixup=0.5
)


def epoch(examples, augmentation=EVERYTHING, **options):
    options = {"classes": 4, "seed": 0, "epoch": 1, **options}
    return list(data.augmented_batches(examples, 16, augmentation, **options))


def assert_same(one, other):
    assert len(one) == len(other)
    for (x, y), (z, t) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, z)
        np.testing.assert_array_equal(y, t)


def test_without_augmentation_they_are_the_plain_batches(examples):
    assert_same(
        epoch(examples, data.Augmentation()), list(data.batches(examples, 16, seed=0, epoch=1))
    )


def test_an_interrupted_epoch_goes_on_with_the_same_images_and_shares(examples):
    assert_same(epoch(examples, first=2), epoch(examples)[2:])


def test_mixed_batches_come_with_shares_of_every_class(examples):
    for _, shares in epoch(examples, classes=7):
        assert shares.shape[1] == 7
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
        assert (shares[:, 4:] == 0).all()


def test_an_alternating_flip_follows_each_image_through_the_shuffled_epochs(examples):
    flips = data.Augmentation(flip="alternating")
    sides = [{}, {}]
    for number, side in enumerate(sides):
        for (changed, _), (plain, _) in zip(
            epoch(examples, flips, epoch=number),
            data.batches(examples, 16, seed=0, epoch=number),
            strict=True,
        ):
            for before, after in zip(plain, changed, strict=True):
                side[before.tobytes()] = bool((before != after).any())
    assert all(sides[0][image] != sides[1][image] for image in sides[0])


def test_a_batch_size_that_cannot_be_is_refused(examples):
    with pytest.raises(UsageError, match="batch size is 51"):
        list(data.augmented_batches(examples, 51, EVERYTHING, classes=4, seed=0, epoch=0))


def test_ahead_gives_the_same_in_the_same_order(examples):
    with data.ahead(iter(epoch(examples))) as coming:
        assert_same(list(coming), epoch(examples))
    with data.ahead(iter(())) as coming:
        assert list(coming) == []


def test_ahead_makes_the_next_item_while_one_is_in_use_but_no_more():
    made, second = [], threading.Event()

    def items():
        for number in range(5):
            made.append((number, threading.current_thread().name))
            if number == 1:
                second.set()
            yield number

    with data.ahead(items()) as coming:
        assert next(coming) == 0
        assert second.wait(10)
        time.sleep(0.05)  # enough for a third, were it allowed
        assert [number for number, _ in made] == [0, 1]
        assert next(coming) == 1
    assert all(name.startswith("chainrule-ahead") for _, name in made)


def test_an_exception_comes_where_its_item_would_have_come():
    def items():
        yield 1
        yield 2
        raise DataError("the third is damaged")

    with data.ahead(items()) as coming:
        assert [next(coming), next(coming)] == [1, 2]
        with pytest.raises(DataError, match="the third is damaged"):
            next(coming)


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, None])
def test_no_thread_is_left_however_the_block_is_left(error):
    before = threading.active_count()

    def leave():
        with data.ahead(iter(range(100))) as coming:
            next(coming)
            assert threading.active_count() > before
            if error:
                raise error

    if error:
        with pytest.raises(error):
            leave()
    else:
        leave()
    assert threading.active_count() == before
