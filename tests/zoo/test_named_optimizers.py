"""The optimizers and schedules that a recipe's settings can name."""

import pytest

from chainrule import optim
from chainrule.errors import UsageError
from chainrule.zoo.recipe import OPTIMIZERS, SCHEDULES, Settings


def settings(**changes):
    return Settings(network="digits-cnn", epochs=1, batch_size=8, **{"momentum": 0.5, **changes})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_named_optimizer_has_the_settings_numbers(name):
    made = settings(optimizer=name, lr=0.25, weight_decay=0.125).make_optimizer()
    assert made.lr == 0.25
    assert made.weight_decay == 0.125
    if name in ("sgd", "nesterov", "sgdw", "rmsprop"):
        assert made.momentum == 0.5


def test_every_optimizer_has_a_name_but_the_one_that_knows_no_batches():
    kinds = {kind for kind in vars(optim).values() if isinstance(kind, type)}
    kinds = {kind for kind in kinds if issubclass(kind, optim.Optimizer)}
    named = {type(settings(optimizer=name).make_optimizer()) for name in OPTIMIZERS}
    assert kinds - named == {optim.Optimizer, optim.GradientDescent}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_named_schedule_is_a_factor_of_the_rate(name):
    schedule = settings(schedule=name).make_schedule()
    assert all(0 < schedule(step, 100) <= 1 for step in range(100))


def test_a_plateau_needs_images_to_validate_on():
    with pytest.raises(UsageError, match=r"schedule 'plateau' goes by the validation loss, so"):
        settings(schedule="plateau", validation=0)


def test_nesterov_without_momentum_is_refused_at_once():
    with pytest.raises(UsageError, match="SGD: nesterov is True, but must be False without"):
        settings(optimizer="nesterov", momentum=0.0)


def test_all_rates_rise_and_fall_together():
    assert settings(lr=0.5).at_rates(2) == settings(lr=1.0)
    muon = settings(optimizer="muon", lr=0.5, others_lr=0.25)
    assert muon.at_rates(2) == settings(optimizer="muon", lr=1.0, others_lr=0.5)
