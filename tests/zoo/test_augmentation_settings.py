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


@pytest.mark.parametrize("validation", [-1, 1.5, float("nan"), float("inf")])
def test_a_validation_part_is_a_share_or_a_count(validation):
    with pytest.raises(UsageError, match="but a share below 1 or a count is needed"):
        Settings(**{**PLAIN, "validation": validation})


def test_settings_refuse_an_augmentation_that_cannot_be():
    with pytest.raises(UsageError, match="flip is 'sometimes'"):
        Settings(**PLAIN, flip="sometimes")
