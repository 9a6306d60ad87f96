"""Ladders: jobs that are found done, gone on with or done; gains with a verdict."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from chainrule.errors import RunError, UsageError
from chainrule.runs import Run, Source
from chainrule.runs.claims.statistics import Gain
from chainrule.runs.computing import Wish
from chainrule.runs.folder import read_json, write_json
from chainrule.runs.ladder import LADDERS, Ladder, Quick, Rung, jobs, ladder_named, measure, part_of
from chainrule.runs.ladder.gains import verdict
from chainrule.runs.repeating import Job
from chainrule.zoo import RECIPES

SOURCE = Source("digits", None, known=True)
PLAIN = replace(RECIPES["digits"], settings=replace(RECIPES["digits"].settings, epochs=2))
TIMID = replace(PLAIN, name="timid", settings=replace(PLAIN.settings, epochs=1, lr=1e-7))
LADDER = Ladder(
    "tiny",
    "digits, twice",
    (Rung("timid", "hardly learns", ""), Rung("digits", "learns", "a learning rate")),
    Quick(train=100, test=50, epochs=1),
)


@pytest.fixture(autouse=True)
def recipes(monkeypatch):
    monkeypatch.setitem(RECIPES, "timid", TIMID)
    monkeypatch.setitem(RECIPES, "digits", PLAIN)


@pytest.fixture(scope="module")
def climbed(digits, tmp_path_factory):
    """The folders of both rungs, two seeds each."""
    folder = tmp_path_factory.mktemp("ladder")
    for recipe in (TIMID, PLAIN):
        for seed in range(2):
            path = folder / f"{recipe.name}-seed{seed}"
            Job(path, recipe, SOURCE, seed, Wish("numpy"), "a test").do(digits)
    return folder


def opened(folder, seeds):
    return [Run.open(folder / f"{name}-seed{s}") for s in seeds for name in ("timid", "digits")]


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path / "run", PLAIN, SOURCE, 5, Wish("numpy"), "a test")


def stop_after(epochs):
    """A callback that presses Ctrl-C in the epoch after so many."""

    def callback(step):
        if step.epoch == epochs + 1:
            raise KeyboardInterrupt

    return callback


def test_every_rung_is_a_recipe_on_the_same_data():
    for ladder in LADDERS.values():
        recipes = ladder.recipes()
        assert len({recipe.data for recipe in recipes}) == 1
        assert len({recipe.name for recipe in recipes}) == len(recipes) > 2
        assert all(rung.new for rung in ladder.rungs)
        assert all(rung.idea for rung in ladder.rungs[1:])


def test_a_ladder_that_is_none_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match="no ladder named 'x': there are mnist-mlp, cifar10"):
        ladder_named("x")


def test_every_rung_is_trained_with_the_same_seeds_the_first_seed_first(tmp_path):
    plan = jobs(LADDER, tmp_path, SOURCE, seeds=2, wish=Wish("numpy"), command="")
    wanted = [("timid", 0), ("digits", 0), ("timid", 1), ("digits", 1)]
    assert [(job.recipe.name, job.seed) for job in plan] == wanted
    assert len({job.path for job in plan}) == 4


def test_the_quick_form_is_short_and_small(tmp_path, digits):
    plan = jobs(LADDER, tmp_path, SOURCE, seeds=1, wish=Wish("numpy"), command="", quick=True)
    assert [job.recipe.settings.epochs for job in plan] == [1, 1]
    assert plan[1].recipe.settings.lr == PLAIN.settings.lr
    small = part_of(digits, LADDER.quick)
    assert (len(small.train), len(small.test)) == (100, 50)
    assert small.digest() == part_of(digits, LADDER.quick).digest()
    assert small.notes[-1] == "quick: 100 of 1,437 training images and 50 of 360 test images"
    assert set(np.bincount(small.test.labels, minlength=10)) == {5}


def test_a_job_is_done_once(job, digits):
    assert job.finished() is None
    done = job.do(digits)
    assert done.record["status"] == "finished"

    def never(step):
        raise AssertionError("trained again")

    assert job.do(digits, [never]).record["results"] == done.record["results"]
    assert job.finished().record["results"] == done.record["results"]


def test_an_interrupted_job_goes_on_and_ends_as_an_unbroken_one(job, digits, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        job.do(digits, [stop_after(1)])
    assert job.finished() is None
    seen = []
    broken = job.do(digits, [lambda step: seen.append(step.epoch)])
    assert set(seen) == {2}
    whole = replace(job, path=tmp_path / "whole").do(digits)
    assert broken.record["results"]["test_loss"] == whole.record["results"]["test_loss"]


def test_a_job_that_may_choose_goes_on_with_what_it_chose(job, digits):
    chosen = replace(job, wish=Wish()).do(digits).record
    assert chosen["backend"] in ("numpy", "torch")
    assert replace(job, wish=Wish()).finished().record["backend"] == chosen["backend"]


def test_a_job_that_had_learned_nothing_begins_again(job, digits):
    with pytest.raises(KeyboardInterrupt):
        job.do(digits, [stop_after(0)])
    (job.path / "last.safetensors").unlink(missing_ok=True)
    assert job.do(digits).record["status"] == "finished"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"seed": 6}, "another seed"),
        ({"recipe": replace(PLAIN, settings=replace(PLAIN.settings, lr=0.1))}, "other settings"),
        ({"recipe": replace(PLAIN, name="other")}, "another recipe"),
        ({"wish": Wish("torch")}, "another backend"),
    ],
)
def test_another_training_in_the_folder_is_left_alone(climbed, digits, change, what):
    path = climbed / "digits-seed0"
    record = (path / "run.json").read_bytes()
    other = replace(Job(path, PLAIN, SOURCE, 0, Wish("numpy"), "a test"), **change)
    with pytest.raises(RunError, match=f"holds a training with {what}: choose another folder"):
        other.do(digits)
    with pytest.raises(RunError, match=what):
        other.finished()
    assert (path / "run.json").read_bytes() == record


def test_a_training_on_another_device_is_left_alone(climbed, tmp_path):
    path = shutil.copytree(climbed / "digits-seed0", tmp_path / "copy")
    job = Job(path, PLAIN, SOURCE, 0, Wish("numpy", device="cpu"), "a test")
    assert job.finished()
    record = read_json(path / "run.json")
    write_json(path / "run.json", record | {"device": "cuda:0"})
    with pytest.raises(RunError, match="holds a training with another device"):
        job.finished()


def test_a_training_on_other_images_is_left_alone(climbed, digits):
    job = Job(climbed / "digits-seed0", PLAIN, SOURCE, 0, Wish("numpy"), "a test")
    with pytest.raises(RunError, match="holds a training with other images"):
        job.do(part_of(digits, LADDER.quick))


def test_gains_are_paired_by_seed(climbed):
    runs = opened(climbed, (0, 1))
    outcome = measure(LADDER, runs[::-1], quick=False)
    timid, plain = outcome.steps
    assert (timid.gain, timid.verdict) == (None, "")
    accuracies = {(r.record["recipe"], r.record["seed"]): r for r in runs}
    gains = [
        accuracies["digits", s].record["results"]["test_accuracy"]
        - accuracies["timid", s].record["results"]["test_accuracy"]
        for s in (0, 1)
    ]
    reach = stats.t.ppf(0.975, 1) * abs(gains[0] - gains[1]) / 2
    assert plain.gain.value == pytest.approx(np.mean(gains))
    assert plain.gain.high == pytest.approx(np.mean(gains) + reach)
    assert plain.gain.by == "t over 2 pairs of seeds"
    assert plain.parameters == 38_442
    assert plain.figures.seeds == [0, 1]
    assert outcome.data == "digits of scikit-learn"


def test_one_seed_is_paired_by_its_images(climbed):
    step = measure(LADDER, opened(climbed, (0,)), quick=True).steps[1]
    assert step.gain.by == "McNemar over 360 test images, one seed"
    assert step.verdict.endswith(": a learning rate helps with this seed")
    assert step.gain.low < step.gain.value < step.gain.high


def test_a_verdict_is_plain():
    gain = Gain(0.051, 0.042, 0.06, "")
    assert verdict(gain, "batch norm", 3) == "+5.1 points (4.2 to 6.0): batch norm helps"
    loss = Gain(-0.02, -0.03, -0.01, "")
    assert verdict(loss, "batch norm", 3) == "-2.0 points (-3.0 to -1.0): batch norm does harm"
    doubt = Gain(0.004, -0.01, 0.018, "")
    words = "+0.4 points (-1.0 to 1.8): no difference shown with"
    assert verdict(doubt, "batch norm", 3) == f"{words} 3 seeds"
    assert verdict(doubt, "batch norm", 1) == f"{words} 1 seed"
