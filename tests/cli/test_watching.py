"""What somebody sees who waits: bars on a terminal, lines elsewhere."""

import time

import pytest

from chainrule.cli import waiting, wording
from chainrule.runs import wilson


@pytest.fixture
def terminal(monkeypatch):
    """Makes rich believe that it writes to a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def test_a_terminal_shows_a_bar_with_loss_rate_and_time_left(chainrule, terminal):
    shown = chainrule("train", "digits", "--epochs", 4, "--no-report", "--out", "run").err
    for words in ("loss", "images/s", "left", "lr", "1/4", "best"):
        assert words in shown
    assert "\x1b[" in shown


def test_elsewhere_there_is_one_plain_line_per_epoch(chainrule):
    shown = chainrule("train", "digits", "--epochs", 4, "--no-report", "--out", "run").err
    assert "\x1b[" not in shown
    assert "images/s" not in shown
    for epoch in range(1, 5):
        assert sum(line.strip().startswith(f"{epoch}/4 ") for line in shown.splitlines()) == 1


def test_the_lines_of_a_resumed_training_know_the_best_epoch_before(chainrule, run_copy):
    options = ("--epochs", 3, "--no-report")
    shown = chainrule("resume", run_copy, *options).err
    (line,) = [line for line in shown.splitlines() if line.strip().startswith("3/3 ")]
    best = "best" in line
    assert best == ("after epoch 3" in chainrule("resume", run_copy).out)


def test_slow_work_is_told_once_though_it_does_not_say_how_far_it_is(capsys, monkeypatch):
    monkeypatch.setattr(waiting, "LONG", 0.01)
    with waiting.waiting("loading mnist") as progress:
        progress(1, 2)
        time.sleep(0.2)
        progress(2, 2)
    assert capsys.readouterr().err == "loading mnist ...\n"


def test_quick_loading_is_not_told(capsys):
    with waiting.waiting("loading mnist") as progress:
        progress(1, 1)
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_how_far_the_loading_is(capsys, terminal):
    with waiting.waiting("loading mnist") as progress:
        progress(1, 4)
    shown = capsys.readouterr().err
    assert "loading mnist" in shown
    assert "25%" in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(8.27, "8.3 s"), (59.96, "60.0 s"), (125, "2 min 05 s"), (3720, "1 h 02 min")],
)
def test_durations_are_told_in_the_unit_that_suits_them(seconds, words):
    assert wording.duration(seconds) == words


def test_clocks_count_minutes_and_hours():
    assert wording.clock(65.2) == "1:05"
    assert wording.clock(3725) == "1:02:05"


def test_file_sizes_and_lists_stay_short():
    assert wording.file_size(170_498_071) == "170.5 MB"
    assert wording.file_size(4_542) == "4.5 kB"
    assert wording.listed(list("abcd"), most=2) == "a, b and 2 more"
    assert wording.percent(None) == "-"


def test_the_interval_is_wilsons():
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
