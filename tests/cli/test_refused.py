"""What the system refuses: one sentence, early, and nothing is lost or left behind."""

import os
import resource
from pathlib import Path

import pytest
from PIL import Image

from chainrule.runs import Run

QUICK = ("--epochs", 1, "--no-report")
NOBODY = 65534
"""The user of that name."""


@pytest.fixture
def no_loading(monkeypatch):
    """Loading images, or rehearsing with them, fails the test."""

    def loaded(*_: object) -> None:
        raise AssertionError("images were loaded")

    for verb in ("train", "baseline"):
        monkeypatch.setattr(f"chainrule.cli.{verb}.load", loaded)


@pytest.fixture
def locked(chainrule, tmp_path, run_copy, shapes):
    """chainrule among folders and files that nobody but root may use; and it is not root's.

    Only names relative to the folder of the test can be used: what is above it is root's.
    """
    rights = {
        tmp_path / "readonly": 0o555,
        tmp_path / "closed": 0o000,
        tmp_path / "weights.pth": 0o000,
        run_copy / "run.json": 0o000,
        shapes / "triangle": 0o000,
    }
    (tmp_path / "readonly").mkdir()
    (tmp_path / "closed").mkdir()
    (tmp_path / "weights.pth").touch()
    tmp_path.chmod(0o777)
    for path, allowed in rights.items():
        path.chmod(allowed)
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield chainrule
    os.seteuid(before)
    for path in rights:
        path.chmod(0o700)


UNWRITABLE = "cannot be written to (Permission denied): choose another folder with --out"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("train", "digits", "--out", "readonly"), f"readonly {UNWRITABLE}"),
        (("train", "digits", "--out", "readonly/a/b"), f"readonly/a/b {UNWRITABLE}"),
        (("train", "digits", "--out", "closed/x"), f"closed/x {UNWRITABLE}"),
        (
            ("train", "digits", "--out", "weights.pth/x"),
            "weights.pth/x cannot be written to (Not a",
        ),
        (("train", "digits", "--model", "knn", "--out", "readonly"), f"readonly {UNWRITABLE}"),
        (("evaluate", "copy"), "copy/run.json cannot be read (Permission denied): see"),
        (
            ("train", "digits", "--from", "resnet20:weights.pth"),
            "weights.pth cannot be used (Permission denied): see that it is there and who may",
        ),
    ],
)
@pytest.mark.usefixtures("no_loading")
def test_a_path_that_may_not_be_used_is_refused_at_once(words, sentence, locked):
    there = sorted(Path().iterdir())
    answer = locked(*words)
    assert answer.code == 1
    assert answer.error.startswith(sentence)
    assert sorted(Path().iterdir()) == there


def test_a_class_folder_that_may_not_be_read_is_named(locked):
    answer = locked("train", "도형")
    assert answer.code == 1
    assert "triangle: cannot be read (Permission denied): see who may read it" in answer.error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            PermissionError(13, "Permission denied", "notes.txt"),
            "notes.txt cannot be used (Permission denied): see that it is there and who may use "
            "it, or name another",
        ),
        (
            OSError(28, "No space left on device"),
            "the system refuses what was asked of it (No space left on device)",
        ),
        (TimeoutError(), "the system refuses what was asked of it (TimeoutError)"),
    ],
)
def test_whatever_the_system_refuses_is_one_sentence(chainrule, monkeypatch, error, sentence):
    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr("chainrule.cli.recipes.layers_of", refused)
    answer = chainrule("recipes")
    assert answer.code == 1
    assert answer.error == sentence


@pytest.mark.usefixtures("no_loading")
def test_a_misspelt_part_to_freeze_is_refused_before_images_are_loaded(chainrule, finished_run):
    words = ("train", "digits", "--from", finished_run, "--freeze", "features, 0, nothing")
    answer = chainrule(*words, "--out", "run")
    assert answer.code == 1
    assert "has no part 'nothing': its parts are 0, 1, 2" in answer.error
    assert not Path("run").exists()


def test_a_finished_run_outlives_a_new_one_that_cannot_be_written(shell, chainrule, run_copy):
    def leave_room_for_little_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    before = {path.name: path.read_bytes() for path in run_copy.iterdir()}
    words = ("train", "digits", *QUICK, "--from", run_copy, "--out", run_copy, "--overwrite")
    answer = shell(*words, preexec_fn=leave_room_for_little_files)
    assert answer.code == 1
    assert "start.safetensors could not be written (File too large)" in answer.error
    assert answer.error.endswith(f"the run in {run_copy} is as it was")
    assert {path.name: path.read_bytes() for path in run_copy.iterdir()} == before
    assert chainrule(*words).code == 0
    assert Run.open(run_copy).record["start"]["checkpoint"] == str(run_copy / "best.safetensors")


def test_a_folder_of_one_image_per_class_is_told_what_is_missing(chainrule, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "pets" / name / "one.png")
    error = chainrule("train", "pets").error
    assert error.startswith("pets: there is no test folder, and a fifth of 2 images")
