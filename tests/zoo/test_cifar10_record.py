"""The record recipe: its network's start, and that it trains, resumes and answers as it should."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, optim
from chainrule.data import Dataset, Split
from chainrule.errors import UsageError
from chainrule.runs import Run, RunFolder, Source
from chainrule.tape import Tensor
from chainrule.training.checkpoint import load_arrays
from chainrule.zoo import NETWORKS, RECIPES, Settings

RECIPE = RECIPES["cifar10-record"]
SMALL = replace(
    RECIPE,
    settings=replace(RECIPE.settings, epochs=2, batch_size=20),
)
BATCHES = 3


def stripes(rng, count):
    """Images of two classes that no mirroring mixes up: stripes that lie, or stand."""
    labels = rng.integers(0, 2, count)
    lying = 60 * (np.arange(16) // 2 % 2)[None, None, :, None]
    images = np.where(labels[:, None, None, None] == 0, lying, lying.swapaxes(2, 3))
    noise = rng.integers(60, 120, (count, 3, 16, 16))
    return Split((images + noise).astype(np.uint8), labels)


@pytest.fixture
def data(rng):
    train, test = stripes(rng, 20 * BATCHES), stripes(rng, 30)
    return Dataset("stripes", train, test, ("lying", "standing"), source="made here")


def begin(path, data):
    source = Source("stripes", None, known=True)
    folder = RunFolder.create(path)
    return Run.begin(folder, SMALL, source, data, seed=3, command="chainrule train stripes")


def test_the_network_has_the_parameters_it_should():
    rows = nn.summary(NETWORKS["cifar10-record"]((3, 32, 32), 10), (3, 32, 32))
    shapes = [row.output_shape for row in rows if row.kind == "Conv2d"]
    assert shapes == [
        *[(64, 31, 31), (64, 15, 15)],
        *[(224, 15, 15), (224, 7, 7)],
        *[(256, 7, 7), (256, 3, 3)],
    ]
    assert sum(row.parameters for row in rows) == 1_740_864


def test_what_muon_leaves_to_adamw_are_the_shifts_and_the_last_layer():
    model = NETWORKS["cifar10-record"]((3, 32, 32), 10)
    optimizer = RECIPE.settings.make_optimizer()
    optimizer.attach(RECIPE.settings.groups(model))
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    rules = {
        names[id(tensor)]: (type(rule), rule.lr)
        for tensor, rule in zip(optimizer.tensors, optimizer.rules, strict=True)
    }
    settings = RECIPE.settings
    assert len(rules) == 13
    for name, (kind, lr) in rules.items():
        is_filter = name.endswith("weight") and model.state_dict()[name].ndim == 4
        expected = (optim.Muon, settings.lr) if is_filter else (optim.AdamW, settings.others_lr)
        assert (kind, lr) == expected, name


def test_other_optimizers_leave_nothing_to_others():
    with pytest.raises(UsageError, match=r"others_lr is 0.1, but adam leaves nothing to others"):
        Settings(network="digits-cnn", epochs=1, batch_size=8, others_lr=0.1)


def test_muon_has_its_usual_momentum_unless_another_is_given():
    plain = Settings(network="digits-cnn", epochs=1, batch_size=8, optimizer="muon")
    assert plain.make_optimizer().momentum == 0.95
    assert replace(plain, momentum=0.6).make_optimizer().momentum == 0.6


def test_a_run_learns_whitens_and_answers_by_six_views(data, tmp_path):
    run = begin(tmp_path / "run", data)
    assert run.train(data).accuracy > 0.9
    state, _ = load_arrays(tmp_path / "run" / "best.safetensors")
    classifier = Run.open(tmp_path / "run").classifier()
    # The filters are those of the training images, and learning has left them alone.
    looked = nn.Whitening(3)
    nn.adapt(looked, Tensor(classifier.preprocessing(data.train.images)))
    for name in ("weight", "bias", "adapted"):
        assert_array_equal(state[f"0.{name}"], looked.state_dict()[name])
    plain = replace(classifier, test_time="plain")
    six = classifier.probabilities(data.test.images)
    assert np.abs(six - plain.probabilities(data.test.images)).max() > 1e-4
    assert_allclose(six, run.evaluation()[0].probabilities, rtol=1e-4, atol=1e-6)


def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(data, tmp_path):
    def ctrl_c(progress):
        if (progress.epoch, progress.batch) == (2, 1):
            os.kill(os.getpid(), signal.SIGINT)

    begin(tmp_path / "unbroken", data).train(data)
    broken = begin(tmp_path / "broken", data)
    with pytest.raises(KeyboardInterrupt):
        broken.train(data, callbacks=[ctrl_c])
    Run.open(tmp_path / "broken").train(data, resume=True)
    expected, _ = load_arrays(tmp_path / "unbroken" / "last.safetensors")
    for name, values in load_arrays(tmp_path / "broken" / "last.safetensors")[0].items():
        assert_array_equal(values, expected[name], err_msg=name)
