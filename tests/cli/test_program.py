"""The program as a whole: help, version, encodings, pipes, and what it costs to ask."""

import json
import os
import subprocess
import sys

import pytest

from chainrule import __version__

VERBS = (
    "train",
    "resume",
    "evaluate",
    "predict",
    "report",
    "recipes",
    "summary",
    "catalogue",
    "data",
    "bench",
)


def test_help_lists_every_verb(chainrule):
    page = chainrule("--help").out
    assert all(verb in page for verb in VERBS)


@pytest.mark.parametrize("verb", [*VERBS, "data list", "data get", "data check"])
def test_every_verb_has_a_page_with_an_example(chainrule, verb):
    answer = chainrule(*verb.split(), "--help")
    assert answer.code == 0
    assert "Example" in answer.out
    assert f"  chainrule {verb}" in answer.out


def test_the_version_is_told(shell):
    assert shell("--version").out == f"chainrule {__version__}\n"


def test_a_word_that_is_no_verb_is_a_usage_error(shell):
    answer = shell("tran", "digits")
    assert answer.code == 2
    assert "No such command" in answer.err
    assert answer.out == ""


def test_help_waits_for_no_library_it_does_not_need():
    program = (
        "import sys\n"
        "from chainrule.cli.app import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "heavy = {'PIL', 'jinja2', 'matplotlib', 'pooch', 'scipy', 'sklearn', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert answer.stderr == "[]\n"
    assert "Train image classifiers" in answer.stdout


@pytest.mark.parametrize("utf8_mode", ["0", "1"])
def test_korean_names_survive_a_terminal_that_cannot_show_them(shell, shapes_run, utf8_mode):
    run, folder = shapes_run
    image = folder / "네모" / "00.png"
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": utf8_mode}
    (result,) = shell("predict", run, image, "--json", env=plain).json
    assert os.fsencode(result["image"]) == os.fsencode(image)
    assert result["class"] in ("triangle", "네모", "동그라미")
    answer = shell("predict", run, image, env=plain)
    assert answer.code == 0
    assert "\\ub124\\ubaa8" in answer.out


def test_json_shows_korean_as_it_is_where_that_is_possible(shell, shapes_run):
    run, folder = shapes_run
    answer = shell("predict", run, folder / "네모", "--json", env={"PYTHONIOENCODING": "utf-8"})
    assert "네모" in answer.out
    assert len(json.loads(answer.out)) == 12


def test_a_reader_that_has_gone_away_is_no_reason_for_a_traceback(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", "summary", "digits"],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_what_nobody_foresaw_keeps_its_traceback(chainrule, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("chainrule.cli.recipes.layers_of", broken)
    with pytest.raises(ZeroDivisionError):
        chainrule("recipes")


def test_a_closed_output_is_no_reason_to_fail():
    program = [sys.executable, "-m", "chainrule", "recipes"]
    closing = ["sh", "-c", 'exec "$@" >&-', "sh"]
    done = subprocess.run([*closing, *program], stderr=subprocess.PIPE, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
