"""The losses that a Trainer knows by name."""

import numpy as np
import pytest

from chainrule import nn, optim
from chainrule.backends import NUMPY
from chainrule.errors import UsageError
from chainrule.tape import Tensor
from chainrule.training.losses import LOSSES, loss_named
from chainrule.training.step import make_prediction_step, make_training_step


@pytest.mark.parametrize("name", LOSSES)
def test_a_named_loss_falls_while_a_model_learns(name, rng):
    labels = rng.integers(0, 3, 60)
    images = (np.eye(3)[labels] + 0.3 * rng.standard_normal((60, 3))).astype("float32")
    model = nn.Linear(3, 3)
    optimizer = optim.SGD(lr=0.1)
    optimizer.attach(model.parameters())
    step = make_training_step(model, optimizer, loss_named(name))
    losses = [float(step(images, labels, NUMPY.asarray(0.1, "float32"))[0]) for _ in range(100)]
    assert losses[-1] < 0.75 * losses[0]
    scores = make_prediction_step(model)(images)
    assert loss_named(name)(Tensor(scores), Tensor(labels)).item() < 0.75 * losses[0]
    assert (np.argmax(scores, axis=1) == labels).mean() > 0.9


def test_a_hinge_by_name_is_the_mean_of_the_lectures_sums():
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    names = ("cross_entropy", "hinge", "squared_hinge")
    values = {name: LOSSES[name](Tensor(scores), Tensor(np.arange(3))).item() for name in names}
    assert values == pytest.approx(
        {"cross_entropy": 2.7587, "hinge": 5.26667, "squared_hinge": 30.55333}, rel=2e-5
    )


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match="loss 'mse' is not one of cross_entropy, hinge, squared"):
        loss_named("mse")


def test_a_function_is_its_own_loss():
    assert loss_named(len) is len
