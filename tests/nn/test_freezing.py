"""Frozen parts: they keep what they have learned, to the bit, and cost no backward."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import nn, ops
from chainrule.backends import backend_named
from chainrule.errors import UsageError
from chainrule.optim import SGD, AdamW
from chainrule.tape import Tensor, tensor
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
"""torch's compiler uses what torch has given up."""

BACKENDS = ("numpy", "torch")


def network():
    with nn.init.seeded(4):
        return nn.Sequential(
            features=nn.Sequential(
                nn.Conv2d(1, 4, 3, padding="same"),
                nn.BatchNorm2d(4),
                nn.ReLU(),
                nn.Dropout(0.5),
                nn.Flatten(),
            ),
            hidden=nn.Linear(4 * 36, 8),
            head=nn.Linear(8, 3),
        )


@pytest.fixture
def examples(rng):
    return (
        rng.standard_normal((12, 1, 6, 6)).astype("float32"),
        rng.integers(0, 3, 12),
    )


def learn(model, examples, backend, *, steps=3, compiled=False):
    """Some steps by an optimizer that holds everything, the frozen parts as well."""
    optimizer = AdamW(lr=0.05, weight_decay=0.1)
    model.to(backend).train()
    optimizer.attach(model.parameters())
    step = make_training_step(model, optimizer, cross_entropy)
    if compiled:
        step = backend.compile(step)
    x, labels = map(backend.asarray, examples)
    for _ in range(steps):
        step(x, labels, backend.asarray(0.05, dtype="float64"))


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.mark.parametrize(
    ("backend", "compiled"), [("numpy", False), ("torch", False), ("torch", True)]
)
def test_a_frozen_part_keeps_every_bit_while_the_rest_learns(backend, compiled, examples):
    model = network()
    nn.freeze(model, "features")
    before = model.state_dict()
    learn(model, examples, backend_named(backend), compiled=compiled)
    assert changed(before, model.state_dict()) == {
        "hidden.weight",
        "hidden.bias",
        "head.weight",
        "head.bias",
    }


def test_without_freezing_everything_changes_and_so_do_batch_norms_statistics(examples):
    model = network()
    before = model.state_dict()
    learn(model, examples, backend_named("numpy"))
    # Batch norm takes away what a bias before it adds, so that one learns nothing but rounding.
    assert set(before) - changed(before, model.state_dict()) <= {"features.0.bias"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_frozen_part_computes_in_training_what_it_computes_in_use(backend, examples):
    model = network().to(backend_named(backend))
    learn(model, examples, backend_named(backend))  # so that the statistics are no longer 0 and 1
    x = Tensor(backend_named(backend).asarray(examples[0]))
    in_use = model.eval().features(x).numpy()
    nn.freeze(model, "features")
    model.train()
    assert_array_equal(model.features(x).numpy(), in_use)
    assert not model.features.training
    assert model.head.training
    nn.unfreeze(model, "features")
    model.train()
    assert np.abs(model.features(x).numpy() - in_use).max() > 0.1


def test_a_frozen_trunk_costs_no_backward(examples, monkeypatch):
    ran = []
    for op in (ops.Conv2d, ops.BatchNorm, ops.ReLU, ops.Affine):
        rule = op.backward

        def counted(self, xp, dy, rule=rule, name=op.__name__):
            ran.append(name)
            return rule(self, xp, dy)

        monkeypatch.setattr(op, "backward", counted)
    plain = backend_named("numpy")
    monkeypatch.setattr(plain, "kernels", {})  # the rules themselves, not what replaces them

    def operations(*frozen):
        model = network()
        if frozen:
            nn.freeze(model, *frozen)
        ran.clear()
        learn(model, examples, plain, steps=1)
        return sorted(ran), [name for name, p in model.named_parameters() if p.grad is not None]

    assert operations() == (["Affine", "Affine", "BatchNorm", "Conv2d", "ReLU"], [])
    assert operations("features")[0] == ["Affine", "Affine"]
    assert operations("features", "hidden")[0] == ["Affine"]


def test_a_frozen_part_in_the_middle_lets_gradients_pass_to_what_learns_below(examples):
    model = network()
    nn.freeze(model, "hidden", "features.1")
    before = model.state_dict()
    learn(model, examples, backend_named("numpy"))
    assert {"features.0.weight", "head.weight"} <= changed(before, model.state_dict())
    assert not {"hidden.weight", "features.1.weight", "features.1.running_mean"} & changed(
        before, model.state_dict()
    )


def test_without_a_part_called_features_that_is_all_but_the_last_linear_layer():
    model = nn.Sequential(
        nn.Linear(4, 4), nn.ReLU(), nn.Residual(nn.Linear(4, 4)), nn.Sequential(nn.Linear(4, 2))
    )
    nn.freeze(model, "features")
    learning = [name for name, p in model.named_parameters() if p.needs_grad]
    assert learning == ["3.0.weight", "3.0.bias"]
    assert [name for name, m in model.named_modules() if not m.frozen] == ["", "3", "3.0"]


def test_without_a_name_everything_is_frozen_and_unfrozen():
    model = network()
    nn.freeze(model)
    assert nn.count_parameters(model) == 0
    assert not model.train().training
    nn.unfreeze(model)
    assert nn.count_parameters(model) == nn.count_parameters(network())
    assert model.train().features.training


def test_a_name_means_that_part_and_not_others_that_begin_alike():
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(12)])
    nn.freeze(model, "1")
    assert [name for name, m in model.named_modules() if m.frozen] == ["1"]


@pytest.mark.parametrize(
    ("part", "hint"),
    [
        ("feature", "did you mean features"),
        ("features.O", "did you mean features"),
        ("layer4", "its parts are features, hidden, head"),
    ],
)
def test_a_part_that_is_not_there_is_refused_with_the_nearest_and_nothing_changes(part, hint):
    model = network()
    with pytest.raises(UsageError, match=f"Sequential has no part '{part}': {hint}"):
        nn.freeze(model, "head", part)
    assert nn.count_parameters(model) == nn.count_parameters(network())


def test_features_of_a_network_without_a_linear_layer_are_refused():
    with pytest.raises(UsageError, match="no linear layer"):
        nn.freeze(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), "features")


def test_weight_decay_passes_over_frozen_weights():
    w = nn.Linear(2, 2)
    nn.freeze(w)
    before = w.state_dict()
    optimizer = SGD(lr=0.1, weight_decay=0.5)
    optimizer.attach(w.parameters())
    x = tensor([[1.0, 2.0]], needs_grad=True)
    ops.sum(w(x)).backward()
    optimizer.step()
    assert not changed(before, w.state_dict())
