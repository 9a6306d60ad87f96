"""Small runs to report on, made once: trained in a second or two, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.data import Dataset, Split
from chainrule.runs import Run, RunFolder, Source
from chainrule.zoo import RECIPES, recipe_for

NASTY = ("<script>alert(1)</script>", '사과 & "배"', "c")
"""Class names that a page must show as they are."""


def blobs(classes, each, shape, seed, noise=40):
    """Images that can be told apart by where they are bright."""
    rng = np.random.default_rng(seed)
    labels = np.arange(classes * each) % classes
    centres = np.random.default_rng(0).uniform(0, 255, (classes, *shape))
    images = centres[labels] + rng.normal(0, noise, (len(labels), *shape))
    names = tuple(f"/photos/{label}/{i}.png" for i, label in enumerate(labels))
    return Split(np.clip(images, 0, 255).astype(np.uint8), labels.astype(np.int64), names)


def dataset(classes, shape=(1, 8, 8), each=20, noise=40, **parts):
    train, test = (blobs(len(classes), each, shape, seed, noise) for seed in (1, 2))
    return Dataset("blobs", train, test, tuple(classes), source="made up", **parts)


def begin(folder, recipe, data, **settings):
    recipe = replace(recipe, settings=replace(recipe.settings, **settings))
    source = Source(data.name, None, known=True)
    command = f"chainrule train {recipe.name} --epochs 2"
    return Run.begin(RunFolder.create(folder), recipe, source, data, seed=0, command=command)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A grey run of three classes with awkward names."""
    data = dataset(NASTY, noise=150, notes=("skipped 1 image: a<b.png",))
    run = begin(
        tmp_path_factory.mktemp("runs") / "grey", RECIPES["digits"], data, epochs=3, batch_size=18
    )
    run.train(data)
    return run


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """A colour run of 43 classes, some with long names."""
    names = [f"{'속도 제한' if i % 3 else 'roundabout mandatory sign'} {i}" for i in range(43)]
    data = dataset(names, shape=(3, 12, 12), each=4, noise=90)
    recipe, _ = recipe_for("signs", data.train, names)
    run = begin(tmp_path_factory.mktemp("runs") / "many", recipe, data, epochs=3)
    run.train(data)
    return run


@pytest.fixture
def begun(tmp_path):
    """The deck's network before its first step."""
    data = dataset([f"class {k}" for k in range(10)], shape=(3, 32, 32), each=8)
    return begin(tmp_path / "begun", RECIPES["cifar10-74"], data)


@pytest.fixture
def unvalidated(tmp_path):
    """A finished run that held nothing out."""
    none = Split(np.zeros((0, 1, 8, 8), np.uint8), np.zeros(0, np.int64))
    data = dataset("ab", validation=none)
    run = begin(tmp_path / "unvalidated", RECIPES["mnist-mlp"], data, epochs=1, batch_size=20)
    run.train(data)
    return run
