"""The peers of the ladder: the same networks in other libraries, trained and gone on with."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from chainrule.data import Dataset, from_arrays
from chainrule.errors import UsageError
from chainrule.explain.ladder.pages import parameters_of
from chainrule.zoo import RECIPES, network_named

LADDER = Path(__file__).parents[2] / "benchmarks" / "ladder"
NAMES = ("cifar10-74", "cifar10-79", "cifar10-84", "cifar10-88")
LINEAR = ("cifar10-linear-softmax", "cifar10-linear-svm")


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.syspath_prepend(LADDER)


@pytest.fixture
def images(rng):
    """40 and 20 noisy images, the second class of two brighter."""

    def part(count):
        labels = rng.permutation(count) % 2
        pixels = rng.integers(0, 100, (count, 3, 32, 32)) + 150 * labels[:, None, None, None]
        return from_arrays(pixels.astype("uint8"), labels)

    return Dataset("cifar-10", part(40), part(20), tuple(map(str, range(10))))


def shortened(name, epochs=2):
    recipe = RECIPES[name]
    settings = replace(recipe.settings, epochs=epochs, batch_size=12, l2=1e-3)
    return replace(recipe, settings=settings)


@pytest.mark.parametrize(
    ("framework", "name"),
    [*product(["pytorch", "keras"], NAMES), *product(["pytorch"], LINEAR)],
)
def test_a_peer_has_as_many_parameters_as_we(framework, name):
    module = __import__(f"peer_{framework}")
    learner = module.Learner(RECIPES[name].settings, steps=10, seed=0)
    assert learner.count() == parameters_of(replace(RECIPES[name], keras_count=True))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_a_peer_that_was_interrupted_ends_as_an_unbroken_one(framework, images, tmp_path, capsys):
    import peer

    recipe = shortened("cifar10-84", epochs=3)
    whole = peer.train(recipe, images, framework=framework, seed=1, folder=tmp_path / "whole")

    module = __import__(f"peer_{framework}")
    learn = module.Learner.learn

    def interrupted(self, batches, epoch):
        if epoch == 3:
            raise KeyboardInterrupt
        return learn(self, batches, epoch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.Learner, "learn", interrupted)
        with pytest.raises(KeyboardInterrupt):
            peer.train(recipe, images, framework=framework, seed=1, folder=tmp_path / "broken")
    capsys.readouterr()
    broken = peer.train(recipe, images, framework=framework, seed=1, folder=tmp_path / "broken")
    assert capsys.readouterr().out.startswith("epoch 3: ")
    assert broken["training"]["accuracy"] == whole["training"]["accuracy"]
    losses = [[epoch["train_loss"] for epoch in run["epochs"]] for run in (broken, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert whole["framework"] in ("PyTorch", "Keras")
    assert whole["data"]["sha256"] == images.digest()
    assert len(whole["epochs"]) == 3


def test_a_peer_learns(images, tmp_path):
    import peer

    recipe = shortened("cifar10-74", epochs=6)
    result = peer.train(recipe, images, framework="pytorch", seed=0, folder=tmp_path)
    assert result["training"]["accuracy"] > 0.9


def test_a_recipe_that_no_peer_is_written_for_is_refused(images, tmp_path):
    import peer

    refused = {"pytorch": ("digits", "cifar10-record"), "keras": ("digits", "cifar10-linear-svm")}
    for framework, name in [(f, name) for f, names in refused.items() for name in names]:
        with pytest.raises(UsageError, match=f"{name}: its network or training is not written"):
            peer.train(RECIPES[name], images, framework=framework, seed=0, folder=tmp_path)


@pytest.mark.parametrize("name", LINEAR)
def test_linear_peers_begin_and_learn_as_we_do(name, images, tmp_path):
    """The same weights, images and numbers: the same loss in the first epoch."""
    import peer
    import peer_pytorch
    import torch

    recipe = shortened(name, epochs=1)
    settings = recipe.settings
    rest, _ = settings.part(images.train, 0)
    preprocessing = settings.make_preprocessing(rest.images)
    model = network_named(settings.network)((3, 32, 32), 10)
    trainer = settings.make_trainer(model, preprocessing, seed=0)
    ours = trainer.fit(rest, epochs=1, batch_size=settings.batch_size)[-1]

    steps = -(-len(rest) // settings.batch_size)
    learner = peer_pytorch.Learner(settings, steps, seed=0)
    for parameter in learner.model.parameters():
        torch.nn.init.zeros_(parameter)
    batches = peer._augmented(recipe, rest, preprocessing, 10, 0, 1)
    loss, accuracy = learner.learn(batches, 1)
    assert steps > 1
    assert loss == pytest.approx(ours.train_loss, rel=1e-4)
    assert accuracy == pytest.approx(ours.train_accuracy)
