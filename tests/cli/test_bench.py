"""chainrule bench: a table for people, JSON for scripts, one sentence for what cannot be."""

import pytest

ASKED_FOR = {
    "images_per_second",
    "step_ms_median",
    "step_ms_quartiles",
    "steps",
    "peak_memory_mb",
    "compile_seconds",
    "graphs",
    "backend",
    "device",
    "precision",
    "recipe",
    "batch_size",
    "processor",
    "cores",
    "versions",
    "start_seconds",
    "breakdown",
}
NUMPY = ("--backend", "numpy", "--seconds", 0.05)


def test_a_recipe_is_measured_and_told_as_json(chainrule):
    result = chainrule("bench", "digits", *NUMPY, "--batch-size", 16, "--json").json
    assert set(result) >= ASKED_FOR
    assert (result["recipe"], result["batch_size"]) == ("digits", 16)
    assert (result["backend"], result["device"], result["precision"]) == ("numpy", "cpu", "float32")
    assert (result["graphs"], result["compile_seconds"]) == (0, 0)
    assert result["peak_memory_mb"] > 20
    assert 0.05 < result["start_seconds"] < 60
    assert result["versions"]["numpy"]
    conv = next(part for part in result["breakdown"] if part["name"] == "Conv2d")
    assert conv["backward_ms"] > 0


def test_the_table_says_speed_memory_and_where_the_time_goes(chainrule):
    page = chainrule("bench", "digits", *NUMPY).out
    assert "digits, batches of 64" in page
    for words in ("images per second", "MB of the process", "s to import", "the images of digits"):
        assert words in page
    assert "part of a step" in page
    assert "BatchNorm" in page
    assert "optimizer" in page


def test_torch_uncompiled_is_told_by_operation_too(chainrule):
    options = ("--backend", "torch", "--no-compile", "--precision", "float32", "--seconds", 0.05)
    page = chainrule("bench", "digits", *options, "--batch-size", 16, "--device", "cpu").out
    assert "torch 2." in page
    assert "not compiled" in page
    assert "Conv2d" in page


def test_random_images_are_said_to_be_random(chainrule, tmp_path):
    page = chainrule("bench", "mnist-mlp", *NUMPY, "--data", tmp_path / "nowhere").out
    assert "random images, as mnist is not there" in page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("digit",), "there is no recipe named 'digit': did you mean digits?"),
        (
            ("digits", "--seconds", 0),
            "seconds is 0, but a time over 0 is needed: 8, for example",
        ),
        (
            ("digits", "--batch-size", 0),
            "batch_size is 0, but a whole number from 1 is needed",
        ),
        (
            ("digits", "--precision", "bfloat16"),
            "backend 'numpy' computes in float32 alone, but precision 'bfloat16' was asked for: "
            "use backend 'torch'",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_sentence(chainrule, words, sentence):
    answer = chainrule("bench", *words, "--backend", "numpy")
    assert answer.code == 1
    assert answer.error == sentence
