"""Claims: compiled from runs, shipped as records that say the truth about the recipes, verified."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from chainrule import data
from chainrule.errors import RunError
from chainrule.explain.ladder.pages import parameters_of
from chainrule.runs import Run, Source
from chainrule.runs.claims import DECKS, Claim, Training, claim_of, claims
from chainrule.runs.claims.claim import RECORDS
from chainrule.runs.claims.compiling import compile_claim, extend_claim, figures_of
from chainrule.runs.claims.decks import DATA
from chainrule.runs.claims.statistics import compare
from chainrule.runs.claims.verifying import judge, new_seeds, require_current
from chainrule.runs.computing import Wish
from chainrule.runs.repeating import Job
from chainrule.zoo import RECIPES

SHIPPED = sorted(Path(str(RECORDS)).glob("*.json"))
SHORT = replace(RECIPES["digits"], settings=replace(RECIPES["digits"].settings, epochs=1))


@pytest.fixture(scope="module")
def folders(digits, tmp_path_factory):
    """Three seeds of a short recipe, finished."""
    folder = tmp_path_factory.mktemp("claims")
    source = Source("digits", None, known=True)
    for seed in range(3):
        Job(folder / str(seed), SHORT, source, seed, Wish("numpy"), "a test").do(digits)
    return [folder / str(seed) for seed in range(3)]


@pytest.fixture
def runs(folders, monkeypatch):
    """The same, opened anew, while the short recipe is the recipe."""
    monkeypatch.setitem(RECIPES, "digits", SHORT)
    return [Run.open(folder) for folder in folders]


def peer(seed, accuracy, sha256, processor="A"):
    """A result as benchmarks/ladder/peer.py writes it."""
    training = asdict(Training(seed, accuracy, 1, 1, 20.0, "2026-01-01", ""))
    del training["machine"]
    return {
        "recipe": "digits",
        "framework": "PyTorch",
        "seed": seed,
        "data": {"sha256": sha256},
        "training": training,
        "machine": {"processor": processor, "cores": 2, "system": "B"},
        "versions": {"torch": "2"},
        "command": "python peer.py",
    }


def numbers(values):
    """The numbers among the fields."""
    fields = values if isinstance(values, dict) else asdict(values)
    return {name: value for name, value in fields.items() if isinstance(value, float)}


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_claim_is_about_the_recipe_as_it_is(path):
    claim = claim_of(path.stem)
    recipe = RECIPES[path.stem]
    assert claim.recipe == recipe.name
    require_current(claim, recipe)
    assert claim.data.name == recipe.data
    assert claim.parameters == parameters_of(recipe)
    assert claim.command.startswith(f"chainrule train {recipe.name}")
    assert claim.data.sha256 in DATA


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_claims_figures_follow_from_its_trainings(path):
    claim = claim_of(path.stem)
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == 2
    images = claim.data.test
    for figures in (claim.figures, *(peer.figures for peer in claim.peers)):
        again = figures_of(figures.trainings, images)
        assert numbers(figures) == pytest.approx(numbers(again), rel=1e-9)
        assert len(set(figures.seeds)) == len(figures.seeds)
        assert all(0 < t.accuracy < 1 and t.seconds > 0 for t in figures.trainings)
    for one in claim.peers:
        verdict = compare(claim.figures.accuracies, one.figures.accuracies, images)
        assert (one.verdict["verdict"], one.verdict["by"]) == (verdict.verdict, verdict.by)
        assert numbers(one.verdict) == pytest.approx(numbers(verdict), rel=1e-9)


def test_the_lectures_figures_are_of_recipes():
    assert set(DECKS) <= set(RECIPES)
    assert all(deck.words and deck.source for deck in DECKS.values())


def test_a_data_set_is_called_by_its_digest():
    assert DATA[data.load("digits").digest()] == "digits of scikit-learn"


@pytest.mark.skipif(not os.environ.get("CHAINRULE_DATA"), reason="needs CHAINRULE_DATA")
@pytest.mark.parametrize(
    ("name", "words"), [("mnist", "MNIST"), ("fashion-mnist", "Fashion-MNIST")]
)
def test_the_official_sets_are_called_by_their_digests(name, words):
    assert DATA[data.load(name).digest()] == words


def test_a_claim_says_what_its_runs_say(runs, digits):
    claim = compile_claim(runs)
    accuracies = [run.record["results"]["test_accuracy"] for run in runs]
    assert claim.figures.seeds == [0, 1, 2]
    assert claim.figures.accuracies == accuracies
    assert claim.figures.mean == pytest.approx(sum(accuracies) / 3)
    assert claim.settings == SHORT.settings
    assert claim.data.sha256 == digits.digest()
    assert (claim.data.train, claim.data.validation, claim.data.test) == (1_293, 144, 360)
    assert claim.parameters == 38_442
    assert (claim.backend, claim.precision) == ("numpy", "float32")
    assert claim.command == "chainrule train digits --seed 0 --backend numpy"
    assert "core" in claim.figures.machines[0]
    assert claim.versions["numpy"]
    assert claim.peers == ()


def test_a_claim_survives_its_file(runs, digits):
    claim = compile_claim(runs, [peer(0, 0.9, digits.digest())])
    assert Claim.from_dict(json.loads(json.dumps(claim.to_dict()))) == claim


def test_peers_are_put_together_and_judged(runs, digits):
    results = [peer(seed, accuracy, digits.digest()) for seed, accuracy in ((1, 0.1), (0, 0.2))]
    (found,) = compile_claim(runs, results).peers
    assert found.framework == "PyTorch"
    assert found.figures.accuracies == [0.2, 0.1]
    assert found.verdict["verdict"] == "above"
    assert found.figures.machines == ("A, 2 cores, B",)


def test_further_seeds_join_those_a_claim_has(runs, digits):
    sha256 = digits.digest()
    few = compile_claim(runs[:2], [peer(0, 0.9, sha256)])
    more = extend_claim(few, runs[2:], [peer(1, 0.8, sha256), peer(2, 0.7, sha256, "C")])
    assert more.figures == compile_claim(runs).figures
    (its,) = more.peers
    assert its.figures.accuracies == [0.9, 0.8, 0.7]
    assert its.figures.machines == ("A, 2 cores, B", "C, 2 cores, B")
    assert its.versions == {"torch": "2"}
    assert its.verdict["by"] == "Welch's t over 3 and 3 seeds"
    assert few.peers[0].verdict["by"] == "t over seeds, one side's spread for both"


def test_a_claim_is_extended_by_trainings_of_the_same_thing(runs):
    claim = compile_claim(runs[:2])
    with pytest.raises(RunError, match="seed 1 came twice"):
        extend_claim(claim, runs[1:])
    runs[2].record["backend"] = "torch"
    with pytest.raises(RunError, match="2 differs from the claim of digits in backend"):
        extend_claim(claim, runs[2:])


def test_a_share_of_time_is_of_machines_that_saw_both():
    def on(*seconds):
        trainings = [
            Training(seed, 0.5, 1, 1, value, "", machine)
            for seed, (machine, value) in enumerate(seconds)
        ]
        return figures_of(trainings, 100)

    claim = claim_of("cifar10-79")

    def share(ours, its):
        return replace(claim, figures=on(*ours)).share_of_time(
            replace(claim.peers[0], figures=on(*its))
        )

    assert share([("A", 10.0), ("A", 20.0), ("B", 5.0)], [("A", 30.0), ("C", 1.0)]) == 0.5
    assert share([("A", 10.0), ("B", 5.0)], [("A", 20.0), ("B", 5.0)]) == 0.6
    assert share([("A", 10.0)], [("B", 20.0)]) is None


def test_a_peer_on_other_images_is_refused(runs):
    with pytest.raises(RunError, match="PyTorch, seed 0: measured on other images"):
        compile_claim(runs, [peer(0, 0.9, "0" * 64)])


def test_a_claim_counts_each_seed_once(runs):
    with pytest.raises(RunError, match="seed 1 came twice"):
        compile_claim([*runs, runs[1]])


def test_a_claim_takes_no_unfinished_run(runs):
    runs[2].record["status"] = "interrupted"
    with pytest.raises(RunError, match="2 is interrupted, not finished: resume it first"):
        compile_claim(runs)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backend", "torch"),
        ("precision", "bfloat16"),
        ("parameters", 3),
        ("data", {"name": "digits", "sha256": "0"}),
    ],
)
def test_a_claim_is_about_one_thing(runs, name, value):
    runs[1].record[name] = value
    with pytest.raises(RunError, match=f"1 and .*0 differ in {name}"):
        compile_claim(runs)


def test_a_claim_has_the_recipes_settings(runs, monkeypatch):
    monkeypatch.setitem(RECIPES, "digits", replace(SHORT, settings=replace(SHORT.settings, lr=0.5)))
    with pytest.raises(RunError, match=r"lr 0\.003 for 0\.5"):
        compile_claim(runs)


def test_a_damaged_claim_is_refused(runs):
    values = compile_claim(runs).to_dict()
    with pytest.raises(RunError, match="format 1 came, but this chainrule reads 2"):
        Claim.from_dict({**values, "format": 1})
    with pytest.raises(RunError, match="damaged"):
        Claim.from_dict({**values, "nonsense": 1})
    del values["figures"]
    with pytest.raises(RunError, match="damaged"):
        Claim.from_dict(values)


def test_what_nobody_measured_has_no_claim():
    assert claim_of("nonsense") is None
    assert claims(["nonsense"]) == {}


def test_a_claim_of_other_settings_is_measured_anew(runs):
    claim = compile_claim(runs)
    changed = replace(SHORT, settings=replace(SHORT.settings, epochs=7))
    require_current(claim, SHORT)
    with pytest.raises(RunError, match="epochs 1 then, 7 now"):
        require_current(claim, changed)


def test_new_seeds_are_none_of_the_claims(runs):
    claim = compile_claim([runs[0], runs[2]])
    assert new_seeds(claim, 2) == [3, 4]


def claimed(runs, *accuracies):
    """A claim of these accuracies, with the first seeds."""
    trainings = [Training(seed, a, 1, 1, 1.0, "", "") for seed, a in enumerate(accuracies)]
    return replace(compile_claim(runs), figures=figures_of(trainings, 360))


@pytest.mark.parametrize(
    ("difference", "answer"), [(0.0, "holds"), (0.05, "below"), (-0.05, "above")]
)
def test_a_claim_holds_within_what_its_seeds_let_expect(runs, difference, answer):
    got = runs[0].record["results"]["test_accuracy"] + difference
    claim = claimed(runs, got - 0.001, got, got + 0.001)
    verdict = judge(claim, runs[:1])
    assert verdict.answer == answer
    assert verdict.by == "what 3 seeds let expect of one more"


def test_a_claim_of_one_seed_is_judged_by_its_images(runs):
    got = runs[1].record["results"]["test_accuracy"]
    verdict = judge(claimed(runs, got), runs[1:2])
    assert verdict.answer == "holds"
    assert "Wilson's interval of 360 test images" in verdict.by


def test_the_claims_own_seeds_are_compared_one_by_one(runs):
    claim = compile_claim(runs)
    verdict = judge(claim, runs)
    assert (verdict.repeated, verdict.known) == (3, 3)
    runs[1].record["results"]["test_accuracy"] += 0.001
    verdict = judge(claim, runs)
    assert (verdict.repeated, verdict.known) == (2, 3)


def test_other_images_are_no_repetition(runs):
    claim = compile_claim(runs)
    for run in runs:
        run.record["data"]["sha256"] = "0123456789abcdef"
    verdict = judge(claim, runs)
    assert verdict.answer == "other data"
    assert verdict.data == "digits, of digest 0123456789ab"
