"""chainrule recipes, summary and data: looking around without training."""

import shutil
from pathlib import Path

import pytest

from chainrule.zoo import RECIPES, Settings

COUNTS = {
    "mnist-mlp": 39_860,
    "mnist-cnn": 22_000,
    "fashion-cnn": 412_778,
    "cifar10-74": 1_639_914,
}


def test_recipes_lists_every_recipe(chainrule):
    lines = chainrule("recipes", "--json").json
    assert [line["name"] for line in lines] == list(RECIPES)
    assert {line["name"]: line["parameters"] for line in lines}.items() >= COUNTS.items()
    assert all(line["about"] and line["source"] and line["epochs"] for line in lines)
    assert {line["name"]: Settings.from_dict(line["settings"]) for line in lines} == {
        name: recipe.settings for name, recipe in RECIPES.items()
    }
    table = chainrule("recipes").out
    assert all(name in table for name in RECIPES)


@pytest.mark.parametrize("name", COUNTS)
def test_summary_counts_as_the_recipes_source_does(chainrule, name):
    result = chainrule("summary", name, "--json").json
    assert result["parameters"] == COUNTS[name]
    assert sum(layer["parameters"] for layer in result["layers"]) == COUNTS[name]


def test_summary_shows_the_arithmetic_of_each_layer(chainrule):
    layers = chainrule("summary", "cifar10-74", "--json").json["layers"]
    assert layers[6] == {
        "name": "6",
        "kind": "Conv2d",
        "output_shape": [64, 15, 15],
        "parameters": 18_496,
        "formula": "(3*3*32 + 1) * 64 = 18,496",
    }
    table = chainrule("summary", "cifar10-74").out
    assert "(3*3*32 + 1) * 64" in table
    assert "1,639,914" in table


def test_summary_tells_learned_parameters_from_counted_ones(chainrule):
    assert chainrule("summary", "fashion-cnn", "--json").json["trainable"] == 412_522
    assert "412,522 are learned" in chainrule("summary", "fashion-cnn").out


def test_summary_takes_a_network_that_has_no_recipe(chainrule):
    assert "6,379,984 more are learned in layers" in chainrule("summary", "googlenet").out
    result = chainrule("summary", "resnet20", "--json").json
    assert (result["parameters"], result["input_shape"]) == (269_722, [3, 32, 32])


def test_summary_takes_a_run(chainrule, finished_run):
    result = chainrule("summary", finished_run, "--json").json
    assert result["parameters"] == 38_442
    assert result["input_shape"] == [1, 8, 8]


def test_summary_of_nothing_is_answered_with_what_was_meant(chainrule):
    error = chainrule("summary", "cifar10").error
    assert error == "cifar10 is not a recipe, a network or a run folder: did you mean cifar10-88?"


@pytest.fixture
def mnist_copy(mnist, tmp_path):
    """A data folder with a copy of MNIST's files."""
    return Path(shutil.copytree(mnist.source, tmp_path / "data" / "mnist")).parent


def test_data_lists_what_is_there_and_what_a_download_costs(chainrule, tmp_path):
    lines = {
        line["name"]: line for line in chainrule("data", "list", "--data", tmp_path, "--json").json
    }
    assert list(lines) == ["digits", "textures", "mnist", "fashion-mnist", "cifar-10"]
    assert lines["digits"]["present"]
    assert not lines["mnist"]["present"]
    assert lines["mnist"]["download_size"] == 11_594_722
    table = chainrule("data", "list", "--data", tmp_path).out
    assert "not yet: 11.6 MB to download" in table


def test_data_alone_lists_the_sets(chainrule, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path))
    answer = chainrule("data")
    assert answer.code == 0
    assert "fashion-mnist" in answer.out


def test_data_get_reads_a_set_that_is_there(chainrule, mnist_copy):
    result = chainrule("data", "get", "mnist", "--data", mnist_copy, "--json").json
    assert (result["train"], result["test"]) == (60_000, 10_000)
    assert "60,000 images" in chainrule("data", "get", "mnist", "--data", mnist_copy).out


def test_data_check_finds_official_changed_and_missing_files(chainrule, mnist_copy):
    good = chainrule("data", "check", "mnist", "--data", mnist_copy, "--json").json
    assert {line["state"] for line in good} == {"ok"}
    labels = mnist_copy / "mnist" / "t10k-labels-idx1-ubyte.gz"
    labels.write_bytes(labels.read_bytes()[:-100])
    bad = chainrule("data", "check", "mnist", "--data", mnist_copy)
    assert bad.code == 1
    assert "damaged" in bad.out
    labels.unlink()
    assert "missing" in chainrule("data", "check", "mnist", "--data", mnist_copy).out


def test_data_get_of_digits_needs_no_download(chainrule):
    answer = chainrule("data", "get", "digits")
    assert "digits: 1,437 images to learn from and 360 for the test, 8x8 grey" in answer.out


def test_data_check_of_a_set_that_is_not_there_names_its_files(chainrule, tmp_path):
    answer = chainrule("data", "check", "mnist", "--data", tmp_path)
    assert answer.code == 1
    assert answer.out.count("missing") == 4
    assert "train-images-idx3-ubyte.gz" in answer.out


def test_data_check_of_digits_has_nothing_to_do(chainrule):
    assert "nothing to check" in chainrule("data", "check", "digits").out


def test_an_unknown_data_set_is_answered_with_what_was_meant(chainrule):
    for verb in ("get", "check"):
        error = chainrule("data", verb, "cifar").error
        assert "did you mean cifar-10?" in error
