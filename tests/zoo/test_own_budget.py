"""How many epochs fit into some minutes."""

import pytest

from chainrule.errors import UsageError
from chainrule.zoo.own.budget import Pace, epochs_within


def test_an_epoch_takes_its_steps_and_its_validation():
    assert Pace(step=0.5, look=0.01).epoch(images=100, batch_size=30, looks=20) == 2.2


def test_as_many_epochs_are_trained_as_fit():
    epochs, reason = epochs_within(10, seconds=41, most=30)
    assert epochs == 14
    assert reason == (
        "14 epochs of about 41 seconds, 10 minutes in all: as many as fit into 10 minutes"
    )


def test_no_more_epochs_are_trained_than_pay():
    epochs, reason = epochs_within(10, seconds=4, most=30)
    assert epochs == 30
    assert reason == "30 epochs of about 4 seconds, 2 minutes in all: more would hardly help"


def test_a_slow_machine_trains_a_few_epochs_all_the_same_and_says_so():
    epochs, reason = epochs_within(1, seconds=50, most=30)
    assert epochs == 3
    assert reason == (
        "3 epochs of about 50 seconds, 2 minutes in all: over 1 minutes, "
        "but with fewer nothing is learned"
    )


def test_a_recipe_of_one_epoch_keeps_it():
    assert epochs_within(10, seconds=0.1, most=1)[1].startswith("1 epoch of about a second")


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf")])
def test_no_time_at_all_is_refused(minutes):
    with pytest.raises(UsageError, match=r"minutes is .*, but a finite number over 0 is needed"):
        epochs_within(minutes, seconds=1, most=30)
