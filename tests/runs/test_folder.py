"""Run folders: a place is looked at before it is touched, and nobody else's files are removed."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from chainrule.errors import RunError
from chainrule.runs import RunFolder, reserved
from chainrule.runs.folder import UNFINISHED
from chainrule.runs.record import command_line


def contents(folder):
    """Every file inside, by its name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_new_place_is_made_with_its_parents_and_only_when_asked(tmp_path):
    folder = RunFolder.create(tmp_path / "a" / "b")
    assert not folder.path.parent.exists()
    fill(folder)
    assert folder.record.is_file()


def test_an_empty_folder_is_as_good_as_a_new_one(tmp_path):
    folder = RunFolder.create(tmp_path)
    fill(folder)
    assert folder.record.is_file()


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
    fill(folder)
    assert sorted(run_copy.iterdir()) == sorted([folder.record, folder.model])


def test_what_else_lies_beside_an_older_run_stays(run_copy):
    (run_copy / "notes.md").write_text("what I thought of it")
    (run_copy / "photos").mkdir()
    fill(RunFolder.create(run_copy, overwrite=True))
    names = sorted(path.name for path in run_copy.iterdir())
    assert names == ["model.json", "notes.md", "photos", "run.json"]
    assert (run_copy / "notes.md").read_text() == "what I thought of it"


def fill(folder, stopped_by=None):
    with folder.filling() as new:
        new.write_record({"new": True})
        new.model.write_text("{}")
        if stopped_by is not None:
            raise stopped_by


def test_a_run_that_cannot_be_written_leaves_the_older_one_whole(run_copy):
    before = contents(run_copy)
    folder = RunFolder.create(run_copy, overwrite=True)
    with pytest.raises(RunError, match=r"^no room; the run in .*copy is as it was"):
        fill(folder, RunError("no room"))
    assert contents(run_copy) == before


def test_a_run_that_cannot_be_written_to_a_new_place_leaves_nothing(tmp_path):
    folder = RunFolder.create(tmp_path / "a" / "b")
    with pytest.raises(KeyboardInterrupt):
        fill(folder, KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moves", [0, 3, 6])
def test_files_that_cannot_all_be_moved_are_moved_back(run_copy, monkeypatch, moves):
    before, move, asked = contents(run_copy), Path.rename, []

    def so_many_and_one_refused(origin, goal):
        if goal.parent.name != "old" and origin.parent.name != "new":
            return move(origin, goal)  # back, or what writes a file whole
        asked.append(origin.name)
        if len(asked) > moves:
            raise PermissionError(13, "Permission denied")
        return move(origin, goal)

    monkeypatch.setattr(Path, "rename", so_many_and_one_refused)
    refused = r"copy cannot be written to \(Permission denied\).*; the run in .* is as it was"
    with pytest.raises(RunError, match=refused):
        fill(RunFolder.create(run_copy, overwrite=True))
    assert len(asked) == moves + 1
    assert contents(run_copy) == before


@pytest.mark.parametrize("place", [".", "link"])
def test_a_folder_that_cannot_itself_be_moved_is_filled_too(run_copy, monkeypatch, place):
    (run_copy.parent / "link").symlink_to(run_copy)
    monkeypatch.chdir(run_copy if place == "." else run_copy.parent)
    with RunFolder.create(Path(place), overwrite=True).filling() as new:
        new.write_record({"new": True})
    assert list(contents(run_copy)) == ["run.json"]
    assert RunFolder.open(Path(place)).read_record()["new"]


def test_what_a_killed_program_left_unfinished_is_no_obstacle(tmp_path):
    left = tmp_path / "run" / f"{UNFINISHED}12" / "new"
    left.mkdir(parents=True)
    (left / "model.json").touch()
    with RunFolder.create(tmp_path / "run").filling() as new:
        new.write_record({})
    assert list(contents(tmp_path)) == ["run/run.json"]


def test_a_file_of_a_run_that_cannot_be_read_is_named(run_copy):
    folder = RunFolder.open(run_copy)
    folder.record.unlink()
    folder.record.mkdir()
    with pytest.raises(RunError, match=r"run\.json cannot be read \(Is a directory\): see that it"):
        folder.read_record()


def test_what_came_in_between_is_noticed(tmp_path):
    folder = RunFolder.create(tmp_path / "run")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "other").touch()
    with pytest.raises(RunError, match="is not empty"):
        fill(folder)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(RunError, match="run is a file: choose a folder"):
        RunFolder.create(tmp_path / "run")
    with pytest.raises(RunError, match=r"below cannot be written to \(Not a directory\): choose"):
        RunFolder.create(tmp_path / "run" / "below")


def test_runs_that_start_in_one_second_get_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ExitStack() as open_ones:
        paths = [open_ones.enter_context(reserved("digits")) for _ in range(3)]
        folders = [RunFolder.create(path) for path in paths]  # all, before any is filled
        for folder in folders[:2]:
            fill(folder)
        assert all(re.fullmatch(r"digits-\d{8}-\d{6}(-\d)?", path.name) for path in paths)
    assert sorted((tmp_path / "runs").iterdir()) == sorted(tmp_path / path for path in paths[:2])


def test_a_reserved_folder_that_stays_empty_goes_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZeroDivisionError), reserved("digits"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_two_that_fill_one_folder_do_not_harm_each_other(tmp_path):
    first, second = (RunFolder.create(tmp_path / "run") for _ in range(2))

    def fill_both():
        with first.filling() as new:
            new.write_record({"by": "first"})
            with second.filling() as other:
                other.write_record({"by": "second"})

    with pytest.raises(RunError, match="is not empty"):
        fill_both()
    assert RunFolder.open(tmp_path / "run").read_record()["by"] == "second"
    assert list(contents(tmp_path)) == ["run/run.json"]


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
