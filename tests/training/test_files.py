"""Checkpoints and other files: whole or not there, and any damage is noticed."""

import json
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import save_file

from chainrule.errors import RunError
from chainrule.training.atomic import write_text_atomically
from chainrule.training.checkpoint import load_arrays, save_arrays

ARRAYS = {
    "weight": np.arange(6, dtype="float32").reshape(2, 3),
    "steps": np.array(7.0),
    "labels": np.array([3, 1], dtype="int64"),
    "image": np.zeros((1, 2, 2), dtype="uint8"),
}
FACTS = {"position": {"epoch": 3, "loss_sum": 0.1}, "names": ["가", "b"]}


@pytest.fixture
def saved(tmp_path):
    save_arrays(tmp_path / "some.safetensors", ARRAYS, FACTS)
    return tmp_path / "some.safetensors"


def test_arrays_and_facts_come_back_as_they_went(saved):
    arrays, facts = load_arrays(saved)
    assert facts == FACTS
    assert set(arrays) == set(ARRAYS)
    for name, values in ARRAYS.items():
        assert arrays[name].dtype == values.dtype
        assert_array_equal(arrays[name], values)


def test_memory_order_does_not_matter(tmp_path, rng):
    values = rng.standard_normal((3, 4, 5)).transpose(2, 0, 1)
    save_arrays(tmp_path / "a", {"x": values}, {})
    assert_array_equal(load_arrays(tmp_path / "a")[0]["x"], values)


@pytest.mark.parametrize("bit", [0, 3, 6])
def test_a_flipped_bit_in_any_byte_is_noticed(saved, bit):
    content = saved.read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        saved.write_bytes(damaged)
        with pytest.raises(RunError, match=r"some\.safetensors (is damaged|was not written)"):
            load_arrays(saved)


def test_a_file_cut_short_anywhere_is_noticed(saved):
    content = saved.read_bytes()
    for length in range(len(content)):
        saved.write_bytes(content[:length])
        with pytest.raises(RunError, match=r"some\.safetensors is damaged"):
            load_arrays(saved)


def test_another_programs_file_is_refused(tmp_path):
    save_file({"weight": np.ones(3)}, tmp_path / "foreign.safetensors")
    with pytest.raises(RunError, match="was not written by chainrule: it lacks the digest"):
        load_arrays(tmp_path / "foreign.safetensors")


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(RunError, match=r"none\.safetensors is missing"):
        load_arrays(tmp_path / "none.safetensors")


def test_folders_are_made_as_needed(tmp_path):
    write_text_atomically(tmp_path / "a" / "b" / "text", "가")
    assert (tmp_path / "a" / "b" / "text").read_text(encoding="utf-8") == "가"


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "a").write_text("a file")
    with pytest.raises(RunError, match=r"could not be written .*: nothing was saved; make room"):
        write_text_atomically(tmp_path / "a" / "text", "more")
    assert (tmp_path / "a").read_text() == "a file"


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_text_atomically(tmp_path / "text", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text_atomically(tmp_path / "text", "\ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["text"]
    assert (tmp_path / "text").read_text() == "old"


FULL_DISK = """
import resource, sys
from pathlib import Path
from chainrule import data, nn, optim, training

def trainer(folder):
    nn.seed(1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10))
    return training.Trainer(model, optimizer=optim.Adam(), folder=folder)

folder, train = Path(sys.argv[1]), data.load("digits").train
trainer(folder).fit(train, epochs=2)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
one = trainer(folder)
one.resume()
try:
    one.fit(train, epochs=3)
except training.trainer.RunError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_leaves_the_last_checkpoint_and_is_said(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith(
        "best.safetensors could not be written (File too large): what was saved there before is "
        "intact; make room, or choose another folder with --out\n"
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        "best.safetensors",
        "history.jsonl",
        "last.safetensors",
    }
    assert load_arrays(tmp_path / "last.safetensors")[1]["position"]["epoch"] == 3
    assert len(load_arrays(tmp_path / "best.safetensors")[0]) == 4
    for line in (tmp_path / "history.jsonl").read_text().splitlines():
        json.loads(line)
