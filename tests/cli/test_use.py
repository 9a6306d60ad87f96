"""chainrule evaluate, predict and report: using what was trained."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule import data
from chainrule.runs import Run


@pytest.fixture(scope="session")
def digits():
    return data.load("digits")


def save_digits(digits, folder: Path, count: int = 40) -> Path:
    """FOLDER/CLASS/*.png of the first test digits."""
    for number, (image, label) in enumerate(
        zip(digits.test.images[:count], digits.test.labels, strict=False)
    ):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0]).save(folder / str(label) / f"{number}.png")
    return folder


def test_evaluate_measures_the_runs_own_test_images(chainrule, finished_run):
    result = chainrule("evaluate", finished_run, "--json").json
    trained = Run.open(finished_run).record["results"]
    assert result["accuracy"] == trained["test_accuracy"]
    assert result["loss"] == pytest.approx(trained["test_loss"])
    assert result["images"] == 360
    low, high = result["interval"]
    assert low < result["accuracy"] < high
    assert sum(line["images"] for line in result["classes"]) == 360
    right = sum(line["right"] for line in result["classes"])
    assert right / 360 == result["accuracy"]
    mistakes = sum(other["images"] for line in result["classes"] for other in line["taken_for"])
    assert right + mistakes == 360


def test_evaluate_shows_a_table_of_classes(chainrule, finished_run):
    answer = chainrule("evaluate", finished_run)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert any("of 360 images; 95 % interval" in line for line in lines)
    assert sum(line.split()[:1] == [str(digit)] for line in lines for digit in range(10)) == 10


def test_evaluate_computes_with_what_it_is_told_to_and_says_with_what(chainrule, finished_run):
    by_numpy = chainrule("evaluate", finished_run, "--backend", "numpy", "--json").json
    assert by_numpy["computing"] == f"numpy {np.__version__} on the CPU in float32"
    rounded = chainrule("evaluate", finished_run, "--precision", "bfloat16", "--json").json
    assert rounded["computing"].startswith("torch ")
    assert rounded["computing"].endswith(" on the CPU in bfloat16")
    assert rounded["loss"] == pytest.approx(by_numpy["loss"], rel=0.02)
    assert rounded["loss"] != by_numpy["loss"]
    assert "numpy" in chainrule("evaluate", finished_run).out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--device", "tpu"), "device 'tpu' is not there: torch "),
        (("--precision", "int4"), "precision 'int4' is not one of auto, float32, bfloat16"),
        (("--backend", "numpy", "--device", "cuda"), "backend 'numpy' computes on the processor"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
@pytest.mark.parametrize("verb", ["evaluate", "predict", "train"])
def test_what_cannot_be_computed_with_is_refused(chainrule, finished_run, verb, asked, words):
    what = {"evaluate": (finished_run,), "predict": (finished_run, "x.png"), "train": ("digits",)}
    answer = chainrule(verb, *what[verb], *asked)
    assert answer.code == 1
    assert answer.error.startswith(words)
    assert not Path("runs").exists()


def test_evaluate_takes_a_folder_and_matches_classes_by_name(
    chainrule, finished_run, digits, tmp_path
):
    save_digits(digits, tmp_path / "some")
    shutil.rmtree(tmp_path / "some" / "0")
    labels = digits.test.labels[:40]
    kept = digits.test.subset(np.flatnonzero(labels != 0))
    expected = Run.open(finished_run).classifier().evaluator().evaluate(kept)
    result = chainrule("evaluate", finished_run, "some", "--json").json
    assert result["images"] == len(kept) == expected.images
    assert result["accuracy"] == expected.accuracy
    assert [line["class"] for line in result["classes"]] == [str(digit) for digit in range(1, 10)]


def test_evaluate_takes_the_test_part_of_a_folder(chainrule, finished_run, digits, tmp_path):
    save_digits(digits, tmp_path / "set" / "test", count=30)
    save_digits(digits, tmp_path / "set" / "train", count=60)
    assert chainrule("evaluate", finished_run, "set", "--json").json["images"] == 30


@pytest.mark.parametrize(("train", "test"), [("Train", "Test"), ("training", "testing")])
def test_evaluate_knows_the_parts_that_training_knows(
    chainrule, finished_run, digits, tmp_path, train, test
):
    save_digits(digits, tmp_path / "set" / test, count=30)
    save_digits(digits, tmp_path / "set" / train, count=60)
    assert chainrule("evaluate", finished_run, "set", "--json").json["images"] == 30


def test_evaluate_holds_out_a_test_where_there_is_none(chainrule, finished_run, digits, tmp_path):
    save_digits(digits, tmp_path / "set" / "Train", count=60)
    answer = chainrule("evaluate", finished_run, "set", "--json")
    assert answer.json["images"] == 12
    assert "there is no test folder" in answer.err


def test_evaluate_takes_images_of_one_class(chainrule, finished_run, digits, tmp_path):
    ones = save_digits(digits, tmp_path / "all") / "1"
    shutil.copytree(ones, tmp_path / "ones" / "1")
    answer = chainrule("evaluate", finished_run, "ones", "--json").json
    assert answer["images"] == len(list(ones.iterdir()))


def test_evaluate_takes_a_known_data_set_by_name(chainrule, finished_run):
    assert chainrule("evaluate", finished_run, "digits", "--json").json["images"] == 360


def test_evaluate_says_when_the_model_learned_from_these_images(chainrule, shapes_run):
    run, folder = shapes_run
    answer = chainrule("evaluate", run, folder, "--json")
    assert answer.json["images"] == 36
    assert "the model learned from images of" in answer.err


def test_evaluate_says_so_of_the_part_that_was_learned_from(chainrule, digits, tmp_path):
    save_digits(digits, tmp_path / "set" / "train", count=60)
    save_digits(digits, tmp_path / "set" / "val", count=30)
    save_digits(digits, tmp_path / "set" / "test", count=30)
    train = ("train", "set", "--epochs", 1, "--no-report", "--out", "run")
    assert chainrule(*train).code == 0
    told = {part: chainrule("evaluate", "run", f"set/{part}").err for part in ("train", "val", "")}
    learned = {part: "the model learned from images of" in said for part, said in told.items()}
    assert learned == {"train": True, "val": True, "": False}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--skip-unreadable",), "--skip-unreadable is for a folder of images"),
        (("digits", "--skip-unreadable"), "--skip-unreadable is for a folder of images"),
        ((".", "--data", "."), "--data says where a known data set lies, but . is none"),
    ],
)
def test_evaluate_passes_no_option_over(chainrule, finished_run, words, problem):
    assert chainrule("evaluate", finished_run, *words).error.startswith(problem)


def test_evaluate_skips_unreadable_images_only_when_asked(chainrule, shapes_run, tmp_path):
    run, folder = shapes_run
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / "triangle" / "00.png").write_bytes(b"no image")
    assert "broken/triangle/00.png" in chainrule("evaluate", run, "broken").error
    answer = chainrule("evaluate", run, "broken", "--skip-unreadable", "--json")
    assert answer.json["images"] == 35
    assert "note: skipped broken/triangle/00.png" in answer.err


def test_evaluate_refuses_a_class_the_model_does_not_know(chainrule, finished_run, shapes):
    error = chainrule("evaluate", finished_run, shapes).error
    assert "has the class 'triangle', which this model does not know" in error
    assert "it knows 0, 1, 2, 3" in error


def test_evaluate_refuses_what_is_neither_folder_nor_data_set(chainrule, finished_run):
    error = chainrule("evaluate", finished_run, "nowhere").error
    assert error.startswith("nowhere is neither a folder nor a known data set")


def test_evaluate_refuses_a_data_set_of_other_images(chainrule, shapes_run):
    error = chainrule("evaluate", shapes_run[0], "digits").error
    assert "digits has images of 8x8 grey, but this model was trained on" in error


def test_evaluate_matches_korean_names_however_they_are_composed(chainrule, shapes_run, tmp_path):
    from unicodedata import normalize

    run, folder = shapes_run
    for sub in folder.iterdir():
        shutil.copytree(sub, tmp_path / "apart" / normalize("NFD", sub.name))
    assert chainrule("evaluate", run, "apart", "--json").json["accuracy"] > 0.5


def test_predict_tells_class_probability_and_runners_up(chainrule, finished_run, digits, tmp_path):
    Image.fromarray(digits.test.images[0][0]).save(tmp_path / "one.png")
    expected = Run.open(finished_run).classifier().probabilities(digits.test.images[:1])[0]
    (result,) = chainrule("predict", finished_run, "one.png", "--json").json
    assert result["image"] == "one.png"
    assert result["class"] == str(expected.argmax())
    assert result["probability"] == pytest.approx(expected.max(), rel=1e-5)
    assert len(result["runners_up"]) == 2
    assert result["note"] is None
    assert result["probability"] > result["runners_up"][0]["probability"]


def test_predict_answers_alike_on_either_library(chainrule, finished_run, digits, tmp_path):
    Image.fromarray(digits.test.images[0][0]).save(tmp_path / "digit.png")
    (by_numpy,), (by_torch,) = (
        chainrule("predict", finished_run, "digit.png", "--backend", name, "--json").json
        for name in ("numpy", "torch")
    )
    assert by_torch["class"] == by_numpy["class"]
    assert by_torch["probability"] == pytest.approx(by_numpy["probability"], rel=1e-4)


def test_predict_shows_a_table(chainrule, finished_run, digits, tmp_path):
    save_digits(digits, tmp_path / "some", count=5)
    answer = chainrule("predict", finished_run, "some", "--top", 1)
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 6
    assert answer.err == ""


def test_predict_passes_over_hidden_files_as_training_does(chainrule, finished_run, tmp_path):
    (tmp_path / "some" / "deep").mkdir(parents=True)
    for name in ("b.png", "deep/a.PNG"):
        Image.new("L", (8, 8)).save(tmp_path / "some" / name)
    for name in ("._b.png", "deep/notes.txt"):  # what a Mac's archive has beside each file
        (tmp_path / "some" / name).write_bytes(b"no image")
    answer = chainrule("predict", finished_run, "some", "--json")
    assert [told["image"] for told in answer.json] == ["some/b.png", "some/deep/a.PNG"]


def test_predict_converts_an_image_of_another_size_and_mode_and_says_so(
    chainrule, finished_run, tmp_path
):
    Image.new("RGB", (640, 480), "red").save(tmp_path / "photo.jpg")
    answer = chainrule("predict", finished_run, "photo.jpg", "--json")
    note = "photo.jpg: 640x480 colour, resized to 8x8 grey"
    assert answer.json[0]["note"] == note
    answer = chainrule("predict", finished_run, "photo.jpg")
    assert f"note: {note}" in answer.err


def test_predict_does_not_tell_every_single_conversion(chainrule, shapes_run):
    run, folder = shapes_run
    answer = chainrule("predict", run, folder)
    assert answer.err.count("note: ") == 6
    assert "more images resized or converted" in answer.err


def test_predict_names_an_image_it_cannot_read(chainrule, finished_run, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    answer = chainrule("predict", finished_run, "good.png", "bad.png", "--json")
    assert answer.code == 1
    assert "error: bad.png: cannot be read as an image" in answer.err
    assert [told["image"] for told in json.loads(answer.out)] == ["good.png"]
    two = chainrule("predict", finished_run, "bad.png", "none.png")
    assert "note: none.png: there is no such file" in two.err
    assert "error: bad.png: cannot be read" in two.err
    assert "there is no such file" in chainrule("predict", finished_run, "none.png").error


def test_predict_refuses_a_folder_without_images(chainrule, finished_run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "empty: holds no images" in chainrule("predict", finished_run, "empty").error


def test_predict_is_right_on_a_picture_of_a_real_digit(shell, mnist, tmp_path):
    shell("train", "mnist-mlp", "--epochs", 1, "--no-report", "--out", "run")
    files = [f"{number}-{label}.png" for number, label in enumerate(mnist.test.labels[:8])]
    for file, image in zip(files, mnist.test.images, strict=False):
        Image.fromarray(image[0]).save(tmp_path / file)
    results = shell("predict", "run", *files, "--json").json
    assert [result["class"] for result in results] == [file[-5] for file in files]


def test_report_writes_a_page_and_prints_where(chainrule, run_copy):
    answer = chainrule("report", run_copy)
    assert answer.out.strip() == str(run_copy / "report.html")
    assert (run_copy / "report.html").is_file()
    result = chainrule("report", run_copy, "--out", "쪽.html", "--language", "ko", "--json").json
    assert result == {"report": "쪽.html"}
    assert 'lang="ko"' in Path("쪽.html").read_text(encoding="utf-8")


VERBS = [("evaluate",), ("predict", "one.png"), ("report",), ("resume", "--epochs", 3)]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_folder_that_is_no_run_is_refused(chainrule, tmp_path, verb):
    answer = chainrule(verb[0], tmp_path, *verb[1:])
    assert answer.code == 1
    assert answer.error == f"{tmp_path} is not a run folder: it has no run.json"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_run_of_another_version_is_refused(chainrule, run_copy, verb):
    record = json.loads((run_copy / "run.json").read_text(encoding="utf-8"))
    (run_copy / "run.json").write_text(json.dumps({**record, "format": 99}), encoding="utf-8")
    answer = chainrule(verb[0], run_copy, *verb[1:])
    assert answer.code == 1
    assert "is a run of format 99, but this chainrule reads format 1" in answer.error


@pytest.mark.parametrize(
    ("file", "verb"),
    [
        ("best.safetensors", ("evaluate",)),
        ("best.safetensors", ("predict", "one.png")),
        ("last.safetensors", ("resume", "--epochs", 3)),
    ],
)
def test_a_damaged_checkpoint_is_refused(chainrule, run_copy, file, verb):
    content = bytearray((run_copy / file).read_bytes())
    content[-100] ^= 1
    (run_copy / file).write_bytes(content)
    answer = chainrule(verb[0], run_copy, *verb[1:])
    assert answer.code == 1
    assert answer.error.startswith(f"{run_copy / file} is damaged (")


def test_a_missing_file_is_named(chainrule, run_copy):
    (run_copy / "best.safetensors").unlink()
    assert "best.safetensors is missing" in chainrule("evaluate", run_copy).error
    (run_copy / "model.json").unlink()
    assert "model.json is missing" in chainrule("evaluate", run_copy).error


@pytest.mark.parametrize("name", ["run.json", "best.safetensors"])
def test_a_report_is_written_over_pages_only(chainrule, run_copy, name):
    before = (run_copy / name).read_bytes()
    error = chainrule("report", run_copy, "--out", run_copy / name).error
    assert f"{name} is there and is no page: choose a name that ends in .html" in error
    assert (run_copy / name).read_bytes() == before
