"""Run folders: a place is looked at before it is touched, and nobody else's files are removed."""

import re

import pytest

from chainrule.errors import RunError
from chainrule.runs import RunFolder, default_path
from chainrule.runs.record import command_line


def test_a_new_place_is_made_with_its_parents_and_only_when_asked(tmp_path):
    folder = RunFolder.create(tmp_path / "a" / "b")
    assert not folder.path.parent.exists()
    folder.make()
    assert folder.path.is_dir()


def test_an_empty_folder_is_as_good_as_a_new_one(tmp_path):
    RunFolder.create(tmp_path).make()
    assert tmp_path.is_dir()


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_other_things_is_left_alone(tmp_path, overwrite):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match=r"is not empty|holds something that is not a run"):
        RunFolder.create(tmp_path, overwrite=overwrite)
    assert (tmp_path / "thesis.tex").exists()


def test_an_older_run_is_replaced_only_when_asked(run_copy):
    with pytest.raises(RunError, match=r"is not empty: choose another folder .* --overwrite"):
        RunFolder.create(run_copy)
    folder = RunFolder.create(run_copy, overwrite=True)
    assert folder.best.exists()
    folder.make()
    assert list(run_copy.iterdir()) == []


def test_what_came_in_between_is_noticed(tmp_path):
    folder = RunFolder.create(tmp_path / "run")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "other").touch()
    with pytest.raises(RunError, match="is not empty"):
        folder.make()


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(RunError, match="run is a file: choose a folder"):
        RunFolder.create(tmp_path / "run")
    with pytest.raises(RunError, match=r"cannot be made a run folder \(Not a directory\)"):
        RunFolder.create(tmp_path / "run" / "below").make()


def test_two_runs_in_one_second_get_two_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        default_path("digits").mkdir(parents=True)
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert len(names) == 3
    assert all(re.fullmatch(r"digits-\d{8}-\d{6}(-\d)?", name) for name in names)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["/usr/bin/chainrule", "train", "my photos"], "chainrule train 'my photos'"),
        (["/lib/chainrule/__main__.py", "recipes"], "python -m chainrule recipes"),
    ],
)
def test_the_command_can_be_pasted_into_a_shell(arguments, command, monkeypatch):
    monkeypatch.setattr("sys.argv", arguments)
    assert command_line() == command
