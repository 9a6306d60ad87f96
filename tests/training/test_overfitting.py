"""When a history says that its model overfits."""

import pytest

from chainrule.training.history import Epoch, History


def history(train, validation):
    return History(
        [
            Epoch(epoch, loss, 0.9, held_out, 0.9, 0.001, 1.0)
            for epoch, (loss, held_out) in enumerate(zip(train, validation, strict=True), start=1)
        ]
    )


def test_a_validation_loss_that_clearly_rose_while_training_went_on_is_overfitting():
    assert history([1, 0.5, 0.3, 0.2, 0.1], [1.0, 0.6, 0.4, 0.5, 0.7]).overfits_from == 3


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ([1, 0.3, 0.2, 0.1], [0.5, 0.0225, 0.025, 0.026]),
        ([1, 0.3, 0.2, 0.1], [0.5, 0.0, 0.0, 0.0001]),
        ([1, 0.3, 0.2, 0.1], [2.0, 1.0, 1.02, 1.09]),
    ],
    ids=["by less than 0.01", "near zero", "by less than a tenth"],
)
def test_a_loss_that_hardly_rose_is_no_overfitting(train, validation):
    assert history(train, validation).overfits_from is None


def test_one_worse_epoch_at_the_end_is_no_overfitting():
    assert history([1, 0.5, 0.3, 0.2], [1.0, 0.6, 0.4, 0.7]).overfits_from is None


def test_a_training_loss_that_rose_as_well_is_no_overfitting():
    assert history([1, 0.1, 0.3, 0.2], [1.0, 0.4, 0.6, 0.7]).overfits_from is None


@pytest.mark.parametrize("validation", [[0.4, 0.9], [None, None, None, None]])
def test_too_few_measured_epochs_say_nothing(validation):
    train = [1 / epoch for epoch in range(1, len(validation) + 1)]
    assert history(train, validation).overfits_from is None
