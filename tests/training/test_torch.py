"""Training on torch: one graph per step, and NumPy's numbers until rounding parts them."""

import numpy as np
import pytest
import torch
from torch._dynamo.utils import counters

from chainrule import nn, optim
from chainrule.backends import NUMPY, backend_named
from chainrule.backends.hashing import hashed_bytes, key_array
from chainrule.data import Split
from chainrule.errors import BackendError
from chainrule.nn import init
from chainrule.training import Evaluator, Trainer
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step
from chainrule.zoo import RECIPES, network_named

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
"""torch's compiler uses what torch has given up."""

TORCH = backend_named("torch")
STEPS = 20
BATCH = 16


def examples(count):
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, count)
    images = rng.integers(0, 200, (count, 1, 8, 8)) + 25 * labels.reshape(-1, 1, 1, 1)
    return Split(images.astype("uint8"), labels)


def network():
    with init.seeded(5):
        return nn.Sequential(
            nn.Conv2d(1, 8, 3, padding="same", bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 2, padding="same"),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Linear(128, 3),
        )


def graphs():
    return counters["stats"]["unique_graphs"]


def trained(backend, epochs=4, folder=None):
    """A trained Trainer, and the loss of each step: four of each five batches are full ones."""
    losses = []

    def keep(progress):
        before = losses[-1] if progress.batch > 1 else (0, 0.0)
        seen = min(progress.batch * BATCH, 72)
        losses.append((seen, progress.loss * seen))
        steps.append((losses[-1][1] - before[1]) / (seen - before[0]))

    steps = []
    trainer = Trainer(
        network(),
        optimizer=optim.Adam(lr=1e-3).clip(norm=5.0),
        schedule=optim.Cosine(),
        seed=1,
        callbacks=[keep],
        folder=folder,
        backend=backend,
    )
    trainer.fit(examples(72), epochs=epochs, batch_size=BATCH)
    assert len(steps) == STEPS * epochs // 4
    return trainer, np.array(steps)


@pytest.fixture(scope="module")
def on_numpy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("numpy")
    return (*trained(NUMPY, folder=folder), folder)


@pytest.fixture(scope="module")
def uncompiled():
    return trained(TORCH)


@pytest.fixture(scope="module")
def compiled():
    """The same training with all but its first steps compiled, and how many graphs that took."""
    before = graphs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TORCH, "worth_compiling", 0.0)
        return (*trained(TORCH), graphs() - before)


def assert_part_slowly(losses, expected):
    """Equal at first; each step may double the difference that rounding began."""
    allowed = 1e-6 * 2.0 ** np.arange(len(losses))
    assert np.all(np.abs(losses - expected) <= np.minimum(allowed, 0.01) * expected)


def test_a_whole_training_step_is_one_graph(compiled):
    trainer, _, graphs_made = compiled
    assert trainer.steps == "compiled"
    assert graphs_made == 1


def test_torch_follows_numpy_step_by_step(on_numpy, uncompiled):
    assert_part_slowly(uncompiled[1], on_numpy[1])
    assert not np.array_equal(uncompiled[1], on_numpy[1])


def test_compiled_steps_follow_the_uncompiled_ones(compiled, uncompiled):
    assert uncompiled[0].steps.startswith("not compiled")
    assert_part_slowly(compiled[1], uncompiled[1])
    assert not np.array_equal(compiled[1], uncompiled[1])


def test_a_compiled_training_ends_in_a_model_that_numpy_agrees_with(compiled):
    trainer, *_ = compiled
    measured = trainer.evaluate(examples(72))
    trainer.model.to(NUMPY)
    again = Evaluator(trainer.model, trainer.preprocessing).evaluate(examples(72))
    trainer.model.to(TORCH)
    np.testing.assert_allclose(measured.probabilities, again.probabilities, atol=1e-5)
    assert measured.loss == pytest.approx(again.loss, rel=1e-5)


def test_a_training_begun_on_numpy_goes_on_with_torch(on_numpy):
    trainer, _, folder = on_numpy
    other = Trainer(
        network(),
        optimizer=optim.Adam(lr=1e-3).clip(norm=5.0),
        seed=1,
        preprocessing=trainer.preprocessing,
        folder=folder,
        backend=TORCH,
    )
    other.resume()
    before = trainer.evaluate(examples(72))
    assert other.evaluate(examples(72)).loss == pytest.approx(before.loss, rel=1e-5)
    other.fit(examples(72), epochs=6, batch_size=BATCH)
    assert [epoch.epoch for epoch in other.history] == [1, 2, 3, 4, 5, 6]
    assert other.history[-1].train_loss < other.history[0].train_loss


OPTIMIZERS = {
    "digits": optim.AdamW(),
    "mnist-mlp": optim.SGD(lr=0.1, momentum=0.9, nesterov=True),
    "mnist-cnn": optim.Adam(),
    "fashion-cnn": optim.SGDW(lr=0.1, momentum=0.9, weight_decay=1e-3),
    "cifar10-74": optim.Adam(weight_decay=1e-4).clip(norm=1.0, value=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_recipe_s_step_is_one_graph_whatever_changes_from_step_to_step(name):
    shape = {"digits": (1, 8, 8), "cifar10-74": (3, 32, 32)}.get(name, (1, 28, 28))
    with init.seeded(0):
        model = network_named(RECIPES[name].settings.network)(shape, 10).to(TORCH)
    optimizer = OPTIMIZERS[name].renewed()
    optimizer.attach(model.parameters())
    step = make_training_step(model, optimizer, cross_entropy)
    made = []

    def count(graph, inputs):
        made.append(graph)
        return graph.forward

    traced = torch.compile(step, backend=count, fullgraph=True, dynamic=False)
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for number in range(4):
            nn.reseed(model, 0, number)
            x = rng.standard_normal((4, *shape)).astype("float32")
            lr = TORCH.asarray(0.01 / (1 + number), dtype="float64")
            traced(TORCH.asarray(x), TORCH.asarray(rng.integers(0, 10, 4)), lr)
    assert len(made) == 1


def test_compiled_random_bytes_are_those_of_numpy_bit_for_bit():
    shapes = [(), (1,), (3,), (2, 3, 5), (64, 10, 10, 3), (1031, 257)]

    def draw(key):
        return tuple(TORCH.random_bytes(key, shape) for shape in shapes)

    drawn = TORCH.compile(draw)
    for numbers in ((0,), (7, 3, 2), (2**40, 5), (-1, 0)):
        key = key_array(*numbers)
        for got, shape in zip(drawn(TORCH.asarray(key)), shapes, strict=True):
            np.testing.assert_array_equal(TORCH.to_numpy(got), hashed_bytes(key, shape))


def test_what_cannot_be_one_graph_is_refused_with_its_place():
    def looks_at_a_value(x):
        return x + 1 if x.sum().item() > 0 else x

    with pytest.raises(BackendError, match=r"cannot compile .*looks_at_a_value: .*test_torch\.py"):
        TORCH.compile(looks_at_a_value)(TORCH.asarray([1.0]))


def test_many_trainers_in_one_process_do_not_use_up_each_other_s_graphs():
    def scaled(factor):
        def scale(x):
            return x * factor

        return TORCH.compile(scale)

    x = TORCH.asarray([1.0, 2.0])
    with torch._dynamo.config.patch(recompile_limit=1):
        assert [float(scaled(n)(x)[1]) for n in range(4)] == [0, 2, 4, 6]
