"""The benchmark of streamed folders: photos of a size, three rates, and who waits for whom."""

import importlib
import json
from argparse import Namespace
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def feeding(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("feeding")


def test_photos_are_of_their_size_and_differ(feeding, tmp_path):
    first, second = feeding.photos(tmp_path, 40, 2)
    with Image.open(first) as one, Image.open(second) as other:
        assert one.format == "JPEG"
        assert one.size == other.size == (40, 40)
        assert not np.array_equal(np.asarray(one), np.asarray(other))


def test_large_photos_are_brought_to_the_size_that_a_folder_of_them_has(feeding, tmp_path):
    split = feeding.streamed(feeding.photos(tmp_path, 100, 3))
    assert split.images.shape == (feeding.FOLDER, 3, 64, 64)
    np.testing.assert_array_equal(split.images[1], split.images[4])  # a file taken again


def test_few_images_make_a_record_and_a_table(feeding, monkeypatch):
    few = feeding.recipe_for("photos", Few(), range(10))[0]
    monkeypatch.setattr(feeding, "recipe_for", lambda *_: (few, []))
    numbers = {"files": 4, "batches": 2, "rounds": 3, "backend": "numpy"}
    options = Namespace(sides=[16, 20], **numbers)
    result = json.loads(json.dumps(feeding.result_of(options)))
    assert [one["shape"] for one in result["found"]] == [[3, 16, 16], [3, 20, 20]]
    for one in result["found"]:
        assert len(one["rounds"]) == 3
        assert sorted(turn[0] for turn in one["rounds"])[1] == one["decoded"]
        assert min(one["decoded"], one["learned"], one["fed"]) > 0
        assert 0 <= one["waiting"] < 1
    console = Console(width=100, record=True)
    console.print(feeding.table([feeding.Fed(**one) for one in result["found"]]))
    assert "20x20" in console.export_text()


class Few:
    """What recipe_for asks of a split, for a small network and batch."""

    images = np.zeros((40, 3, 16, 16), np.uint8)
    labels = np.arange(40) % 10


@pytest.mark.parametrize(("reading", "share"), [(0.0, 0.0), (1.0, 0.25)])
def test_waiting_is_the_share_of_a_step_until_its_batch_is_there(
    feeding, monkeypatch, reading, share
):
    now = 0.0
    monkeypatch.setattr(feeding, "perf_counter", lambda: now)

    def passing(seconds):
        nonlocal now
        now += seconds

    class Feed:
        @contextmanager
        def ahead(self, epoch):
            yield ((passing(reading if batch else 100.0), epoch) for batch in range(9))

    seconds, waited = feeding.from_files(Feed(), lambda *_: passing(3.0), 0, 4)
    assert seconds == 4 * (reading + 3.0)  # the wait for an epoch's first batch does not count
    assert waited == share * seconds


def test_numbers_that_cannot_be_measured_with_are_refused(feeding, capsys):
    for words, message in (
        ("--rounds 0", "--rounds is 0, but 1 or more is needed"),
        ("--sides 1", "--sides has 1, but 2 pixels or more are needed"),
    ):
        with pytest.raises(SystemExit):
            feeding.parsed(words.split())
        assert message in capsys.readouterr().err
