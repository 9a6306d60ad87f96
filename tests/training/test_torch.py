"""Training on torch: one graph per step, and NumPy's numbers until rounding parts them."""

import re
import typing

import numpy as np
import pytest
import torch
from torch._dynamo.utils import compilation_time_metrics, counters

from chainrule import nn, optim
from chainrule.backends import NUMPY, backend_named
from chainrule.backends.hashing import hashed_bytes, key_array
from chainrule.data import Augmentation, Split
from chainrule.errors import BackendError, UsageError
from chainrule.nn import init
from chainrule.tape import Tensor
from chainrule.training import Evaluator, Trainer
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_prediction_step, make_training_step
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


def traced_again():
    return len(compilation_time_metrics.get("compile_attempt_1", []))


def trained(backend, epochs=4, folder=None, kind=optim.Adam):
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
        optimizer=kind(lr=1e-3).clip(norm=5.0),
        schedule=optim.Cosine(),
        seed=1,
        augmentation=Augmentation(shift=1, flip=True),
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
    """The same training with all but its first steps compiled.

    And how many graphs that took, and how often torch traced a step again from the start.
    """
    before = np.array([graphs(), traced_again()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TORCH, "worth_compiling", 1e-9)
        return (*trained(TORCH), *([graphs(), traced_again()] - before))


def assert_part_slowly(losses, expected):
    """Equal at first; each step may double the difference that rounding began."""
    allowed = 1e-6 * 2.0 ** np.arange(len(losses))
    assert np.all(np.abs(losses - expected) <= np.minimum(allowed, 0.01) * expected)


def test_a_whole_training_step_is_one_graph(compiled):
    trainer, _, graphs_made, again = compiled
    assert trainer.graphs == graphs_made == 1
    assert again == 0
    assert trainer.compile_seconds > 0
    assert trainer.steps == f"compiled (1 graph, {trainer.compile_seconds:.0f} s)"


def test_torch_follows_numpy_step_by_step(on_numpy, uncompiled):
    assert_part_slowly(uncompiled[1], on_numpy[1])
    assert not np.array_equal(uncompiled[1], on_numpy[1])


def test_compiled_steps_follow_the_uncompiled_ones(compiled, uncompiled):
    assert uncompiled[0].steps.startswith("not compiled")
    assert_part_slowly(compiled[1], uncompiled[1])
    assert not np.array_equal(compiled[1], uncompiled[1])


class Spying(optim.Adam):
    """Adam that notes the dtypes it is given and keeps."""

    seen: typing.ClassVar[set] = set()

    def update(self, xp, w, dw, state):
        w_new = super().update(xp, w, dw, state)
        self.seen.update(a.dtype for a in (w, dw, w_new, *state.values()))
        return w_new


def test_bfloat16_follows_float32_and_all_that_lasts_is_float32(uncompiled):
    backend = TORCH.configured(device="cpu", precision="bfloat16")
    trainer, losses = trained(backend, kind=Spying)
    np.testing.assert_allclose(losses, uncompiled[1], rtol=0.05)
    assert np.abs(losses - uncompiled[1]).max() > 1e-4
    assert Spying.seen == {torch.float32}
    for name, array in trainer.model.state_dict().items():
        assert array.dtype == ("int64" if name.endswith("tracked") else "float32"), name
    measured, exact = trainer.evaluate(examples(72)), uncompiled[0].evaluate(examples(72))
    assert measured.probabilities.dtype == np.float32
    assert measured.loss == pytest.approx(exact.loss, rel=0.05)


def test_compiled_bfloat16_follows_uncompiled():
    uncompiled, compiled = (
        trained(TORCH.configured(device="cpu", precision="bfloat16", compiling=compiling), epochs=1)
        for compiling in (False, True)
    )
    assert (uncompiled[0].graphs, compiled[0].graphs) == (0, 1)
    np.testing.assert_allclose(compiled[1], uncompiled[1], rtol=0.02)


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


TINY = {
    "SGD": optim.SGD(lr=0.1, momentum=0.9, weight_decay=1e-3),
    "SGDW": optim.SGDW(lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "AdaGrad": optim.AdaGrad(),
    "AdaDelta": optim.AdaDelta(),
    "RMSProp": optim.RMSProp(momentum=0.9, centered=True),
    "Adam": optim.Adam(),
    "AdamW": optim.AdamW(),
    "Nadam": optim.Nadam(),
    "Muon": optim.Muon(),
}


@pytest.mark.parametrize(
    ("name", "precision"), [*((name, "float32") for name in TINY), ("Adam", "bfloat16")]
)
def test_no_optimizer_needs_a_second_graph(name, precision, monkeypatch):
    """Dropout, running statistics, a schedule, clipping and parts of batches among the changes."""
    made = []

    def without_a_compiler(graph, inputs):
        made.append(graph)
        return graph.forward

    compiler = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, **_: compiler(f, backend=without_a_compiler))
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
    trainer = Trainer(
        nn.Sequential(*model, nn.Linear(8, 3)),
        optimizer=TINY[name].renewed().clip(norm=1.0, value=0.5),
        schedule=optim.OneCycle(),
        backend=TORCH.configured(device="cpu", precision=precision, compiling=True),
        accumulate=2,
    )
    trainer.fit(examples(72), validation=8, epochs=2, batch_size=BATCH)
    assert trainer.graphs == 1
    assert len(made) == 2  # and the one of the validation
    remembered = trainer.optimizer.state_dict().values()  # of such a one, torch traces a step twice
    assert not any(array.ndim == 0 and array.dtype == "float64" for array in remembered)


def test_a_batch_learned_in_parts_is_the_batch_learned_at_once():
    """Where nothing depends on who else is in the batch: no batch norm, no dropout."""

    def learned(backend, parts):
        with init.seeded(5):
            model = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 3))
        trainer = Trainer(model, optimizer=optim.SGD(lr=0.1), backend=backend, accumulate=parts)
        return trainer.fit(examples(50), epochs=2, batch_size=BATCH)[1]

    at_once = learned(NUMPY, 1)
    for backend in (NUMPY, TORCH):
        in_parts = learned(backend, 3)  # the last batch, of two images, in two
        assert in_parts.train_loss == pytest.approx(at_once.train_loss, rel=1e-5)
        assert in_parts.train_accuracy == at_once.train_accuracy
    with pytest.raises(UsageError, match="accumulate is 0, but a whole number from 1"):
        learned(NUMPY, 0)


def test_compiled_random_bytes_are_those_of_numpy_bit_for_bit():
    shapes = [(), (1,), (3,), (2, 3, 5), (64, 10, 10, 3), (1031, 257)]

    def draw(key):
        return tuple(TORCH.random_bytes(key, shape) for shape in shapes)

    drawn = TORCH.compile(draw)
    for numbers in ((0,), (7, 3, 2), (2**40, 5), (-1, 0)):
        key = key_array(*numbers)
        for got, shape in zip(drawn(TORCH.asarray(key)), shapes, strict=True):
            np.testing.assert_array_equal(TORCH.to_numpy(got), hashed_bytes(key, shape))


class Peeking(nn.Module):
    """A layer that breaks the graph: what it does depends on a value."""

    def forward(self, x):
        return x if float(x.data.sum()) > 0 else -x


def insisting(layer):
    """A Trainer of a network with this layer, which is to be compiled from the first step on."""
    return Trainer(
        nn.Sequential(nn.Flatten(), layer, nn.Linear(64, 3)),
        optimizer=optim.SGD(lr=0.1),
        backend=TORCH.configured(device="cpu", precision="float32", compiling=True),
    )


@pytest.mark.parametrize("insists", [True, False])
def test_a_layer_that_cannot_be_traced_is_named_with_its_line(insists):
    trainer = insisting(Peeking())
    where = r"torch cannot compile .*test_torch\.py\", line \d+, in forward"
    if insists:
        with pytest.raises(BackendError, match=where):
            trainer.fit(examples(72), epochs=1, batch_size=BATCH)
        return
    trainer.backend.worth_compiling = 1e-9
    trainer.fit(examples(72), epochs=2, batch_size=BATCH)
    assert re.search(rf"^not compiled: {where}", trainer.steps)
    assert (trainer.graphs, len(trainer.history)) == (0, 2)


class Handing(nn.Module):
    """A layer that hands its values to NumPy: torch stops inside of its own code, or ours."""

    def forward(self, x):
        return x * float(np.asarray(x.data).max())


def test_the_line_named_is_the_user_s_not_one_of_ours():
    step = make_prediction_step(nn.Sequential(Handing(), nn.ReLU()))
    with pytest.raises(BackendError, match=r'test_torch\.py", line \d+, in forward') as refused:
        TORCH.compile(step)(TORCH.asarray([[1.0]], dtype="float32"))
    assert "TORCHDYNAMO_VERBOSE" not in str(refused.value)


class Counting(nn.Module):
    """A layer that is another one at each step, with a number that a graph would hold."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return x * (1.0 + 0.001 * self.calls)


@pytest.mark.parametrize("insists", [True, False])
def test_a_layer_that_changes_at_each_step_is_not_compiled_for_ever(insists):
    trainer = insisting(Counting())
    if insists:
        with pytest.raises(BackendError, match="compiled 4 times and would be again: something"):
            trainer.fit(examples(72), epochs=3, batch_size=BATCH)
        return
    trainer.backend.worth_compiling = 1e-9
    trainer.fit(examples(72), epochs=5, batch_size=BATCH)
    assert trainer.steps.startswith("not compiled: the step was compiled 4 times")
    assert len(trainer.history) == 5


def test_what_cannot_be_one_graph_is_refused_with_its_place():
    def looks_at_a_value(x):
        return x + 1 if x.sum().item() > 0 else x

    with pytest.raises(BackendError, match=r"cannot compile .*looks_at_a_value: .*test_torch\.py"):
        TORCH.compile(looks_at_a_value)(TORCH.asarray([1.0]))


def test_the_product_sign_is_named_with_what_to_write_instead():
    def product(x):
        return (Tensor(x) @ Tensor(x)).data

    with pytest.raises(BackendError, match=r"in product.* write ops\.matmul\(a, b\)\)$"):
        TORCH.compile(product)(TORCH.asarray([[1.0]]))


def test_many_trainers_in_one_process_do_not_use_up_each_other_s_graphs():
    def scaled(factor):
        def scale(x):
            return x * factor

        return TORCH.compile(scale)

    x = TORCH.asarray([1.0, 2.0])
    with torch._dynamo.config.patch(recompile_limit=1):
        assert [float(scaled(n)(x)[1]) for n in range(4)] == [0, 2, 4, 6]
