"""chainrule train FOLDER: what is chosen, what a rehearsal tells, how long it takes."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from chainrule.runs import Run


@pytest.fixture
def arrows(tmp_path, rng):
    """60 arrows to the left, 60 to the right."""
    for name in ("left", "right"):
        (tmp_path / "arrows" / name).mkdir(parents=True)
        for number in range(60):
            image = Image.new("L", (16, 16), int(rng.integers(0, 60)))
            pen, y = ImageDraw.Draw(image), int(rng.integers(6, 10))
            pen.line((2, y, 13, y), fill=220, width=2)
            pen.polygon([(14, y), (9, y - 5), (9, y + 5)], fill=220)
            pixels = np.asarray(image)[:, :: 1 if name == "right" else -1]
            Image.fromarray(pixels).save(tmp_path / "arrows" / name / f"{number}.png")
    return tmp_path / "arrows"


def test_every_choice_is_said_with_its_reason_and_kept_in_the_record(chainrule, arrows):
    answer = chainrule("train", arrows, "--minutes", 0.02, "--no-report", "--out", "run")
    assert answer.code == 0
    run = Run.open("run")
    for reason in run.reasons:
        assert reason in answer.err
    said = "\n".join(run.reasons)
    assert "96 training images of 2 classes, 16x16 grey" in said
    assert "learning rate " in said
    assert "no mirror images: that of " in said
    assert "0.02 minutes" in said
    assert f"--epochs {run.settings.epochs}" in said
    assert run.settings.flip is False
    assert run.settings.epochs < 100


def test_the_report_says_why_the_numbers_are_what_they_are(chainrule, arrows):
    assert chainrule("train", arrows, "--epochs", 1, "--out", "run").code == 0
    page = (arrows.parent / "run" / "report.html").read_text(encoding="utf-8")
    assert "They were chosen for these images" in page
    assert "no mirror images: that of " in page
    assert chainrule("report", "run", "--language", "ko").code == 0
    page = (arrows.parent / "run" / "report.html").read_text(encoding="utf-8")
    assert "학습 이미지 96장, 클래스 2개, 16×16 흑백" in page
    assert "좌우 반전 없음: " in page
    assert "no mirror images" not in page


def test_a_resumed_run_keeps_its_plan(chainrule, arrows):
    assert chainrule("train", arrows, "--epochs", 1, "--no-report", "--out", "run").code == 0
    planned = Run.open("run")
    assert chainrule("resume", "run", "--epochs", 2, "--no-report").code == 0
    again = Run.open("run")
    assert again.settings.flip == planned.settings.flip
    assert again.record["reasons"] == planned.record["reasons"]


def test_the_user_may_ask_for_mirror_images(chainrule, arrows):
    given = ("--flip", "--lr", 0.001, "--epochs", 1)
    answer = chainrule("train", arrows, *given, "--no-report", "--out", "run")
    assert answer.code == 0
    assert Run.open("run").settings.flip == "alternating"
    assert "rehearsal" not in answer.err
    assert (
        chainrule("train", "digits", "--epochs", 1, "--flip", "--no-report", "--out", "d").code == 0
    )
    assert Run.open("d").settings.flip is True


def test_names_with_brackets_and_colons_are_shown_as_they_are(chainrule, shapes):
    names = ("bird [male]", "bird [female]", "a:cat:b")
    for folder, name in zip(sorted(shapes.iterdir()), names, strict=True):
        folder.rename(shapes / name)
    train = ("train", shapes, "--epochs", 1, "--no-report", "--out", "run")
    shown = {
        "train": chainrule(*train).err,
        "evaluate": chainrule("evaluate", "run", shapes).out,
        "predict": chainrule("predict", "run", shapes / "bird [male]").out,
    }
    for verb, text in shown.items():
        assert "bird [male]" in text, verb
    assert all(name in shown["train"] and name in shown["evaluate"] for name in names)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--minutes", 1, "--epochs", 1), "--minutes and --epochs both say how long to train"),
        (("--minutes", 0), "minutes is 0, but a finite number over 0 is needed"),
        (("--minutes", "inf"), "minutes is inf, but a finite number over 0 is needed"),
    ],
)
def test_how_long_is_said_once_and_sensibly(chainrule, arrows, options, words):
    assert words in chainrule("train", arrows, *options).error


def test_minutes_are_for_folders(chainrule):
    error = chainrule("train", "digits", "--minutes", 1).error
    assert error.startswith("--minutes chooses the epochs of a folder of images, but a recipe")


def test_minutes_and_flip_are_refused_for_a_baseline(chainrule):
    error = chainrule("train", "digits", "--model", "knn", "--minutes", 1, "--flip").error
    assert error == "--model knn takes no --flip, --minutes: that is for networks"
