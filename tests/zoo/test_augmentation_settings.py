import pytest

from chainrule.data import Augmentation
from chainrule.errors import UsageError
from chainrule.zoo import Settings

PLAIN = {"network": "mnist-mlp", "epochs": 1, "batch_size": 10}
STRENGTHS = {
    "shift": 3,
    "flip": "alternating",
    "rotation": 15.0,
    "zoom": 0.1,
    "colour": 0.2,
    "cutout": 8,
    "mixup": 0.4,
}


def test_settings_make_the_augmentation_they_describe():
    assert Settings(**PLAIN, **STRENGTHS).make_augmentation() == Augmentation(**STRENGTHS)


def test_settings_with_every_augmentation_survive_a_record():
    settings = Settings(**PLAIN, **STRENGTHS)
    assert Settings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize("flip", [True, False])
def test_records_from_before_there_were_more_augmentations_still_load(flip):
    settings = Settings.from_dict({**PLAIN, "shift": 2, "flip": flip})
    assert settings.make_augmentation() == Augmentation(shift=2, flip=flip)


@pytest.mark.parametrize(("epochs", "small"), [(9, 4), (5, 2), (1, 0)])
def test_the_share_of_small_epochs_goes_with_the_epochs(epochs, small):
    settings = Settings(**{**PLAIN, "epochs": epochs}, small=20, small_share=0.45)
    assert settings.make_augmentation() == Augmentation(small=20, small_epochs=small)


@pytest.mark.parametrize(("epochs", "share"), [(1, 0.6), (2, 0.8), (3, 0.9)])
def test_the_last_epoch_shows_whole_images(epochs, share):
    settings = Settings(**{**PLAIN, "epochs": epochs}, small=20, small_share=share)
    assert settings.small_epochs == epochs - 1


@pytest.mark.parametrize("epochs", [10, 11, 40, 333])
def test_a_training_that_goes_on_gets_no_more_small_images(epochs):
    settings = Settings(**{**PLAIN, "epochs": 10}, small=20, small_share=0.4)
    assert settings.going_on(epochs).small_epochs == 4


@pytest.mark.parametrize("validation", [-1, 1.5, float("nan"), float("inf")])
def test_a_validation_part_is_a_share_or_a_count(validation):
    with pytest.raises(UsageError, match="but a share below 1 or a count is needed"):
        Settings(**{**PLAIN, "validation": validation})


def test_a_training_too_short_for_small_images_goes_on_without_any():
    settings = Settings(**{**PLAIN, "epochs": 1}, small=20, small_share=0.45)
    assert settings.going_on(3).small_epochs == 0


def test_a_training_that_ends_sooner_keeps_the_share_of_small_images():
    settings = Settings(**{**PLAIN, "epochs": 10}, small=20, small_share=0.4)
    assert settings.going_on(3).small_epochs == 1
    with pytest.raises(UsageError, match="epochs is 0, but a whole number from 1"):
        settings.going_on(0)


@pytest.mark.parametrize(
    ("small", "sentence"),
    [
        ({"small": 20, "small_share": -0.1}, r"small_share is -0.1, but a share in \[0, 1\)"),
        ({"small": 20, "small_share": 1}, r"small_share is 1, but a share in \[0, 1\)"),
        ({"small": 20}, "small is 20 and small_share 0.0, but one without the other"),
        ({"small_share": 0.4}, "small is 0 and small_share 0.4, but one without the other"),
    ],
)
def test_small_images_that_cannot_be_are_refused(small, sentence):
    with pytest.raises(UsageError, match=sentence):
        Settings(**PLAIN, **small)


def test_settings_refuse_an_augmentation_that_cannot_be():
    with pytest.raises(UsageError, match="flip is 'sometimes'"):
        Settings(**PLAIN, flip="sometimes")
