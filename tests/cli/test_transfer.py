"""chainrule train --from, and chainrule transfer, as a user types them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from safetensors.numpy import load_file

from chainrule.runs import Run
from chainrule.runs.experiments import EXPERIMENTS
from chainrule.zoo import Settings

QUICK = ("--epochs", 1, "--no-report")


@pytest.fixture
def scans(tmp_path):
    """Pictures of other classes than the digits, of another size, and in colour."""
    rng = np.random.default_rng(7)
    for name, ground in (("dark", 40), ("bright", 200)):
        (tmp_path / "scans" / name).mkdir(parents=True)
        for number in range(14):
            pixels = rng.integers(-30, 30, (12, 12, 3)) + ground
            Image.fromarray(pixels.astype("uint8")).save(
                tmp_path / "scans" / name / f"{number}.png"
            )
    return tmp_path / "scans"


def test_a_folder_learned_from_a_run_brings_its_images_to_the_runs_and_keeps_what_is_frozen(
    chainrule, finished_run, scans
):
    answer = chainrule(
        *("train", scans, "--from", finished_run, "--freeze", "features", "--layer-decay", 0.5),
        *(*QUICK, "--out", "run"),
    )
    assert answer.code == 0, answer.err
    told = " ".join(answer.err.split())
    assert "8x8 grey, 2 classes: bright, dark" in told
    assert "digits-cnn, 30,242 parameters" in told
    assert f"begins from {finished_run / 'best.safetensors'}, which told apart 0, 1, 2, 3" in told
    assert "new 12 (Linear), for other classes" in told
    assert "frozen features: 28,192 parameters of 30,242; batch norms use the statistics" in told
    before, after = load_file(finished_run / "best.safetensors"), load_file("run/best.safetensors")
    for name, values in before.items():
        if not name.startswith("12."):
            assert_array_equal(after[name], values, err_msg=name)
    record = json.loads(Path("run/run.json").read_text())
    assert record["settings"]["freeze"] == "features"
    assert record["settings"]["layer_decay"] == 0.5
    assert record["settings"]["lr"] == 0.01
    assert "learning rate 0.01: only the last layer learns, and can take larger steps" in told
    assert record["start"]["network"] == "digits-cnn"
    assert record["trainable"] == 2 * 1024 + 2
    layers = chainrule("summary", "run").out
    assert "2,050 are learned; 28,192 keep what they had learned" in layers


def test_the_rehearsal_sees_the_images_as_the_run_did(chainrule, finished_run, scans, monkeypatch):
    def refuse(*_):
        pytest.fail("a preprocessing was fitted, though the run has one")

    for number in range(14, 28):  # enough to rehearse with
        for name in ("dark", "bright"):
            image = Image.open(scans / name / f"{number - 14}.png")
            image.rotate(90).save(scans / name / f"{number}.png")
    monkeypatch.setattr(Settings, "make_preprocessing", refuse)
    answer = chainrule("train", scans, "--from", finished_run, *QUICK, "--out", "run")
    assert answer.code == 0, answer.err
    assert "the usual one, and in a search" in " ".join(answer.err.split())


def test_such_a_run_is_resumed_evaluated_asked_and_reported_like_any_other(
    chainrule, finished_run, scans
):
    chainrule("train", scans, "--from", finished_run, "--freeze", "0", *QUICK, "--out", "run")
    resumed = chainrule("resume", "run", "--epochs", 4)
    assert resumed.code == 0, resumed.err
    assert "begins from" in resumed.err
    assert Path("run/report.html").stat().st_size > 10_000
    report = Path("run/report.html").read_text()
    assert "layer_decay" in report
    assert "Begun from" in report
    assert chainrule("evaluate", "run", "--json").json["accuracy"] >= 0
    seen = chainrule("predict", "run", scans / "dark" / "0.png", "--json").json
    assert seen[0]["class"] in ("dark", "bright")
    assert_array_equal(
        load_file("run/best.safetensors")["0.weight"],
        load_file(finished_run / "best.safetensors")["0.weight"],
    )


def test_the_rates_of_the_stages_are_said(chainrule, finished_run, scans):
    answer = chainrule(
        *("train", scans, "--from", finished_run, "--layer-decay", 0.1, "--lr", 0.01),
        *(*QUICK, "--out", "run"),
    )
    assert "learning rates 1e-05 for 0 to 0.01 for 12" in " ".join(answer.err.split())


def test_a_rate_that_the_user_gives_is_taken_for_a_head_alone_too(chainrule, finished_run, scans):
    given = ("--from", finished_run, "--freeze", "features", "--lr", 0.003)
    answer = chainrule("train", scans, *given, *QUICK, "--out", "run")
    assert Run.open("run").settings.lr == 0.003
    assert "larger steps" not in answer.err


def test_a_recipe_begins_from_a_run_too_with_that_runs_network(chainrule, finished_run):
    answer = chainrule("train", "digits", "--from", finished_run, *QUICK, "--out", "run", "--json")
    run = Run.open("run")
    assert run.settings.network == "digits-cnn"
    assert run.record["start"]["new"] == []
    assert answer.json["validation_accuracy"] > 0.9  # for it had learned them before


def test_images_that_do_not_fit_the_network_are_refused_before_anything_is_tried(
    chainrule, finished_run, scans
):
    answer = chainrule("train", scans, "--from", finished_run, "--colour", "--out", "run")
    assert answer.code == 1
    assert "learned from 8x8 grey: a folder" in answer.error
    assert "what was chosen" not in answer.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("digits", "--freeze", "features"), "--freeze is about what was learned before"),
        (("digits", "--layer-decay", 0.5), "--layer-decay is about what was learned before"),
        (("digits", "--from", "nowhere"), "nowhere is neither a run folder nor a checkpoint"),
        (("digits", "--from", "RUN", "--freeze", "featurs"), "has no part 'featurs'"),
        (("digits", "--from", "RUN", "--layer-decay", 2), "layer_decay is 2.0, but"),
        (("digits", "--from", "RUN", "--model", "knn"), "--model knn takes no --from"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_nothing_is_written(
    words, problem, chainrule, finished_run
):
    answer = chainrule("train", *(finished_run if w == "RUN" else w for w in words), "--out", "run")
    assert answer.code == 1
    assert problem in answer.error
    assert not Path("run").exists()


@pytest.fixture
def tiny_experiment(monkeypatch):
    """Autoencoders, as in the experiment of that name, on digits of 8x8 that everybody has."""
    whole = EXPERIMENTS["autoencoder"]
    tiny = replace(
        whole,
        before="digits",
        after="digits",
        shots=(2, 4),
        steps=4,
        passes=1,
        pretraining=replace(whole.pretraining, epochs=1),
    )
    monkeypatch.setitem(EXPERIMENTS, "autoencoder", tiny)


@pytest.mark.usefixtures("tiny_experiment")
def test_an_experiment_is_carried_out_shown_drawn_and_gone_on_with(chainrule):
    words = ("transfer", "autoencoder", "--seeds", 2, "--backend", "numpy", "--out", "kept")
    shown = chainrule(*words)
    assert shown.code == 0, shown.err
    assert "16, after 2 pre-trainings" in shown.err
    assert "learning before, seed 1" in shown.err
    assert "gains: over random" in shown.err
    assert "pre-trained, Adam" in shown.out
    with Image.open("kept/transfer.png") as picture:
        assert min(picture.size) > 300
    record = json.loads(Path("kept/transfer.json").read_text())
    assert record["facts"]["computing"] == f"numpy {np.__version__} on the CPU in float32"
    again = chainrule(*words, "--json")
    assert "images per class   seed" not in again.err  # everything was found finished
    assert [len(curve["points"]) for curve in again.json["curves"]] == [2, 2, 2, 2]
    assert json.loads(Path("kept/transfer.json").read_text())["measured"] == record["measured"]


@pytest.mark.usefixtures("tiny_experiment")
def test_an_experiment_is_refused_a_folder_that_cannot_be_written_to_before_it_learns(
    chainrule, tmp_path
):
    (tmp_path / "afile").touch()
    for place in ("afile", "afile/below"):
        answer = chainrule("transfer", "autoencoder", "--backend", "numpy", "--out", place)
        assert answer.code == 1
        assert f"error: {place} cannot be written to (Not a directory): choose" in answer.err
        assert "learning before" not in answer.err


def test_an_experiment_that_is_none_is_refused_with_those_there_are(chainrule):
    answer = chainrule("transfer", "cifar")
    assert answer.error == (
        "there is no experiment named 'cifar': there are cifar10, fashion, autoencoder"
    )
