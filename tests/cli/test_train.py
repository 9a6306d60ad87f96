"""chainrule train, from a recipe and from a folder of images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.backends import backend_named
from chainrule.runs import Run
from chainrule.zoo import RECIPES

QUICK = ("--epochs", 1, "--no-report")


def test_the_result_is_json_and_nothing_else(shell):
    answer = shell("train", "digits", *QUICK, "--seed", 3, "--out", "here", "--json")
    result = answer.json
    assert result["run"] == "here"
    assert result["recipe"] == "digits"
    assert result["parameters"] == 38_442
    assert result["epochs"] == result["best_epoch"] == 1
    assert result["train_seconds"] > 0
    assert 0.5 < result["validation_accuracy"] <= 1
    assert 0.5 < result["test_accuracy"] <= 1
    assert result["backend"] == "numpy"
    assert result["seed"] == 3
    assert result["report"] is None


def test_the_recorded_command_repeats_the_run(shell, tmp_path):
    first = shell("train", "digits", *QUICK, "--lr", "0.002", "--json").json
    command = Run.open(tmp_path / first["run"]).record["command"]
    words = "train digits --epochs 1 --no-report --lr 0.002 --json --backend numpy"
    assert command == f"python -m chainrule {words}"
    again = shell(*command.split()[3:]).json
    assert again["run"] != first["run"]
    assert again["test_loss"] == first["test_loss"]


def test_torch_learns_what_numpy_learns_and_the_steps_are_said_to_be_uncompiled(
    chainrule, monkeypatch
):
    monkeypatch.setattr(backend_named("torch"), "worth_compiling", 1e9)
    by_numpy = chainrule("train", "digits", *QUICK, "--json").json
    by_torch = chainrule("train", "digits", *QUICK, "--backend", "torch", "--json").json
    assert by_torch["backend"] == "torch"
    assert by_torch["steps"].startswith("not compiled: ")
    assert by_numpy["steps"] == "not compiled"
    assert by_torch["validation_loss"] == pytest.approx(by_numpy["validation_loss"], rel=0.01)
    run = Run.open(by_torch["run"])
    assert run.record["versions"]["torch"]
    told = chainrule("train", "digits", *QUICK, "--backend", "torch")
    words = f"torch {run.record['versions']['torch']} on the CPU in float32"
    assert f"{words}; steps not compiled: that takes longer" in told.out
    assert words in told.err


def test_a_person_is_told_the_plan_the_epochs_and_what_next(chainrule, tmp_path):
    answer = chainrule("train", "digits", *QUICK, "--out", "runs/first")
    assert answer.code == 0
    for words in (
        "1,293 to learn from, 144 for validation, 360 for the test",
        "digits-cnn, 38,442 parameters",
        "1 epoch of 21 batches of 64",
        "1/1",
        "chainrule predict runs/first IMAGE...",
        "chainrule report runs/first",
    ):
        assert words in answer.err
    assert "95 % interval" in answer.out
    assert "runs/first" in answer.out
    assert (tmp_path / "runs/first/best.safetensors").is_file()


def test_settings_given_by_the_user_win_over_the_recipe(chainrule):
    given = ("--batch-size", 50, "--lr", 0.01, "--validation", 100, "--patience", 4)
    assert chainrule("train", "digits", *QUICK, *given, "--out", "run").code == 0
    run = Run.open("run")
    assert run.settings.epochs == 1
    assert run.settings.batch_size == 50
    assert run.settings.lr == 0.01
    assert run.settings.patience == 4
    assert run.record["data"]["validation"] == 100


def test_a_folder_of_images_is_described_before_it_is_learned(chainrule, shapes):
    answer = chainrule("train", shapes, "--epochs", 2, "--no-report", "--out", "run")
    assert answer.code == 0
    assert "동그라미" in answer.err
    assert "there is no test folder" in answer.err
    assert "29 training images of 3 classes" in answer.err
    assert "network own-cnn" in answer.err
    assert Run.open("run").classifier().classes == ("triangle", "네모", "동그라미")


def test_size_and_grey_are_taken_from_the_user(chainrule, shapes):
    assert chainrule("train", shapes, *QUICK, "--size", 16, "--grey", "--out", "run").code == 0
    preprocessing = Run.open("run").classifier().preprocessing
    assert (preprocessing.channels, preprocessing.height, preprocessing.width) == (1, 16, 16)


def test_a_folder_is_learned_by_a_recipe_s_network_and_numbers(chainrule, shapes):
    options = ("--recipe", "mnist-mlp", "--no-report", "--out", "run")
    assert chainrule("train", shapes, *options, "--batch-size", 8, "--validation", 6).code == 0
    run, recipe = Run.open("run"), RECIPES["mnist-mlp"].settings
    assert run.settings == replace(recipe, batch_size=8, validation=6)
    preprocessing = run.classifier().preprocessing
    assert (preprocessing.channels, preprocessing.height, preprocessing.width) == (3, 28, 28)
    assert run.record["recipe"] == run.record["data"]["name"] == shapes.name
    assert run.about.endswith("by the network and the numbers of mnist-mlp")


def test_a_folder_s_recipe_may_have_another_size(chainrule, shapes):
    options = (
        "--recipe",
        "mnist-mlp",
        "--size",
        16,
        "--grey",
        "--validation",
        6,
        "--batch-size",
        8,
    )
    assert chainrule("train", shapes, *QUICK, *options, "--out", "run").code == 0
    assert Run.open("run").record["parameters"] == (256 + 1) * 50 + 2 * 50 + (50 + 1) * 3


@pytest.mark.parametrize(
    ("what", "options", "words"),
    [
        (None, ("--recipe", "minst-mlp"), "there is no recipe named 'minst-mlp'"),
        ("digits", ("--recipe", "mnist-mlp"), "--recipe is for folders of images: digits is a"),
        (None, ("--recipe", "mnist-mlp", "--from", "run"), "--recipe and --from both say what"),
        (None, ("--recipe", "mnist-mlp", "--model", "knn"), "--recipe and --model both say what"),
        (None, ("--recipe", "mnist-mlp", "--minutes", 1), "--minutes chooses the epochs"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(chainrule, shapes, what, options, words):
    assert words in chainrule("train", what or shapes, *options).error


@pytest.mark.parametrize("what", [("broken",), ("mnist-mlp", "--data", "nowhere")])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--lr", -1), "Adam: lr is -1.0, but must be over 0 and finite"),
        (("--epochs", 0), "epochs is 0, but a whole number from 1 is needed"),
        (("--batch-size", 0), "batch_size is 0, but a whole number from 1 is needed"),
        (("--patience", 0), "patience is 0, but a whole number from 1 is needed"),
    ],
)
def test_numbers_that_cannot_work_are_refused_before_images_load(chainrule, what, options, words):
    for name in ("a", "b"):
        (Path("broken") / name).mkdir(parents=True)
        (Path("broken") / name / "1.png").write_bytes(b"no image")
    assert chainrule("train", *what, *options, "--out", "run").error == words
    assert not Path("run").exists()


def test_many_classes_are_not_all_listed(chainrule, tmp_path):
    for number in range(23):
        (tmp_path / "many" / f"class-{number:02d}").mkdir(parents=True)
        for copy in range(3):
            image = Image.new("L", (8, 8), number * 10)
            image.save(tmp_path / "many" / f"class-{number:02d}" / f"{copy}.png")
    answer = chainrule("train", "many", *QUICK, "--validation", 23, "--out", "run")
    assert answer.code == 0
    assert "and 3 more" in answer.err
    assert "23 classes" in answer.err


def test_a_data_folder_is_refused_for_a_folder_of_images(chainrule, shapes, tmp_path):
    error = chainrule("train", shapes, "--data", tmp_path).error
    assert error.startswith("--data is for recipes")


def test_a_data_folder_is_refused_for_images_that_are_made(chainrule, shapes):
    error = chainrule("train", "fingerprint-vgg", "--data", shapes).error
    assert error.startswith(f"the images of textures are not read from {shapes}: leave out --data")
    assert error.endswith(f"chainrule train {shapes} --recipe fingerprint-vgg")


def test_a_folder_with_parts_keeps_them(chainrule, tmp_path, rng):
    for part, each in (("train", 8), ("val", 3), ("test", 4)):
        for name in ("a", "b"):
            (tmp_path / "set" / part / name).mkdir(parents=True)
            for number in range(each):
                pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "set" / part / name / f"{number}.png")
    answer = chainrule("train", "set", *QUICK, "--out", "run")
    assert "16 to learn from, 6 for validation, 8 for the test" in answer.err
    refused = chainrule("train", "set", *QUICK, "--validation", 0.5)
    assert "6 images for validation of its own: leave out --validation" in refused.error


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("digit", "digit is neither a recipe (did you mean digits?) nor a folder: a folder of"),
        ("zebra", "there are digits, mnist-mlp-as-printed, "),
        (
            "mnist",
            "mnist is a data set: train on it with one of its recipes, mnist-mlp-as-printed, ",
        ),
        ("no/where", "there is no folder no/where: a folder of images looks like FOLDER/CLASS"),
    ],
)
def test_a_name_that_is_nothing_is_answered_with_what_was_meant(chainrule, wanted, words):
    answer = chainrule("train", wanted)
    assert answer.code == 1
    assert words in answer.error


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (
            ("--batch-size", 5000),
            "a batch of 5,000 images cannot be filled from the 1,293 training",
        ),
        (("--validation", 1437), "cannot hold out 1,437 of 1,437 images"),
        (("--validation", 1.5), "validation is 1.5, but a share below 1 or a count is needed"),
        (("--lr", 0), "lr is 0.0, but must be over 0"),
        (("--backend", "abacus"), "backend 'abacus' is not one of"),
        (("--size", 16), "are for folders of images"),
    ],
)
def test_what_cannot_work_is_refused_and_leaves_no_run_folder(chainrule, tmp_path, option, words):
    answer = chainrule("train", "digits", *option)
    assert answer.code == 1
    assert words in answer.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--epochs", "--batch-size", "--patience"])
def test_counts_below_one_are_refused_in_one_sentence(chainrule, tmp_path, option):
    answer = chainrule("train", "digits", option, 0)
    assert answer.code == 1
    name = option.removeprefix("--").replace("-", "_")
    assert f"{name} is 0, but a whole number from 1 is needed" in answer.error
    assert list(tmp_path.iterdir()) == []


def test_a_validation_that_is_no_number_is_a_usage_error(chainrule, tmp_path):
    answer = chainrule("train", "digits", "--validation", "some")
    assert answer.code == 2
    assert "Invalid value for '--validation'" in answer.err
    assert answer.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_older_run_is_replaced_only_when_asked(chainrule, run_copy):
    refused = chainrule("train", "digits", *QUICK, "--out", run_copy)
    assert "is not empty" in refused.error
    assert "--overwrite" in refused.error
    assert Run.open(run_copy).record["results"]["epochs"] == 2
    assert chainrule("train", "digits", *QUICK, "--out", run_copy, "--overwrite").code == 0
    assert Run.open(run_copy).record["results"]["epochs"] == 1


def test_overwrite_spares_the_older_run_when_the_new_one_cannot_begin(chainrule, run_copy):
    options = ("--batch-size", 5000, "--overwrite")
    assert chainrule("train", "digits", "--out", run_copy, *options).code == 1
    assert Run.open(run_copy).record["results"]["epochs"] == 2


def test_overwrite_never_touches_a_folder_that_is_no_run(chainrule, shapes):
    answer = chainrule("train", "digits", *QUICK, "--out", shapes, "--overwrite")
    assert "holds something that is not a run, and is left alone" in answer.error
    assert (shapes / "triangle" / "00.png").is_file()


def test_a_folder_without_classes_is_refused(chainrule, tmp_path):
    (tmp_path / "loose").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "loose" / "one.png")
    assert "holds 1 images but no folders of classes" in chainrule("train", "loose").error


def test_a_folder_with_one_class_is_refused(chainrule, tmp_path):
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "pets" / "cat" / "one.png")
    assert "holds one class (cat), but two or more are needed" in chainrule("train", "pets").error


def test_a_file_instead_of_a_folder_is_refused(chainrule, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    assert (
        "one.png is a file, but a recipe's name or a folder" in chainrule("train", "one.png").error
    )


def test_a_truncated_image_is_named_and_skipped_only_when_asked(chainrule, shapes, tmp_path):
    broken = shapes / "네모" / "01.jpg"
    broken.write_bytes(broken.read_bytes()[:200])
    refused = chainrule("train", shapes, *QUICK, "--out", "run")
    assert str(broken) in refused.error
    assert not (tmp_path / "run").exists()
    answer = chainrule("train", shapes, *QUICK, "--out", "run", "--skip-unreadable")
    assert answer.code == 0
    assert f"skipped {broken}" in answer.err


def test_a_report_is_written_unless_it_is_declined(chainrule):
    result = chainrule("train", "digits", "--epochs", 1, "--out", "run", "--json").json
    assert result["report"] == "run/report.html"
    assert "<html" in Path("run/report.html").read_text(encoding="utf-8")


def test_one_epoch_of_the_cnn_reaches_97_percent_on_mnist(shell, mnist):
    result = shell("train", "mnist-cnn", "--epochs", 1, "--no-report", "--json").json
    assert result["test_accuracy"] >= 0.97
    assert result["parameters"] == 22_000
