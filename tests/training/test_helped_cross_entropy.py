"""Cross entropy with label smoothing and class weights."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import nn, ops
from chainrule.backends import backend_named
from chainrule.data import Split
from chainrule.optim import SGD
from chainrule.tape import Tensor
from chainrule.training import Trainer
from chainrule.training.losses import (
    HelpedCrossEntropy,
    class_weights,
    cross_entropy,
    hinge,
    measured_by,
    watched_by,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

WEIGHTS = np.array([0.5, 2.0, 1.0], dtype="float32")


@pytest.fixture
def scores(rng):
    return rng.standard_normal((6, 3))


LABELS = np.array([0, 1, 2, 2, 0, 1])


def test_without_help_it_is_the_plain_loss(scores):
    helped = HelpedCrossEntropy()(Tensor(scores), Tensor(LABELS))
    assert_allclose(helped.numpy(), cross_entropy(Tensor(scores), Tensor(LABELS)).numpy())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_each_image_counts_by_the_weight_of_its_class(scores, smoothing):
    each = ops.SoftmaxCrossEntropy(smoothing, "none")(Tensor(scores), Tensor(LABELS)).numpy()
    helped = HelpedCrossEntropy(smoothing, WEIGHTS)(Tensor(scores), Tensor(LABELS))
    assert_allclose(helped.numpy(), (WEIGHTS[LABELS] * each).mean(), rtol=1e-12)


def test_an_image_of_two_classes_counts_by_its_shares(scores):
    shares = np.array([[0.25, 0.75, 0]])
    plain = ops.softmax_cross_entropy(scores[:1], shares).numpy()
    helped = HelpedCrossEntropy(0.0, WEIGHTS)(Tensor(scores[:1]), Tensor(shares))
    assert_allclose(helped.numpy(), plain * (0.25 * 0.5 + 0.75 * 2), rtol=1e-12)


def test_its_gradient_is_the_one_of_what_it_computes(scores):
    loss = HelpedCrossEntropy(0.1, WEIGHTS)
    x = Tensor(scores, needs_grad=True)
    loss(x, Tensor(LABELS)).backward()
    for place in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-6
        higher, lower = (loss(Tensor(scores + s), Tensor(LABELS)).item() for s in (step, -step))
        assert_allclose(x.grad[place], (higher - lower) / 2e-6, atol=1e-8)


def test_torch_computes_the_same_compiled_too(scores):
    torch = backend_named("torch")
    loss = HelpedCrossEntropy(0.1, torch.asarray(WEIGHTS))

    def step(x, labels):
        return loss(Tensor(x), Tensor(labels)).data

    wanted = HelpedCrossEntropy(0.1, WEIGHTS)(Tensor(scores), Tensor(LABELS)).numpy()
    inputs = torch.asarray(scores), torch.asarray(LABELS)
    assert_allclose(step(*inputs).numpy(), wanted, rtol=1e-12)
    assert_allclose(torch.compile(step)(*inputs).numpy(), wanted, rtol=1e-12)


def test_a_model_is_measured_without_the_help():
    assert measured_by(HelpedCrossEntropy(0.1, WEIGHTS)) is cross_entropy
    assert measured_by(hinge) is hinge


def test_it_is_watched_with_the_smoothing_and_without_the_weights(scores):
    watched = watched_by(HelpedCrossEntropy(0.1, WEIGHTS))(Tensor(scores), Tensor(LABELS))
    assert_allclose(
        watched.numpy(), ops.softmax_cross_entropy(scores, LABELS, label_smoothing=0.1).numpy()
    )
    assert watched_by(hinge) is hinge


def test_the_trainer_watches_the_smoothed_loss_and_measures_the_plain_one(rng):
    images = rng.integers(0, 256, (20, 1, 4, 4), dtype="uint8")
    examples = Split(images, np.arange(20) % 3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    trainer = Trainer(model, optimizer=SGD(lr=0.01), loss=HelpedCrossEntropy(0.5, WEIGHTS))
    history = trainer.fit(examples, validation=examples, epochs=1, batch_size=5)
    measured = trainer.evaluate(examples)
    log = np.log(measured.probabilities)
    right = log[np.arange(20), examples.labels].mean()
    assert_allclose(measured.loss, -right, rtol=1e-5)
    assert_allclose(history[0].validation_loss, -(0.5 * right + 0.5 * log.mean()), rtol=1e-5)


@pytest.mark.parametrize(
    ("balance", "ratio"), [(0.0, 1.0), (0.5, 10.0), (1.0, 100.0)], ids=["none", "half", "full"]
)
def test_rare_classes_weigh_more_and_the_mean_over_all_images_is_one(balance, ratio):
    counts = [1_000, 10, 0]
    weights = class_weights(counts, balance)
    assert_allclose(weights[1] / weights[0], ratio, rtol=1e-6)
    assert weights[2] == 0
    assert_allclose(weights @ counts, 1_010, rtol=1e-6)
    assert weights.dtype == "float32"
