"""Optimizers, groups and schedules where they are used: in a Trainer, saved and resumed."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import data, nn
from chainrule.errors import RunError, UsageError
from chainrule.optim import (
    SGD,
    SGDW,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    GradientDescent,
    Group,
    LinearWarmup,
    Muon,
    Nadam,
    Optimizer,
    Plateau,
    RMSProp,
)
from chainrule.tape import Tensor
from chainrule.training import Trainer

OPTIMIZERS: list[Optimizer] = [
    GradientDescent(lr=0.1),
    SGD(lr=0.1, momentum=0.9),
    SGDW(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    AdaGrad(initial=0.1),
    AdaDelta(),
    RMSProp(momentum=0.5, centered=True),
    Adam(),
    AdamW(),
    Nadam(),
    Muon(),
]


@pytest.fixture(scope="module")
def digits():
    train = data.load("digits").train
    return train.subset(slice(0, 200))


def network():
    with nn.init.seeded(1):
        return nn.Sequential(
            body=nn.Conv2d(1, 4, 3),
            relu=nn.ReLU(),
            flatten=nn.Flatten(),
            head=nn.Linear(144, 10),
        )


def grouped(optimizer, folder, callbacks=(), **settings):
    """A Trainer whose head learns faster than its body, without decay on the biases."""
    model = network()
    groups = [
        Group([model.body.weight], lr=0.5 * optimizer.lr),
        Group([model.head.weight]),
        Group([model.body.bias, model.head.bias], weight_decay=0.0),
    ]
    return Trainer(
        model,
        optimizer=optimizer.renewed(),
        parameters=groups,
        folder=folder,
        callbacks=callbacks,
        **settings,
    )


def interrupt_after(batch):
    def stop(progress):
        if (progress.epoch, progress.batch) == (2, batch):
            raise KeyboardInterrupt

    return stop


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_a_training_resumed_from_its_files_ends_bit_for_bit_as_unbroken(
    optimizer, tmp_path, digits
):
    settings = {"epochs": 3, "batch_size": 40, "validation": 0.2}
    unbroken = grouped(optimizer, tmp_path / "unbroken")
    unbroken.fit(digits, **settings)

    broken = grouped(optimizer, tmp_path / "broken", callbacks=[interrupt_after(2)])
    with pytest.raises(KeyboardInterrupt):
        broken.fit(digits, **settings)
    resumed = grouped(optimizer, tmp_path / "broken")
    resumed.resume()
    assert resumed.optimizer.steps > 0
    resumed.fit(digits, **settings)

    for name, values in unbroken.model.state_dict().items():
        assert_array_equal(resumed.model.state_dict()[name], values)
    mine, theirs = resumed.optimizer.state_dict(), unbroken.optimizer.state_dict()
    assert set(mine) == set(theirs)
    for name, values in theirs.items():
        assert_array_equal(mine[name], values)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_state_saved_in_the_middle_goes_on_bit_for_bit(optimizer, dtype, rng):
    start = [rng.standard_normal(shape).astype(dtype) for shape in ((4, 3), (2, 2, 3, 3), (3,))]
    gradients = [[rng.standard_normal(w.shape).astype(dtype) for w in start] for _ in range(6)]

    def begun(values):
        weights = [Tensor(w.copy()) for w in values]
        fresh = optimizer.renewed()
        fresh.attach([Group(weights[:1], weight_decay=0.1), Group(weights[1:])])
        return weights, fresh

    def step(weights, fresh, gradient):
        for w, dw in zip(weights, gradient, strict=True):
            w.grad = dw
        fresh.step()

    weights, first = begun(start)
    for gradient in gradients[:3]:
        step(weights, first, gradient)
    others, second = begun([w.data for w in weights])
    saved = first.state_dict()
    second.load_state_dict(saved)
    for gradient in gradients[3:]:
        step(weights, first, gradient)
        step(others, second, gradient)
    for one, other in zip(weights, others, strict=True):
        assert_array_equal(one.data, other.data)
    assert saved["steps"] == 3  # what was saved does not go on


def test_a_state_of_other_groups_is_refused(tmp_path, digits):
    trainer = grouped(Muon(), tmp_path)
    trainer.fit(digits, epochs=1)
    model = network()
    groups = [Group(model.parameters(), rule=SGD(lr=0.1))]
    other = Trainer(model, optimizer=Muon(), parameters=groups, folder=tmp_path)
    with pytest.raises(RunError, match="not one of Muon over these 4 tensors"):
        other.resume()


def test_only_the_parameters_that_are_given_learn(digits):
    model = network()
    before = model.state_dict()
    trainer = Trainer(model, optimizer=Adam(), parameters=model.head.parameters())
    trainer.fit(digits, epochs=2)
    for name, values in model.state_dict().items():
        assert np.array_equal(values, before[name]) == name.startswith("body")


def test_clipped_gradients_save_a_training_that_explodes(digits):
    def worst_loss(optimizer):
        losses = []
        trainer = Trainer(
            network(), optimizer=optimizer, callbacks=[lambda told: losses.append(told.loss)]
        )
        trainer.fit(digits, epochs=2, batch_size=20)
        return max(losses)

    assert worst_loss(SGD(lr=3.0)) > 10
    assert worst_loss(SGD(lr=3.0).clip(norm=0.1)) < 3


def plateau_trainer(folder=None, callbacks=()):
    schedule = Plateau(factor=0.5, patience=0, threshold=0.5, schedule=LinearWarmup(0.3))
    return Trainer(
        network(),
        optimizer=Adam(lr=0.02),
        schedule=schedule,
        folder=folder,
        callbacks=callbacks,
    )


def test_a_plateau_hears_of_the_validation_loss_epoch_by_epoch(digits):
    trainer = plateau_trainer()
    history = trainer.fit(digits, epochs=8, batch_size=40, validation=0.2)
    losses = [epoch.validation_loss for epoch in history]
    for number, epoch in enumerate(history):
        factor = trainer.schedule.after(losses[:number])((number + 1) * 4 - 1, 8 * 4)
        assert epoch.learning_rate == pytest.approx(0.02 * factor)
    assert history[-1].learning_rate < 0.02 / 2


def test_a_plateau_resumed_has_the_rates_of_an_unbroken_one(tmp_path, digits):
    settings = {"epochs": 6, "batch_size": 40, "validation": 0.2}
    unbroken = plateau_trainer().fit(digits, **settings)
    with pytest.raises(KeyboardInterrupt):
        plateau_trainer(tmp_path, [interrupt_after(3)]).fit(digits, **settings)
    resumed = plateau_trainer(tmp_path)
    resumed.resume()
    rates = [epoch.learning_rate for epoch in resumed.fit(digits, **settings)]
    assert rates == [epoch.learning_rate for epoch in unbroken]


def test_a_plateau_without_validation_images_is_refused(digits):
    for validation in (None, digits.subset(slice(0, 0))):
        with pytest.raises(UsageError, match=r"Plateau goes by the validation loss, but"):
            plateau_trainer().fit(digits, validation=validation)
