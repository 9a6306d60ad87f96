"""chainrule ladder and verify, as a user types them."""

import json
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from chainrule.runs import Run
from chainrule.runs.claims import claim
from chainrule.runs.claims.compiling import compile_claim
from chainrule.runs.folder import write_json
from chainrule.runs.ladder import LADDERS, Ladder, Quick, Rung
from chainrule.zoo import RECIPES

DIGITS = replace(RECIPES["digits"], settings=replace(RECIPES["digits"].settings, epochs=1))
TIMID = replace(DIGITS, name="timid", settings=replace(DIGITS.settings, lr=1e-7))


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A ladder of two short recipes on digits."""
    monkeypatch.setitem(RECIPES, "digits", DIGITS)
    monkeypatch.setitem(RECIPES, "timid", TIMID)
    rungs = (Rung("timid", "hardly learns", ""), Rung("digits", "learns", "a learning rate"))
    quick = Quick(train=200, test=100, epochs=1)
    monkeypatch.setitem(LADDERS, "tiny", Ladder("tiny", "digits, twice", rungs, quick))


@pytest.fixture
def record(chainrule, tmp_path, monkeypatch):
    """record(accuracy, ...): a claim of digits, with these accuracies if any are given."""
    monkeypatch.setattr(claim, "RECORDS", tmp_path / "records")
    answer = chainrule("train", "digits", "--seed", 0, "--no-report", "--out", "claimed")
    assert answer.code == 0, answer.err

    def write(**changes):
        made = compile_claim([Run.open("claimed")]).to_dict()
        write_json(tmp_path / "records" / "digits.json", {**made, **changes})
        return made

    return write


def test_a_ladder_says_what_each_idea_gains(chainrule, tmp_path):
    answer = chainrule("ladder", "tiny", "--seeds", 2, "--out", "here")
    assert answer.code == 0, answer.err
    assert "1 timid" in answer.out
    assert "2 digits" in answer.out
    assert "learns" in answer.out
    assert ": a learning rate helps" in answer.out
    assert "t over 2 pairs of seeds" in answer.err
    assert "4, 2 of each rung" in answer.err
    written = json.loads((tmp_path / "here" / "ladder.json").read_text())
    assert [step["rung"]["recipe"] for step in written["steps"]] == ["timid", "digits"]
    assert (tmp_path / "here" / "ladder.png").read_bytes().startswith(b"\x89PNG")


def test_a_ladder_trains_nothing_twice(chainrule):
    first = chainrule("ladder", "tiny", "--quick", "--json").json
    again = chainrule("ladder", "tiny", "--quick", "--json")
    assert again.json == first
    assert again.err.count("found finished") == 2
    assert first["folder"] == "runs/ladder-tiny-quick"
    assert first["quick"] is True
    assert first["steps"][1]["gain"]["by"] == "McNemar over 100 test images, one seed"


def test_a_ladder_takes_more_seeds_later(chainrule):
    chainrule("ladder", "tiny", "--quick", "--seeds", 1)
    more = chainrule("ladder", "tiny", "--quick", "--seeds", 2)
    assert more.err.count("found finished") == 2
    assert "t over 2 pairs of seeds" in more.err


def test_a_ladder_refuses_a_folder_of_other_trainings_at_once(chainrule):
    chainrule("train", "digits", "--lr", 0.5, "--no-report", "--out", "here/digits-seed0")
    error = chainrule("ladder", "tiny", "--seeds", 1, "--out", "here").error
    assert error == (
        "here/digits-seed0 holds a training with other settings: choose another folder with --out"
    )


def test_a_ladder_that_is_none_is_answered_with_those_there_are(chainrule):
    error = chainrule("ladder", "cifar").error
    assert error.startswith("there is no ladder named 'cifar': there are mnist-mlp, cifar10")


def test_a_claim_that_holds_is_said_to(chainrule, record):
    record()
    answer = chainrule("verify", "digits")
    assert answer.code == 0, answer.err
    assert "the claim holds" in answer.out
    assert "(seed 1)" in answer.out
    assert "Wilson's interval of 360 test images" in answer.out
    assert "digits of scikit-learn" in answer.err


def test_a_verified_training_is_not_repeated(chainrule, record):
    record()
    first = chainrule("verify", "digits", "--json").json
    again = chainrule("verify", "digits", "--json")
    assert again.json == first
    assert "found finished" in again.err
    assert (first["answer"], first["seeds"]) == ("holds", [1])


def test_the_claims_own_seeds_give_the_very_same(chainrule, record):
    made = record()
    answer = chainrule("verify", "digits", "--recorded", "--json").json
    assert answer["seeds"] == [0]
    assert answer["accuracies"] == [made["figures"]["mean"]]
    assert (answer["repeated"], answer["known"]) == (1, 1)
    assert "1 of 1 gave the very same accuracy" in chainrule("verify", "digits", "--recorded").out


@pytest.mark.parametrize(
    ("accuracy", "words"), [(0.999, "it claims too much"), (0.2, "it claims too little")]
)
def test_a_claim_that_does_not_hold_has_an_exit_code_of_its_own(chainrule, record, accuracy, words):
    figures = record()["figures"]
    figures["trainings"][0]["accuracy"] = figures["mean"] = accuracy
    record(figures=figures)
    answer = chainrule("verify", "digits")
    assert answer.code == 3
    assert f"the claim does not hold: {words}" in answer.out


def test_other_images_leave_a_claim_undecided(chainrule, record):
    record(data={**record()["data"], "sha256": "0" * 64, "words": "Digits, rotten"})
    answer = chainrule("verify", "digits")
    assert answer.code == 4
    assert "it cannot be said" in answer.out
    assert "digits of scikit-learn now, Digits, rotten then" in answer.out


def test_the_claims_own_seeds_and_so_many_new_ones_are_two_questions(chainrule, record):
    record()
    error = chainrule("verify", "digits", "--recorded", "--seeds", 2).error
    assert "--recorded trains with the claim's own seeds: leave out --seeds, or it" in error


def test_a_recipe_without_a_claim_is_answered_with_those_that_have_one(chainrule, record):
    record()
    error = chainrule("verify", "timid").error
    assert error == "nothing is claimed of timid: there are claims of digits"


def test_a_claim_of_a_recipe_that_changed_is_refused(chainrule, record):
    record(settings={**record()["settings"], "epochs": 9})
    assert "epochs 9 then, 1 now" in chainrule("verify", "digits").error


def test_recipes_show_what_they_reach(chainrule, record):
    made = record()
    lines = {line["name"]: line for line in chainrule("recipes", "--json").json}
    assert lines["digits"]["claim"]["figures"]["mean"] == made["figures"]["mean"]
    assert lines["cifar10-74"]["lecture"] == "74 %"
    assert lines["cifar10-74"]["claim"] is None
    assert f"{100 * made['figures']['mean']:.2f} % (seed 0) in" in chainrule("recipes").out


def test_an_interrupted_ladder_says_how_to_go_on(tmp_path):
    """Ctrl-C in the first training."""
    ladder = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ladder.stdout.readline() == "learning\n", ladder.communicate()[1]
    ladder.send_signal(signal.SIGINT)
    _, err = ladder.communicate(timeout=60)
    assert ladder.returncode == 130
    assert "0 of 2 trainings are finished" in err
    assert "the same command goes on from there" in err
    assert Run.open(tmp_path / "here" / "digits-seed0").record["status"] == "interrupted"


PROGRAM = """
import sys
from dataclasses import replace
from chainrule.cli import app, trainings
from chainrule.runs.ladder import LADDERS, Ladder, Quick, Rung
from chainrule.zoo import RECIPES

slow = replace(RECIPES["digits"], settings=replace(RECIPES["digits"].settings, epochs=500))
RECIPES.update(digits=slow, other=replace(slow, name="other"))
rungs = (Rung("digits", "one", ""), Rung("other", "two", "it"))
LADDERS["slow"] = Ladder("slow", "", rungs, Quick(10, 10, 1))
begin = trainings.TrainingsView.begin

def announcing(view, job):
    show = begin(view, job)
    def told(step):
        if step.epoch == 2 and step.batch == 1:
            print("learning", flush=True)
        return show(step)
    return told

trainings.TrainingsView.begin = announcing
app(["ladder", "slow", "--seeds", "1", "--backend", "numpy", "--out", "here"])
"""
