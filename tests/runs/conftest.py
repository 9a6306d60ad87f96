from dataclasses import replace
from shutil import copytree

import pytest

from chainrule import data
from chainrule.runs import Run, RunFolder, Source
from chainrule.zoo import RECIPES

RECIPE = replace(RECIPES["digits"], settings=replace(RECIPES["digits"].settings, epochs=2))
SOURCE = Source("digits", None, known=True)


@pytest.fixture(scope="session")
def digits():
    return data.load("digits")


@pytest.fixture
def begin(digits):
    """begin(path): a run of two epochs over the digits, begun and not trained."""

    def make(path, **changes):
        recipe = replace(RECIPE, settings=replace(RECIPE.settings, **changes))
        folder = RunFolder.create(path)
        return Run.begin(folder, recipe, SOURCE, digits, seed=3, command="chainrule train digits")

    return make


@pytest.fixture(scope="session")
def finished(digits, tmp_path_factory):
    """A run that has ended. To be looked at only: see run_copy."""
    path = tmp_path_factory.mktemp("runs") / "finished"
    run = Run.begin(
        RunFolder.create(path), RECIPE, SOURCE, digits, seed=3, command="chainrule train digits"
    )
    run.train(digits)
    return path


@pytest.fixture
def run_copy(finished, tmp_path):
    """A run that has ended, to be damaged."""
    return copytree(finished, tmp_path / "copy")
