"""chainrule train --model: a classical model in place of a network."""

import json

import numpy as np
import pytest

from chainrule.classical import MODELS
from chainrule.training.checkpoint import load_arrays


def test_a_baseline_on_digits_is_measured_and_written_down(shell, tmp_path):
    result = shell("train", "digits", "--model", "knn", "--out", "here", "--json").json
    assert result["run"] == "here"
    assert result["data"] == "digits"
    assert result["model"] == "knn"
    assert result["test_accuracy"] == result["test_right"] / 360 > 0.98
    assert result["train_images"] == 1437
    record = json.loads((tmp_path / "here" / "run.json").read_text())
    assert record["baseline"] == "knn"
    assert record["results"]["test_right"] == result["test_right"]
    assert record["command"].endswith("train digits --model knn --out here --json")
    assert {"chainrule", "numpy", "scikit-learn"} <= set(record["versions"])
    answers, _ = load_arrays(tmp_path / "here" / "evaluation.safetensors")
    assert np.sum(answers["labels"] == answers["predicted"]) == result["test_right"]


def test_a_person_is_told_what_the_model_is_and_how_far_to_trust_it(chainrule):
    answer = chainrule("train", "digits", "--model", "softmax", "--limit", 500)
    assert "softmax: softmax regression: one linear layer" in answer.err
    for words in ("test accuracy", "95 % interval", "500 images in", "runs/digits-softmax-2"):
        assert words in answer.out


def test_a_folder_of_images_has_baselines_too(chainrule, shapes):
    result = chainrule("train", shapes, "--size", 16, "--model", "forest", "--json").json
    assert result["test_accuracy"] > 0.5
    assert result["data"] == shapes.name


def test_a_recipe_stands_for_its_data_set(chainrule, mnist):
    words = ("--model", "pca-centroid", "--limit", 5000, "--json")
    of_recipe = chainrule("train", "mnist-mlp", *words).json
    of_set = chainrule("train", "mnist", *words).json
    assert of_recipe["data"] == of_set["data"] == "mnist"
    assert of_recipe["test_right"] == of_set["test_right"] > 0.75 * len(mnist.test)


@pytest.mark.parametrize("verb", [("predict", "x.png"), ("evaluate",), ("resume",), ("report",)])
def test_a_baseline_has_no_network_and_every_verb_says_so(chainrule, verb):
    chainrule("train", "digits", "--model", "softmax", "--limit", 100, "--out", "here")
    name, *more = verb
    assert chainrule(name, "here", *more).error.startswith("here is a baseline, softmax: it has no")


def test_an_older_baseline_is_replaced_only_when_asked(chainrule):
    words = ("train", "digits", "--model", "softmax", "--limit", 100, "--out", "here")
    assert chainrule(*words).code == 0
    assert "here is not empty" in chainrule(*words).error
    assert chainrule(*words, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("digits", "--model", "knnn"), "there is no model named 'knnn': did you mean knn?"),
        (
            ("digits", "--model", "knn", "--epochs", 3, "--batch-size", 9),
            "--model knn takes no --epochs, --batch-size: that is for networks",
        ),
        (("digits", "--limit", 50), "--limit is for baselines: give --model as well, or leave"),
        (("mnist", "--model", "knn", "--size", 9), "mnist says itself what its images are like"),
        (("nothing", "--model", "knn"), "nothing is neither a recipe"),
    ],
)
def test_what_does_not_go_together_is_refused(chainrule, words, said):
    assert said in chainrule("train", *words).error


def test_what_is_refused_leaves_no_folder(chainrule, tmp_path):
    assert chainrule("train", "digits", "--model", "knnn", "--out", "here").code == 1
    assert not (tmp_path / "here").exists()


def test_help_names_every_model(shell):
    shown = shell("train", "--help", env={"COLUMNS": "200"}).out
    assert all(name in shown for name in MODELS)
