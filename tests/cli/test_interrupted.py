"""Ctrl-C and a full disk: what was saved stays, and one sentence says what to do."""

import json
import resource
import shutil

import numpy as np
import pytest
from PIL import Image

from chainrule.runs import Run
from chainrule.training.checkpoint import load_arrays

EPOCHS = 8
UNREHEARSED = ("--lr", 0.001, "--no-flip")
"""What spares a folder the short trainings before the real one."""


@pytest.fixture
def slow_images(tmp_path, rng):
    """Two classes of 100 pictures, each step of which takes a good part of a second."""
    for name in ("a", "b"):
        (tmp_path / "slow" / name).mkdir(parents=True)
        for number in range(100):
            pixels = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "slow" / name / f"{number}.ppm")
    return tmp_path / "slow"


def arrays(run, name):
    return load_arrays(run / f"{name}.safetensors")[0]


def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(
    chainrule, training, tmp_path
):
    begun = training("digits", "--epochs", EPOCHS)
    begun.wait_for_an_epoch()
    begun.interrupt()
    answer = begun.end()
    assert answer.code == 130
    assert "what was learned up to the last save is kept" in answer.err
    assert "chainrule resume run" in answer.err
    assert answer.out == ""
    record = Run.open(begun.run).record
    assert record["status"] == "interrupted"
    assert len(Run.open(begun.run).history()) < EPOCHS

    resumed = chainrule("resume", "run", "--no-report", "--json").json
    whole = chainrule(
        "train", "digits", "--epochs", EPOCHS, "--no-report", "--out", "whole", "--json"
    ).json
    assert resumed["epochs"] == EPOCHS
    assert resumed["test_loss"] == whole["test_loss"]
    for name in ("best", "last"):
        one, other = arrays(begun.run, name), arrays(tmp_path / "whole", name)
        assert one.keys() == other.keys()
        for key in one:
            np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_a_second_ctrl_c_stops_at_once_and_the_last_save_is_good(chainrule, training, slow_images):
    begun = training(slow_images, *UNREHEARSED, "--epochs", 40, "--batch-size", 140)
    begun.wait_for_an_epoch()
    begun.interrupt()
    begun.interrupt()
    answer = begun.end()
    assert answer.code == 130
    assert "chainrule resume run" in answer.err
    done = len(Run.open(begun.run).history())
    result = chainrule("resume", "run", "--epochs", done + 1, "--no-report", "--json").json
    assert result["epochs"] == done + 1


def test_a_run_that_died_before_its_first_save_is_resumed_from_the_start(
    chainrule, training, slow_images
):
    begun = training(slow_images, *UNREHEARSED, "--epochs", 1, "--batch-size", 16)
    while not (begun.run / "run.json").is_file():
        assert begun.process.poll() is None
    begun.process.kill()
    begun.end()
    assert chainrule("resume", "run", "--no-report", "--json").json["epochs"] == 1


def test_ctrl_c_before_the_first_step_says_that_nothing_was_learned(chainrule, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "train", interrupted)
    answer = chainrule("train", "digits", "--out", "run")
    assert answer.code == 130
    assert "interrupted: nothing was learned yet; go on with" in answer.err
    assert "chainrule resume run" in answer.err


def test_ctrl_c_while_data_are_loaded_leaves_nothing_behind(chainrule, monkeypatch, tmp_path):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.cli.train.load", interrupted)
    answer = chainrule("train", "digits")
    assert answer.code == 130
    assert answer.err == "interrupted\n"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_previous_checkpoint(shell, run_copy):
    before = {path.name: path.read_bytes() for path in run_copy.glob("*.safetensors")}

    def leave_room_for_little_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    answer = shell(
        *("resume", run_copy, "--epochs", 4, "--no-report"),
        preexec_fn=leave_room_for_little_files,
    )
    assert answer.code == 1
    assert "could not be written (File too large)" in answer.error
    assert "what was saved there before is intact; make room" in answer.error
    for name, content in before.items():
        assert (run_copy / name).read_bytes() == content
    assert not list(run_copy.glob(".*"))
    resumed = shell("resume", run_copy, "--epochs", 4, "--no-report", "--json").json
    assert resumed["epochs"] == 4


def test_resume_trains_a_finished_run_for_longer(chainrule, run_copy):
    answer = chainrule("resume", run_copy, "--epochs", 3, "--no-report", "--json")
    assert answer.json["epochs"] == 3
    run = Run.open(run_copy)
    assert [epoch.epoch for epoch in run.history()] == [1, 2, 3]
    assert run.settings.epochs == 3
    assert len(run.record["resumed"]) == 1


def test_resume_says_when_there_is_nothing_left_to_do(chainrule, run_copy):
    before = (run_copy / "last.safetensors").read_bytes()
    answer = chainrule("resume", run_copy, "--json")
    assert answer.json["epochs"] == 2
    assert "is finished, after 2 epochs: go on with --epochs 4" in answer.err
    assert (run_copy / "last.safetensors").read_bytes() == before


def test_a_run_that_lost_its_patience_goes_on_with_more(chainrule):
    options = ("--lr", 1e-12, "--patience", 1, "--epochs", 9)
    stopped = chainrule("train", "digits", *options, "--no-report", "--out", "run", "--json").json
    assert stopped["epochs"] < 9
    again = chainrule("resume", "run", "--epochs", 20)
    assert "its patience was over; go on with a larger --patience" in again.err
    longer = chainrule(
        "resume", "run", "--patience", 5, "--epochs", 4, "--no-report", "--json"
    ).json
    assert longer["epochs"] == 4


def test_resume_refuses_other_images_than_the_run_was_begun_with(chainrule, shapes_run, tmp_path):
    run, folder = shapes_run
    moved, copy = tmp_path / "moved", tmp_path / "run"
    shutil.copytree(folder, moved)
    shutil.copytree(run, copy)
    same = chainrule("resume", copy, "--data", moved, "--epochs", 5, "--no-report", "--json")
    assert same.json["epochs"] == 5
    Image.new("RGB", (20, 20)).save(moved / "triangle" / "00.png")
    other = chainrule("resume", copy, "--data", moved, "--epochs", 6, "--no-report")
    assert "was begun with other images than" in other.error


def test_the_record_of_an_interrupted_run_can_be_read_as_json(training):
    begun = training("digits", "--epochs", EPOCHS)
    begun.wait_for_an_epoch()
    begun.interrupt()
    begun.end()
    record = json.loads((begun.run / "run.json").read_text(encoding="utf-8"))
    assert record["format"] == 1
    assert record["results"] is None


def test_what_was_learned_is_not_written_over_where_the_checkpoint_is_gone(chainrule, run_copy):
    (run_copy / "last.safetensors").unlink()
    before = (run_copy / "best.safetensors").read_bytes()
    error = chainrule("resume", run_copy, "--epochs", 9).error
    assert "last.safetensors is missing, from which to go on" in error
    assert (run_copy / "best.safetensors").read_bytes() == before
