"""A run from an empty folder to a classifier, on real digits; and what can be wrong with one."""

import json
import os
import platform
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from chainrule import nn
from chainrule.data import Split
from chainrule.errors import RunError, UsageError
from chainrule.runs import Run, Source
from chainrule.runs.alone import alone_in
from chainrule.runs.folder import read_json, write_json
from chainrule.runs.run import parts
from chainrule.training import Trainer
from chainrule.training.checkpoint import load_arrays, save_arrays
from chainrule.zoo import RECIPES


def test_a_record_says_all_that_repeating_the_run_takes(finished, digits):
    record = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert record["format"] == 1
    assert (record["recipe"], record["seed"], record["backend"]) == ("digits", 3, "numpy")
    assert record["command"] == "chainrule train digits"
    assert record["data"]["sha256"] == digits.digest()
    assert (record["data"]["train"], record["data"]["validation"]) == (1_293, 144)
    assert record["data"]["test"] == 360
    assert record["versions"]["numpy"] == np.__version__
    assert record["versions"]["python"] == platform.python_version()
    assert record["machine"]["cores"] >= 1
    assert record["machine"]["processor"]
    assert record["started"].endswith("+00:00")
    assert record["settings"]["epochs"] == 2
    assert record["status"] == "finished"


def test_the_results_are_those_of_the_files(finished, digits):
    run = Run.open(finished)
    results, history = run.record["results"], run.history()
    assert len(history) == results["epochs"] == 2
    assert results["best_epoch"] == history.best.epoch
    assert results["validation_accuracy"] == history.best.validation_accuracy
    measured, mistakes, pictures = run.evaluation()
    assert results["test_accuracy"] == measured.accuracy > 0.8
    assert results["test_loss"] == measured.loss
    assert_array_equal(measured.labels, digits.test.labels)
    assert_array_equal(mistakes, measured.surest_mistakes(24))
    assert_array_equal(pictures, digits.test.images[mistakes])


def test_the_classifier_says_what_the_run_measured(finished, digits):
    run = Run.open(finished)
    classifier = run.classifier()
    assert classifier.classes == digits.classes
    probabilities = classifier.probabilities(digits.test.images)
    assert_allclose(probabilities, run.evaluation()[0].probabilities, rtol=1e-5, atol=1e-7)
    names = classifier.predict(digits.test.images)
    assert_array_equal(names, np.asarray(digits.classes)[probabilities.argmax(axis=1)])
    assert (
        classifier.evaluator().evaluate(digits.test).accuracy
        == run.record["results"]["test_accuracy"]
    )


def test_opening_a_run_does_not_disturb_the_weights_that_come_after(finished):
    nn.seed(5)
    expected = nn.Linear(3, 3).weight.data
    nn.seed(5)
    Run.open(finished).classifier()
    assert_array_equal(nn.Linear(3, 3).weight.data, expected)


def test_the_same_seed_gives_the_same_run(finished, begin, digits, tmp_path):
    again = begin(tmp_path / "again")
    again.train(digits)
    expected, _ = load_arrays(finished / "best.safetensors")
    for name, values in load_arrays(tmp_path / "again" / "best.safetensors")[0].items():
        assert_array_equal(values, expected[name], err_msg=name)


def test_a_run_is_written_down_before_it_is_trained(begin, tmp_path):
    run = begin(tmp_path / "run")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["model.json", "run.json"]
    assert Run.open(tmp_path / "run").record["status"] == run.record["status"] == "begun"
    with pytest.raises(RunError, match=r"best\.safetensors is missing"):
        run.classifier()
    with pytest.raises(RunError, match=r"evaluation\.safetensors is missing"):
        run.evaluation()
    assert len(run.history()) == 0


def test_an_interrupted_run_goes_on_where_it_stood(finished, begin, digits, tmp_path):
    def press(progress):
        if (progress.epoch, progress.batch) == (2, 4):
            os.kill(os.getpid(), signal.SIGINT)

    run = begin(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        run.train(digits, callbacks=[press])
    again = Run.open(tmp_path / "run")
    assert again.record["status"] == "interrupted"
    taken = again.record["wall_seconds"]
    again.train(digits, resume=True)
    assert again.record["status"] == "finished"
    assert again.record["wall_seconds"] > taken > 0
    expected, _ = load_arrays(finished / "last.safetensors")
    for name, values in load_arrays(tmp_path / "run" / "last.safetensors")[0].items():
        assert_array_equal(values, expected[name], err_msg=name)


def test_what_its_steps_were_compiled_to_is_not_forgotten_when_nothing_is_left_to_do(
    begin, digits, tmp_path, monkeypatch
):
    run = begin(tmp_path / "run")
    monkeypatch.setattr(Trainer, "steps", "compiled (1 graph, 7 s)")
    monkeypatch.setattr(Trainer, "compile_seconds", 7.25)
    monkeypatch.setattr(Trainer, "evaluate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run.train(digits)
    monkeypatch.undo()
    again = Run.open(tmp_path / "run")
    again.train(digits, resume=True)
    assert again.record["steps"] == "compiled (1 graph, 7 s)"
    assert again.record["compile_seconds"] == 7.25


def interrupt(*_):
    raise KeyboardInterrupt


def test_a_run_that_lost_its_model_file_is_not_trained(begin, digits, tmp_path):
    run = begin(tmp_path / "run")
    run.folder.model.unlink()
    with pytest.raises(RunError, match=r"model\.json is missing"):
        run.train(digits)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no lock of this kind")
def test_a_run_that_is_being_trained_is_not_trained_a_second_time(begin, digits, tmp_path):
    run = begin(tmp_path / "run")
    with (
        alone_in(run.folder),
        pytest.raises(RunError, match="another process is training in this folder; wait for it"),
    ):
        Run.open(tmp_path / "run").train(digits)
    run.train(digits)
    assert run.finished


def test_a_finished_run_can_be_extended(run_copy, digits):
    run = Run.open(run_copy)
    run.extend(replace(run.settings, epochs=3), "chainrule train --resume")
    run.train(digits, resume=True)
    again = Run.open(run_copy)
    assert again.record["results"]["epochs"] == again.settings.epochs == 3
    assert again.record["resumed"] == ["chainrule train --resume"]


def test_a_run_is_not_extended_by_what_cannot_work(run_copy, begin, tmp_path):
    for path in (run_copy, begin(tmp_path / "new", validation=0).folder.path):
        run = Run.open(path)
        before = run.folder.record.read_bytes()
        with pytest.raises(UsageError, match=r"a batch of 5,000|patience is 3, but without valid"):
            run.extend(replace(run.settings, batch_size=5_000, patience=3), "chainrule resume")
        assert run.folder.record.read_bytes() == before


def test_other_images_than_the_runs_are_refused(begin, digits, tmp_path):
    run = begin(tmp_path / "run")
    images = digits.train.images.copy()
    images[7, 0, 3, 3] ^= 1
    changed = replace(digits, train=Split(images, digits.train.labels))
    with pytest.raises(RunError, match=r"was begun with other images than .* the digest in run"):
        run.train(changed)
    assert run.load().digest() == digits.digest()


def test_what_recipe_and_data_do_not_allow_is_refused_before_anything_is_written(begin, tmp_path):
    with pytest.raises(UsageError, match="a batch of 5,000 images cannot be filled from the 1,293"):
        begin(tmp_path / "run", batch_size=5_000)
    with pytest.raises(UsageError, match="patience is 3, but without validation images"):
        begin(tmp_path / "run", patience=3, validation=0)
    with pytest.raises(UsageError, match="no network named 'digits-ccn'"):
        begin(tmp_path / "run", network="digits-ccn")
    assert not (tmp_path / "run").exists()


def test_a_data_sets_own_validation_part_is_used(digits):
    settings = RECIPES["digits"].settings
    own = replace(digits, validation=digits.test)
    assert parts(own, settings, seed=0) == (digits.train, digits.test)
    train, validation = parts(digits, settings, seed=0)
    assert (len(train), len(validation)) == (1_293, 144)


def test_too_few_images_for_validation_are_said_to_be_so(digits):
    few = replace(digits, train=digits.train.subset(slice(3)))
    with pytest.raises(
        UsageError, match=r"gives no images for validation: cannot hold out 0\.1 of 3"
    ):
        parts(few, RECIPES["digits"].settings, seed=0)


RECORDS = {
    "not JSON": ("{", r"run\.json is damaged"),
    "not text": (b"\xff\xfe\x00", r"run\.json is damaged"),
    "no object": ("[1]", r"run\.json is damaged: it does not hold a JSON object"),
    "another format": ('{"format": 99}', "a run of format 99, but this chainrule reads format 1"),
    "no format": ("{}", "a run of format None"),
    "empty record": ('{"format": 1}', r"run\.json is damaged \('settings'\)"),
    "unknown setting": (
        '{"format": 1, "settings": {"wings": 2}}',
        r"run\.json is damaged \(unknown settings: wings\)",
    ),
    "number for settings": ('{"format": 1, "settings": 7}', r"run\.json is damaged"),
    "text for a number": (
        '{"format": 1, "settings": {"network": "x", "epochs": "2", "batch_size": 1}}',
        r"run\.json is damaged",
    ),
}


@pytest.mark.parametrize(("content", "message"), RECORDS.values(), ids=RECORDS)
def test_a_record_that_cannot_be_read_is_refused(run_copy, content, message):
    raw = content if isinstance(content, bytes) else content.encode()
    (run_copy / "run.json").write_bytes(raw)
    with pytest.raises(RunError, match=message):
        Run.open(run_copy)


@pytest.mark.parametrize(("name", "value"), [("seed", "a"), ("data", None), ("results", None)])
def test_a_record_with_something_else_in_it_is_refused(run_copy, name, value):
    record = read_json(run_copy / "run.json")
    write_json(run_copy / "run.json", record | {name: value})
    with pytest.raises(RunError, match=rf"run\.json is damaged \(its {name} is {value!r}\)"):
        Run.open(run_copy)


def test_a_damaged_save_is_found_before_a_run_is_begun_again(run_copy):
    before = (run_copy / "run.json").read_bytes()
    (run_copy / "last.safetensors").write_bytes(b"")
    run = Run.open(run_copy)
    with pytest.raises(RunError, match=r"last\.safetensors is damaged"):
        run.extend(replace(run.settings, epochs=40), "resume")
    assert (run_copy / "run.json").read_bytes() == before


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"is not a run folder: it has no run\.json"):
        Run.open(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["{", "{}", "[]", '{"preprocessing": {}, "classes": []}', '{"preprocessing": 3}'],
)
def test_a_damaged_model_file_is_refused(run_copy, content):
    (run_copy / "model.json").write_text(content)
    with pytest.raises(RunError, match=r"model\.json is damaged"):
        Run.open(run_copy).classifier()


@pytest.mark.parametrize(
    "reason",
    [
        3,
        {"pattern": "no values"},
        {"pattern": "{a}", "values": {}},
        {"pattern": "{"},
        {"pattern": "{a.__class__}", "values": {"a": 1}},
        {"pattern": "{a:{a.__class__}}", "values": {"a": 1}},
        {"pattern": "{a:.2g}", "values": {"a": "one"}},
        {"pattern": "{a}", "values": []},
    ],
)
def test_a_damaged_reason_is_refused(run_copy, reason):
    record = json.loads((run_copy / "run.json").read_text(encoding="utf-8"))
    (run_copy / "run.json").write_text(json.dumps({**record, "reasons": [reason]}))
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        Run.open(run_copy)


def test_a_missing_model_file_is_named(run_copy):
    (run_copy / "model.json").unlink()
    with pytest.raises(RunError, match=r"model\.json is missing: the run folder is not complete"):
        Run.open(run_copy).classifier()


def test_weights_of_another_network_are_refused(run_copy):
    save_arrays(run_copy / "best.safetensors", {"weight": np.zeros(3)}, {})
    with pytest.raises(RunError, match=r"best\.safetensors cannot be used: this state does not"):
        Run.open(run_copy).classifier()


def test_a_damaged_checkpoint_is_refused(run_copy):
    content = bytearray((run_copy / "best.safetensors").read_bytes())
    content[-5] ^= 1
    (run_copy / "best.safetensors").write_bytes(content)
    with pytest.raises(RunError, match=r"best\.safetensors is damaged .*do not match"):
        Run.open(run_copy).classifier()


def test_a_source_is_written_down_so_that_it_is_found_from_anywhere(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = Source("mnist", "files", known=True).fixed(digits)
    assert known.folder == str(tmp_path / "files")
    assert Source("mnist", None, known=True).fixed(digits).folder is None
    own = Source("letters", "letters", known=False, skip_unreadable=True).fixed(digits)
    assert own == Source(
        "letters", str(tmp_path / "letters"), False, (8, 8), 1, skip_unreadable=True
    )
    assert Source.from_dict(json.loads(json.dumps(own.to_dict()))) == own


def test_a_folders_images_are_loaded_as_they_were(digits, tmp_path):
    for label in (0, 1):
        (tmp_path / "mine" / str(label)).mkdir(parents=True)
        for number, image in enumerate(digits.train.images[digits.train.labels == label][:5]):
            Image.fromarray(image[0]).save(tmp_path / "mine" / str(label) / f"{number}.png")
    source = Source("mine", str(tmp_path / "mine"), known=False)
    dataset = source.load()
    assert dataset.image_shape == (1, 8, 8)
    assert source.fixed(dataset).load().digest() == dataset.digest()


def test_mistakes_of_images_without_files_have_no_names(finished):
    assert Run.open(finished).mistake_names() == []
