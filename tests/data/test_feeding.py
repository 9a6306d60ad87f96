import threading
import time

import numpy as np
import pytest

from chainrule import data
from chainrule.backends import NUMPY
from chainrule.data.feeding import ahead
from chainrule.errors import DataError, UsageError


@pytest.fixture
def examples(rng):
    return data.Split(rng.integers(0, 256, (50, 3, 8, 8), dtype=np.uint8), np.arange(50) % 4)


EVERYTHING = data.Augmentation(
    shift=1, flip="alternating", rotation=10, zoom=0.1, colour=0.2, cutout=2, mixup=0.5
)


def epoch(examples, augmentation=EVERYTHING, **options):
    number, first = options.pop("epoch", 1), options.pop("first", 0)
    feed = data.Feed(examples, 16, augmentation, **{"classes": 4, "seed": 0, **options})
    return list(feed.batches(number, first))


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
        list(data.Feed(examples, 51, EVERYTHING, classes=4, seed=0).batches(0))


class Elsewhere(type(NUMPY)):
    """NumPy, as if on a device with a memory of its own, of which so many bytes are free."""

    device = "elsewhere"
    free_memory = None  # a property of backends

    def __init__(self, free):
        super().__init__()
        self.free_memory = free


@pytest.fixture
def changed_in(monkeypatch):
    """The threads in which images were changed."""
    threads, change = [], data.Augmentation.__call__

    def watched(self, images, **options):
        threads.append((threading.current_thread().name, options["backend"].device))
        return change(self, images, **options)

    monkeypatch.setattr(data.Augmentation, "__call__", watched)
    return threads


@pytest.mark.parametrize("free", [None, 50 * 3 * 8 * 8, 100 * 3 * 8 * 8])
def test_another_device_changes_its_images_itself_in_the_thread_of_its_steps(
    examples, changed_in, free
):
    feed = data.Feed(examples, 16, EVERYTHING, classes=4, seed=0, backend=Elsewhere(free))
    with feed.ahead(1) as coming:
        batches = list(coming)
    assert set(changed_in) == {(threading.current_thread().name, "elsewhere")}
    assert_same(batches, epoch(examples))


def test_the_processor_changes_images_ahead_of_their_use(examples, changed_in):
    feed = data.Feed(examples, 16, EVERYTHING, classes=4, seed=0)
    with feed.ahead(1, first=1) as coming:
        batches = list(coming)
    assert all(name.startswith("chainrule-ahead") for name, _ in changed_in)
    assert_same(batches, epoch(examples)[1:])


def test_images_move_to_a_device_at_once_where_they_leave_it_half_of_its_memory(
    examples, monkeypatch
):
    moved = []
    monkeypatch.setattr(
        Elsewhere, "asarray", lambda self, values, *_, **__: moved.append(values) or values
    )
    size = examples.images.nbytes
    for free, count in ((None, 0), (2 * size - 1, 0), (2 * size, 1)):
        moved.clear()
        data.Feed(examples, 16, data.Augmentation(), classes=4, seed=0, backend=Elsewhere(free))
        assert [images is examples.images for images in moved] == [True] * count


def test_ahead_gives_the_same_in_the_same_order(examples):
    with ahead(iter(epoch(examples))) as coming:
        assert_same(list(coming), epoch(examples))
    with ahead(iter(())) as coming:
        assert list(coming) == []


def test_ahead_makes_the_next_item_while_one_is_in_use_but_no_more():
    made, second = [], threading.Event()

    def items():
        for number in range(5):
            made.append((number, threading.current_thread().name))
            if number == 1:
                second.set()
            yield number

    with ahead(items()) as coming:
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

    with ahead(items()) as coming:
        assert [next(coming), next(coming)] == [1, 2]
        with pytest.raises(DataError, match="the third is damaged"):
            next(coming)


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, None])
def test_no_thread_is_left_however_the_block_is_left(error):
    before = threading.active_count()

    def leave():
        with ahead(iter(range(100))) as coming:
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
