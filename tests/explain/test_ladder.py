"""The ladder's picture and tables, and that the pages have them as the records say."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PIL import Image

from chainrule.explain.ladder import (
    Place,
    claims_table,
    draw,
    fingerprint,
    peers_table,
    places_of,
    places_of_claims,
    rungs_table,
    settings_table,
)
from chainrule.explain.ladder.pages import MARK, refreshed, shown_claims, verdicts_in
from chainrule.explain.ladder.places import minutes
from chainrule.explain.ladder.table import WORDS
from chainrule.explain.marks import names
from chainrule.runs.claims import Claim, Peer, Training, claim_of
from chainrule.runs.claims.claim import Data
from chainrule.runs.claims.compiling import figures_of
from chainrule.runs.claims.statistics import Gain, compare
from chainrule.runs.folder import read_json
from chainrule.runs.ladder import LADDERS, Outcome, Rung, Step
from chainrule.zoo import RECIPES, Settings

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "benchmarks" / "records"
PAGES = {"README.md": "en", "README.ko.md": "ko", "docs/ladder.md": "en"}


def figures(*accuracies, seconds=600.0):
    trainings = [
        Training(seed, a, 25, 20, seconds, f"2026-01-0{seed + 1}T00:00:00+00:00", "A machine")
        for seed, a in enumerate(accuracies)
    ]
    return figures_of(trainings, 10_000)


@pytest.fixture
def claim():
    """A claim of cifar10-74 with a peer."""
    ours, other = figures(0.75, 0.76, 0.755), figures(0.74, 0.741, seconds=1500.0)
    verdict = asdict(compare(ours.accuracies, other.accuracies, 10_000))
    return Claim(
        recipe="cifar10-74",
        settings=RECIPES["cifar10-74"].settings,
        parameters=1_639_914,
        data=Data("cifar-10", "0", "JPEG copy of CIFAR-10", 45_000, 5_000, 10_000),
        figures=ours,
        backend="torch",
        device="cpu",
        precision="float32",
        steps="compiled",
        versions={},
        command="",
        peers=(Peer("Keras", other, {}, "", verdict),),
    )


@pytest.fixture
def outcome():
    """Two rungs, the second better beyond doubt."""
    gain = Gain(0.02, 0.01, 0.03, "t over 3 pairs of seeds")
    return Outcome(
        ladder="cifar10",
        about="a ladder",
        data="JPEG copy of CIFAR-10",
        quick=False,
        backend="numpy",
        steps=(
            Step(Rung("cifar10-74", "first", ""), 10, figures(0.73, 0.74, 0.75), None, ""),
            Step(Rung("cifar10-79", "norm", "batch norm"), 10, figures(0.75, 0.76), gain, "helps"),
        ),
    )


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_have_the_tables_that_the_records_make(page):
    """benchmarks/ladder/pages.py writes them."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert names(text, MARK)
    assert refreshed(text, PAGES[page], verdicts_in(RECORDS)) == text


@pytest.mark.parametrize("name", LADDERS)
def test_the_gains_on_the_page_are_of_trainings_that_are_claimed(name):
    """RECORDS / ladder-NAME.json is what `chainrule ladder NAME` wrote."""
    outcome = read_json(RECORDS / f"ladder-{name}.json")
    assert [step["rung"] for step in outcome["steps"]] == [asdict(r) for r in LADDERS[name].rungs]
    for step in outcome["steps"]:
        claim = claim_of(step["rung"]["recipe"])
        claimed = {training.seed: training.accuracy for training in claim.figures.trainings}
        measured = {t["seed"]: t["accuracy"] for t in step["figures"]["trainings"]}
        assert measured.items() <= claimed.items()


def test_the_picture_shows_what_the_records_say():
    """benchmarks/ladder/pages.py draws it."""
    with Image.open(ROOT / "docs" / "images" / "ladder.png") as picture:
        assert picture.text["Source"] == fingerprint(places_of_claims(shown_claims()))


def test_the_page_about_the_ladder_has_every_table():
    text = (ROOT / "docs" / "ladder.md").read_text(encoding="utf-8")
    assert {*names(text, MARK)} == {"claims", "peers", "settings", *LADDERS}


def test_a_marked_table_is_replaced_and_nothing_else():
    page = "before\n<!-- ladder: mnist-mlp -->\nold\n<!-- ladder: end -->\nafter\n"
    new = refreshed(page, "en", {})
    assert new.startswith("before\n<!-- ladder: mnist-mlp -->\n|")
    assert new.endswith("|\n<!-- ladder: end -->\nafter\n")
    assert "old" not in new
    assert refreshed("no mark", "en", {}) == "no mark"


def test_a_row_has_the_lectures_figure_ours_the_peers_and_the_verdict(claim):
    recipe = RECIPES["cifar10-74"]
    table = claims_table([recipe], {recipe.name: claim}, {recipe.name: 1_639_914})
    row = table.splitlines()[2]
    assert row == (
        "| `cifar10-74` | 1,639,914 | JPEG copy of CIFAR-10 | 74 % | "
        "**75.50 ± 0.50 %, 3 seeds, 10 min** | Keras: 74.05 ± 0.07 %, 2 seeds, 25 min | "
        "above, in 0.40 of the time |"
    )
    assert table.endswith("\n\nMeasured 2026-01-01 to 2026-01-03 on A machine.\n")


def test_a_row_of_a_recipe_nobody_measured_says_so():
    recipe = RECIPES["cifar10-74"]
    table = claims_table([recipe], {}, {recipe.name: 7})
    assert table.splitlines()[2:] == [
        "| `cifar10-74` | 7 | cifar-10 | 74 % | not measured yet | - | - |"
    ]


def test_the_table_is_there_in_korean(claim):
    recipe = RECIPES["cifar10-74"]
    table = claims_table([recipe], {recipe.name: claim}, {recipe.name: 1}, "ko")
    assert "시드 3개" in table
    assert "더 높음" in table
    assert "CIFAR-10의 JPEG 사본" in table
    assert "10분" in table
    assert not any(english in table for english in ("seed", "JPEG copy", " min"))


def test_one_seed_has_no_spread_in_a_table(claim):
    recipe = RECIPES["cifar10-74"]
    alone = replace(claim, figures=figures(0.7), peers=())
    table = claims_table([recipe], {recipe.name: alone}, {recipe.name: 1})
    assert "**70.00 %, 1 seed, 10 min**" in table


def test_a_verdict_shows_what_it_rests_on(claim):
    assert peers_table([claim]).splitlines()[2:] == [
        "| `cifar10-74` | Keras | +1.45 (+0.25 to +2.65) | 0.98 | above | "
        "Welch's t over 3 and 2 seeds |"
    ]
    (peer,) = claim.peers
    unsure = replace(peer, verdict={**peer.verdict, "verdict": "open", "p_below": 0.0421})
    row = peers_table([replace(claim, peers=(unsure,))]).splitlines()[2]
    assert "| 0.04 | open: about" in row
    assert "of the time" not in row
    assert len(peers_table([replace(claim, peers=())]).splitlines()) == 2


def test_rungs_say_what_is_new(claim):
    new, verdict = LADDERS["cifar10"].rungs[1].new, "+31.1 points (29.9 to 32.2): it helps"
    table = rungs_table(LADDERS["cifar10"], {"cifar10-74": claim}, {"cifar10-74": verdict})
    assert f"| 2 | `cifar10-74` | {new} | 75.50 ± 0.50 %, 3 seeds, 10 min | {verdict} |" in table
    assert "not measured yet" in table


def test_a_gain_is_of_the_seeds_that_both_claims_have(claim):
    more = replace(claim, figures=figures(0.80, 0.81, 0.82))
    both = {"cifar10-74": claim, "cifar10-79": more}
    table = rungs_table(LADDERS["cifar10"], both, {"cifar10-79": "of one seed"})
    assert "| +5.5 points (3.3 to 7.7): batch norm helps |" in table
    alone = {"cifar10-74": claim, "cifar10-79": replace(claim, figures=figures(0.80))}
    assert "| of one seed |" in rungs_table(
        LADDERS["cifar10"], alone, {"cifar10-79": "of one seed"}
    )


def test_settings_say_only_what_is_not_usual_and_below_what_is():
    table = settings_table([RECIPES["cifar10-74"]])
    assert table.splitlines()[2:] == [
        "| `cifar10-74` | `cifar10-74` | 25 | 32 | scaling unit, held_out last |",
        "",
        "Where a row is silent: optimizer adam, lr 0.001, schedule constant, loss cross_entropy, "
        "scaling standardise, validation 10 %, held_out stratified; all else is off.",
    ]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"validation": 500}, "validation 500 images"),
        ({"validation": 0.15}, "validation 15 %"),
        ({"shift": 3, "rotation": 15}, "shift 3 pixels, rotation 15 degrees"),
        ({"flip": True}, "flip at random"),
        ({"flip": "alternating", "cutout": 4}, "flip alternating, cutout 4 pixels"),
        ({"patience": 3, "l2": 1e-4}, "l2 0.0001, patience 3 epochs"),
    ],
)
def test_a_setting_has_its_unit(setting, words):
    recipe = RECIPES["mnist-mlp"]
    changed = replace(recipe, settings=Settings("mnist-mlp", 1, 10, **setting))
    assert settings_table([changed]).splitlines()[2].endswith(f"| 1 | 10 | {words} |")


def test_places_know_gains_and_the_lectures_figures(outcome):
    first, second = places_of(outcome)
    assert (first.gain, first.helps, first.deck) == ("", None, 0.74)
    assert (second.gain, second.helps, second.deck) == ("+2.0 points (1.0 to 3.0)", True, 0.79)


def test_the_quick_form_is_compared_with_nobody(outcome):
    places = places_of(replace(outcome, quick=True))
    assert [(place.deck, place.peer) for place in places] == [(None, None)] * 2


def test_claims_share_a_scale_with_those_on_the_same_data(claim):
    other = replace(claim, recipe="mnist-cnn", data=replace(claim.data, words="MNIST"))
    panels = places_of_claims([claim, other])
    assert {words: len(places) for words, places in panels.items()} == {
        "JPEG copy of CIFAR-10": 1,
        "MNIST": 1,
    }
    (place,) = panels["JPEG copy of CIFAR-10"]
    assert (place.deck, place.peer.framework) == (0.74, "Keras")


def test_a_picture_of_one_rung_and_one_seed_is_drawn(tmp_path):
    panels = {"digits": [Place("digits", "small", figures(0.98))]}
    draw(panels, tmp_path / "one.png", title="one")
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.width == 1800
        assert picture.text["Source"] == fingerprint(panels)


def test_a_picture_is_the_higher_the_more_it_shows(tmp_path, outcome):
    places = places_of(outcome)
    draw({"a": places}, tmp_path / "a.png", title="")
    draw({"a": places, "b": places}, tmp_path / "b.png", title="")
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert b.height > a.height


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.12, "0.1 s"), (12.3, "12 s"), (1234, "21 min"), (7300, "2.0 h")]
)
def test_a_time_has_two_digits(seconds, words):
    assert minutes(seconds) == words


@pytest.mark.parametrize("cores", [1, 2, 12, 64])
def test_cores_are_counted_in_korean_too(cores):
    english = f"AMD EPYC, {cores} core{'s' if cores > 1 else ''}, Linux"
    assert WORDS["ko"].said(english) == f"AMD EPYC, 코어 {cores}개, Linux"
    assert WORDS["en"].said(english) == english
