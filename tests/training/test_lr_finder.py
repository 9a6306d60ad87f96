"""The learning-rate finder, on real digits."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import data, nn
from chainrule.errors import SearchError, TrainingError, UsageError
from chainrule.optim import SGD, Adam, Muon
from chainrule.training import Trainer, find_learning_rate


@pytest.fixture(scope="module")
def digits():
    return data.load("digits").train


def network():
    with nn.init.seeded(1):
        return nn.Sequential(
            nn.Flatten(), nn.Linear(64, 50), nn.ReLU(), nn.Dropout(0.1), nn.Linear(50, 10)
        )


@pytest.mark.parametrize("optimizer", [SGD(lr=1.0, momentum=0.9), Adam(), Muon()], ids=repr)
def test_the_suggestion_trains_and_what_it_avoids_does_not(optimizer, digits):
    found = find_learning_rate(network(), digits, optimizer=optimizer, batch_size=64)

    def accuracy(lr):
        trainer = Trainer(network(), optimizer=optimizer.renewed(lr=lr))
        return trainer.fit(digits, epochs=3, batch_size=64, validation=0.1).best.validation_accuracy

    assert accuracy(found.suggestion) > 0.88
    assert accuracy(found.suggestion / 1000) < 0.5
    assert found.suggestion < found.rates[found.losses.argmin()]


def test_the_curve_is_flat_then_falls_then_explodes(digits):
    found = find_learning_rate(
        network(), digits, optimizer=SGD(lr=1.0), lowest=1e-6, highest=100.0, batch_size=64
    )
    assert len(found.rates) == len(found.losses) < 100
    np.testing.assert_allclose(np.diff(np.log(found.rates)), np.log(1e8) / 99)
    flat, lowest = found.losses[10:30], found.losses.min()
    assert np.ptp(flat) < 0.2
    assert lowest < 0.7 * flat.mean()
    assert found.losses[-1] > 1.2 * lowest


def test_model_optimizer_and_the_draws_of_others_are_untouched(digits):
    model = network()
    optimizer = Adam(lr=0.5).clip(norm=1.0)
    optimizer.attach(model.parameters())
    before, state = model.state_dict(), optimizer.state_dict()
    parameters = model.parameters()
    find_learning_rate(model, digits, optimizer=optimizer, steps=20)
    for name, values in model.state_dict().items():
        assert_array_equal(values, before[name])
    for name, values in optimizer.state_dict().items():
        assert_array_equal(values, state[name])
    assert optimizer.tensors == parameters
    assert all(parameter.grad is None for parameter in parameters)
    assert optimizer.lr == 0.5
    assert model.training


def test_the_same_search_finds_the_same_and_tells_each_step(digits):
    told = []
    first, second = (
        find_learning_rate(
            network(),
            digits,
            optimizer=Adam(),
            steps=60,
            highest=0.01,
            progress=lambda done, total: told.append((done, total)),
        )
        for _ in range(2)
    )
    assert_array_equal(first.losses, second.losses)
    assert first.suggestion == second.suggestion
    assert told == [(step, 60) for step in range(1, 61)] * 2


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"lowest": 0.0}, r"from 0\.0 to 10\.0 are no search"),
        ({"lowest": 1.0, "highest": 0.1}, r"from 1\.0 to 0\.1 are no search"),
        ({"steps": 19}, "steps is 19, but at least 20"),
        ({"smoothing": 1.0}, r"smoothing is 1\.0, but"),
        ({"batch_size": 0}, "batch size is 0"),
        ({"loss": "unknown"}, "loss 'unknown' is not one of"),
    ],
)
def test_a_search_that_cannot_be_is_refused(settings, problem, digits):
    with pytest.raises(UsageError, match=problem):
        find_learning_rate(network(), digits, optimizer=Adam(), **settings)


def test_labels_that_the_model_does_not_have_are_refused(digits):
    small = nn.Sequential(nn.Flatten(), nn.Linear(64, 5))
    with pytest.raises(UsageError, match="label"):
        find_learning_rate(small, digits, optimizer=Adam())


def test_a_batch_that_finds_no_memory_is_refused_with_one_that_does(digits):
    class Hungry(nn.Module):
        def forward(self, x):
            if len(x) > 20:
                raise MemoryError
            return x

    hungry = nn.Sequential(nn.Flatten(), Hungry(), nn.Linear(64, 10))
    with pytest.raises(TrainingError, match="64 images found no memory, but one of 16 does") as no:
        find_learning_rate(hungry, digits, optimizer=Adam(), batch_size=64)
    assert not isinstance(no.value, SearchError)


@pytest.mark.parametrize("lowest", [50.0, 1e30])
def test_rates_that_are_all_too_high_are_no_suggestion(lowest, digits):
    with pytest.raises(SearchError, match="no learning rate made the loss fall"):
        find_learning_rate(network(), digits, optimizer=SGD(lr=1.0), lowest=lowest, highest=1e31)
