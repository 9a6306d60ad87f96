"""Predictions on torch, compiled: the uncompiled ones' values from one graph."""

import numpy as np
import pytest
from torch._dynamo.utils import counters

from chainrule import nn
from chainrule.backends import backend_named
from chainrule.data import Preprocessing, Split
from chainrule.nn import init
from chainrule.training import Evaluator
from chainrule.training.evaluator import BATCH

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
"""torch's compiler uses what torch has given up."""

LAST = 60
"""Images in the last, smaller batch of three."""


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(3)
    count = 2 * BATCH + LAST
    images = rng.integers(0, 256, (count, 1, 8, 8)).astype("uint8")
    return Split(images, rng.integers(0, 3, count))


def evaluator(examples, *, compiling, test_time="plain"):
    """Of a network whose batch norm has statistics of its own, and which is random in training."""
    with init.seeded(5):
        model = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding="same", bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(128, 3),
        )
    state = model.state_dict()
    state["1.running_var"] = np.linspace(0.5, 4.0, 8, dtype="float32")
    model.load_state_dict(state)
    backend = backend_named("torch").configured(device="cpu", compiling=compiling)
    preprocessing = Preprocessing.fit(examples.images)
    return Evaluator(model.to(backend), preprocessing, backend=backend, test_time=test_time)


@pytest.mark.parametrize("test_time", ["plain", "mirror"])
def test_compiled_predictions_are_the_uncompiled_ones_from_one_graph(examples, test_time):
    plain = evaluator(examples, compiling=False, test_time=test_time)
    expected = plain.probabilities(examples.images)
    before = counters["stats"]["unique_graphs"]
    compiled = evaluator(examples, compiling=True, test_time=test_time)
    answers = compiled.probabilities(examples.images)
    assert counters["stats"]["unique_graphs"] - before == 1
    assert np.ptp(expected, axis=0).min() > 0.1  # the images make a difference
    np.testing.assert_allclose(answers, expected, atol=1e-6)
    np.testing.assert_array_equal(answers[-LAST:], expected[-LAST:])  # not worth a graph


def test_a_compiled_evaluation_has_the_uncompiled_one_s_loss_and_counts(examples):
    measured, expected = (
        evaluator(examples, compiling=compiling).evaluate(examples) for compiling in (True, False)
    )
    assert measured.loss == pytest.approx(expected.loss, rel=1e-6)
    assert measured.accuracy == expected.accuracy
    np.testing.assert_allclose(measured.probabilities, expected.probabilities, atol=1e-6)
