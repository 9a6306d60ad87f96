"""Stacked autoencoders, on real digits."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import data, nn, ops
from chainrule.data import Preprocessing
from chainrule.errors import UsageError
from chainrule.optim import SGD, Adam
from chainrule.tape import Tensor, no_grad
from chainrule.training import Trainer, pretrain


@pytest.fixture(scope="module")
def digits():
    return data.load("digits").train


def network():
    with nn.init.seeded(1):
        return nn.Sequential(
            nn.Flatten(),
            hidden1=nn.Linear(64, 50),
            relu=nn.ReLU(),
            norm=nn.BatchNorm1d(50),
            dropout=nn.Dropout(0.5),
            hidden2=nn.Linear(50, 30),
            tanh=nn.Tanh(),
            scores=nn.Linear(30, 10),
        )


@pytest.mark.parametrize("corruption", [0.0, 0.3])
def test_every_layer_learns_to_say_its_input_again(corruption, digits):
    model = network()
    learned = pretrain(model, digits, epochs=5, batch_size=64, corruption=corruption)
    assert [layer.layer for layer in learned] == ["hidden1", "hidden2"]
    for layer in learned:
        assert len(layer.losses) == 5
        assert list(layer.losses) == sorted(layer.losses, reverse=True)
        assert layer.losses[-1] < 0.5 * layer.losses[0]


def test_what_was_learned_is_in_the_models_weights(digits):
    """A linear decoder, fitted exactly, gets more of the images back from the trained codes."""

    def reconstruction_error(model):
        x = Preprocessing.fit(digits.images)(digits.images)
        with no_grad():
            codes = ops.relu(model.hidden1(ops.flatten(Tensor(x)))).numpy()
        codes = np.column_stack([codes, np.ones(len(codes))])
        flat = x.reshape(len(x), -1)
        decoder, *_ = np.linalg.lstsq(codes, flat, rcond=None)
        return np.mean((codes @ decoder - flat) ** 2)

    model = network()
    before = model.state_dict()
    error = reconstruction_error(model)
    pretrain(model, digits, epochs=10, batch_size=64)
    after = model.state_dict()
    assert reconstruction_error(model) < 0.8 * error
    for name in before:
        changed = name.startswith("hidden")
        assert np.array_equal(before[name], after[name]) != changed, name


def test_afterwards_the_model_is_ready_to_train(digits):
    model = network()
    gradients = []

    def look(learned):
        gradients.extend(parameter.grad for parameter in model.parameters())

    pretrain(model, digits, epochs=3, batch_size=64, progress=look)
    assert set(gradients) == {None}  # of the normalisation neither, which does not learn here
    assert all(parameter.needs_grad for parameter in model.parameters())
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert [name for name, _ in model.named_modules()] == [
        name for name, _ in network().named_modules()
    ]
    history = Trainer(model, optimizer=Adam(lr=3e-3)).fit(
        digits, epochs=5, batch_size=64, validation=0.1
    )
    assert history.best.validation_accuracy > 0.9


def test_the_same_seed_learns_the_same_and_tells_each_epoch(digits):
    told = []
    states = []
    for _ in range(2):
        model = network()
        pretrain(
            model, digits, epochs=2, corruption=0.2, optimizer=SGD(lr=0.5), progress=told.append
        )
        states.append(model.state_dict())
    for name, values in states[0].items():
        assert_array_equal(values, states[1][name])
    assert [(layer.layer, len(layer.losses)) for layer in told[:4]] == [
        ("hidden1", 1),
        ("hidden1", 2),
        ("hidden2", 1),
        ("hidden2", 2),
    ]


def test_an_optimizer_that_was_given_is_not_touched(digits):
    optimizer = Adam(lr=0.01)
    pretrain(network(), digits, epochs=1, optimizer=optimizer)
    assert not optimizer.tensors


@pytest.mark.parametrize(
    ("model", "settings", "problem"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), {}, "has 1 linear layers in its row"),
        (network(), {"corruption": 1.0}, r"corruption is 1\.0, but a share in \[0, 1\)"),
        (network(), {"epochs": 0}, "epochs is 0, but a whole number from 1"),
        (network(), {"batch_size": 0}, "batch size is 0"),
    ],
)
def test_what_cannot_be_pretrained_is_refused(model, settings, problem, digits):
    with pytest.raises(UsageError, match=problem):
        pretrain(model, digits, **settings)
