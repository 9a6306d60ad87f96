"""The races: everybody trains the same network, turns are fair, and leads are what they say."""

import importlib
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chainrule.explain import marks
from chainrule.nn import count_parameters
from chainrule.zoo import network_named

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = (
    "cifar10-74",
    "cifar10-74-b32",
    "mnist-mlp",
    "mnist-cnn",
    "fashion-cnn",
    "resnet20",
    "cifar10-record",
)


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture
def races():
    return importlib.import_module("races")


def opponent(name):
    return importlib.import_module(f"opponents.{name}")


def small(races, name, batch_size=4):
    race = replace(races.RACES[name], batch_size=batch_size)
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (2 * batch_size, *race.shape), dtype=np.uint8)
    return race, images, rng.integers(0, 10, 2 * batch_size)


def learned(race):
    """The parameters that our network of a race learns."""
    return count_parameters(network_named(race.ours)(race.shape, 10))


@pytest.mark.parametrize("name", NAMES)
def test_pytorch_learns_as_many_numbers_as_we(races, name):
    race = races.RACES[name]
    network = opponent("pytorch").built(race.network, race.shape)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == learned(race)


@pytest.mark.parametrize("name", NAMES)
def test_keras_learns_as_many_numbers_as_we(races, name):
    race = races.RACES[name]
    network = opponent("keras3").built(race.network, race.shape)
    assert sum(math.prod(w.shape) for w in network.trainable_weights) == learned(race)


@pytest.mark.parametrize("name", NAMES)
def test_jax_learns_as_many_numbers_as_we(races, name):
    jax = pytest.importorskip("jax", reason="needs JAX: pip install -e '.[bench]'")
    race = races.RACES[name]
    weights, _ = opponent("plain_jax").start(race.network, race.shape)
    assert sum(leaf.size for leaf in jax.tree.leaves(weights)) == learned(race)


def test_the_textbook_learns_as_many_numbers_as_we(races):
    race = races.RACES["cifar10-74"]
    layers = opponent("textbook").built(race.network, race.shape)
    assert sum(x.w.size + x.b.size for x in layers if hasattr(x, "w")) == learned(race)


OPPONENTS = {
    "ours": {"backend": "numpy", "precision": "float32"},
    "pytorch": {},
    "keras3": {},
    "plain_jax": {},
    "textbook": {},
}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
@pytest.mark.parametrize("name", OPPONENTS)
def test_an_opponent_learns_what_it_is_shown(races, name):
    if name == "plain_jax":
        pytest.importorskip("jax", reason="needs JAX: pip install -e '.[bench]'")
    race, images, labels = small(races, "cifar10-74", batch_size=8)
    train = opponent(name).build(race, images, labels, **OPPONENTS[name])
    _, before = train(1)
    seconds, _ = train(30)
    _, after = train(1)
    assert seconds > 0
    assert after < 0.9 * before


@pytest.mark.parametrize("name", ["resnet20", "cifar10-record"])
@pytest.mark.parametrize("framework", ["ours", "pytorch", "plain_jax"])
def test_batch_norms_residuals_and_momentum_learn_too(races, name, framework):
    if framework == "plain_jax":
        pytest.importorskip("jax", reason="needs JAX: pip install -e '.[bench]'")
    race, images, labels = small(races, name)
    # Two blocks and one stage do for the others: each has all the pieces, and compiles sooner.
    network = race.network
    short = {"resnet20": network[:3] + network[5:7] + network[-2:]}
    race = replace(race, network=short.get(name, network[:9] + network[-3:]))
    train = opponent(framework).build(race, images, labels, **OPPONENTS[framework])
    losses = [train(1)[1] for _ in range(16)]
    assert np.mean(losses[-4:]) < np.mean(losses[:4])


def test_tuned_pytorch_learns_too(races):
    race, images, labels = small(races, "cifar10-74", batch_size=8)
    train = opponent("pytorch").build(race, images, labels, tuned=True, precision="bfloat16")
    _, before = train(1)
    train(40)
    assert train(1)[1] < before


def row(contender, turns_ms, peak=100.0, race="cifar10-74"):
    turns = tuple(turns_ms)
    middle = sorted(turns)[len(turns) // 2]
    return {
        "race": race,
        "contender": contender,
        "absent": None,
        "step_ms": middle,
        "quartiles_ms": (min(turns), max(turns)),
        "per_second": 128e3 / middle,
        "turns_ms": turns,
        "steps": 3,
        "start_seconds": 4.0,
        "peak_mb": peak,
        "imports_mb": 50.0,
        "loss": 1.0,
    }


ROWS = [
    row("numpy", (40, 41, 42)),
    row("torch-f32", (20, 21, 22)),
    row("torch-bf16", (10, 10, 10), peak=50.0),
    row("pytorch", (40, 44, 40)),
    row("pytorch-tuned-f32", (30, 30, 30)),
    row("pytorch-tuned-f32-compiled", (29, 28, 27)),
    row("pytorch-tuned-bf16", (15, 15, 15)),
    {"race": "cifar10-74", "contender": "keras-jax", "absent": "jax not installed"},
]


@pytest.fixture
def found():
    leads = importlib.import_module("leads").leads(ROWS)
    return {(lead.ours, lead.against): lead for lead in leads}


def test_a_lead_is_the_ratio_of_medians_with_its_quartiles_by_round(found):
    lead = found["torch-f32", "eager"]
    assert lead.ratio == 40 / 21
    assert lead.quartiles == pytest.approx((1.909, 2.048), abs=1e-3)  # of 40/20, 44/21, 40/22


def test_the_rival_is_the_fastest_of_its_kind_in_no_lower_precision(found):
    assert found["torch-f32", "tuned"].rival == "pytorch-tuned-f32-compiled"
    assert found["torch-bf16", "tuned"].rival == "pytorch-tuned-bf16"
    assert found["torch-bf16", "tuned"].memory == 0.5
    assert ("torch-f32", "keras") not in found


def test_floors_are_those_of_the_precision(found):
    assert (found["torch-f32", "eager"].floor, found["torch-f32", "eager"].holds) == (1.5, True)
    assert (found["torch-bf16", "tuned"].floor, found["torch-bf16", "tuned"].holds) == (1.8, False)
    assert found["numpy", "eager"].floor is None
    assert found["numpy", "eager"].holds is None


def test_where_no_precision_was_named_the_floor_is_for_the_fastest_of_ours():
    mlp = [
        row("numpy", (1, 1, 1), race="mnist-mlp"),
        row("torch-f32", (2, 2, 2), race="mnist-mlp"),
        row("pytorch", (4, 4, 4), race="mnist-mlp"),
    ]
    found = importlib.import_module("leads").leads(mlp)
    assert {lead.ours: lead.floor for lead in found} == {"numpy": 3.0, "torch-f32": None}


@pytest.fixture
def kept():
    return {
        "races": [*ROWS, *(row(name, (5, 5, 5), race="mnist-mlp") for name in ("numpy", "jax"))],
        "rounds": 3,
        "date": "2026-11-21T09:00:00",
        "updates": [{"races": ["mnist-mlp"], "date": "2026-11-22T00:10:00"}],
        "machine": {"processor": "a processor", "cores": 2, "load_before": 0.4},
        "versions": {"numpy": "2", "jax": None},
    }


def test_the_readme_s_table_says_what_fell_short_and_which_row_is_of_another_day(races, kept):
    page = importlib.import_module("readme").markdown(kept, "records/one.json")
    assert (
        "| torch, float32 | **6,095** | 1.90 times (3,200) | 1.33 times (4,571) | - | - |" in page
    )
    assert "1.50 times (8,533, wanted: 1.8)" in page
    assert (
        "Medians of 3 alternating rounds, 2026-11-21 (MNIST 784-50-10 with batch norm, batch 100: "
        "2026-11-22), on a processor, 2 cores; numpy 2.\n"
    ) in page
    assert "lie 6 % of it apart in the median, 8 % at most" in page
    assert page.endswith("[record](records/one.json).\n")


def test_the_readme_s_table_is_there_in_korean(races, kept):
    page = importlib.import_module("readme").markdown(kept, "records/one.json", "ko")
    assert "| MNIST 784-50-10, 배치 정규화, 배치 100 | NumPy만 | **25,600** |" in page
    assert "1.50배 (8,533, 목표 1.8)" in page
    assert not any(word in page for word in ("batch", "times", "rounds", "the ", "alone"))


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_readmes_have_the_table_that_their_record_makes(races, name):
    """benchmarks/readme.py writes it."""
    readme = importlib.import_module("readme")
    text = (readme.ROOT / name).read_text(encoding="utf-8")
    assert len(marks.names(text, readme.MARK)) == 1
    assert readme.refreshed(text, readme.PAGES[name]) == text
    assert readme.refreshed(text.replace("1,360", "1,630"), readme.PAGES[name]) == text


def test_every_race_has_a_korean_name(races):
    readme = importlib.import_module("readme")
    for race in races.RACES.values():
        assert not re.search(r"\b(the|with|for|two)\b", readme.WORDS["ko"].said(race.title))


KEPT = {
    "date": "2026-11-21T00:00:00",
    "command": "python run.py",
    "rounds": 8,
    "turn_seconds": 0.7,
    "machine": {"processor": "a processor", "cores": 2, "load_before": 0.4},
    "versions": {"numpy": "2"},
    "races": [row("pytorch", (40, 44, 40)), row("pytorch", (9, 9, 9), race="mnist-mlp")],
}


def test_an_update_leaves_the_other_races_as_they_were(races):
    run = importlib.import_module("run")
    again = {**KEPT, "command": "python run.py --update", "races": [row("pytorch", (30, 30, 30))]}
    result = run.updated(KEPT, again)
    assert [(one["race"], one["step_ms"]) for one in result["races"]] == [
        ("cifar10-74", 30),
        ("mnist-mlp", 9),
    ]
    assert result["command"] == "python run.py"
    (update,) = result["updates"]
    assert (update["races"], update["command"]) == (["cifar10-74"], "python run.py --update")


def test_an_update_needs_what_the_record_was_made_with(races, monkeypatch):
    run = importlib.import_module("run")
    monkeypatch.setattr(run.record, "about", lambda: KEPT)
    options = run.parsed(["--update"])
    run.refuse_to_mix(KEPT, options)
    with pytest.raises(SystemExit, match="rounds 3"):
        run.refuse_to_mix({**KEPT, "rounds": 3}, options)


def test_the_newest_record_is_of_such_a_machine(races, monkeypatch, tmp_path):
    record = importlib.import_module("record")
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    monkeypatch.setattr(record, "machine", lambda: {"processor": "x", "cores": 2, "load": 1.0})
    with pytest.raises(SystemExit, match="no record of steps on x, 2 cores: measure first"):
        record.newest("steps")
    for day, processor, cores in ((1, "x", 2), (2, "x", 2), (3, "x", 1), (4, "y", 2)):
        facts = {"processor": processor, "cores": cores}
        record.write({"date": f"2026-01-0{day}T00:00", "day": day, "machine": facts}, "steps")
    assert record.newest("steps")["day"] == 2


def test_a_contender_trains_in_turns_in_a_process_of_its_own(races):
    racing = importlib.import_module("racing")
    few = [one for one in races.CONTENDERS if one.name == "numpy"]
    (result,) = racing.race(
        races.RACES["mnist-mlp"], few, rounds=3, turn_seconds=0.01, progress=lambda _: None
    )
    json.dumps(result)
    assert result["absent"] is None
    assert len(result["turns_ms"]) == 3
    assert result["quartiles_ms"][0] <= result["step_ms"] <= result["quartiles_ms"][1]
    assert result["per_second"] == pytest.approx(1e5 / result["step_ms"])
    assert result["peak_mb"] > result["imports_mb"] > 10


def test_who_lacks_a_library_is_listed_with_the_reason(races, monkeypatch):
    racing = importlib.import_module("racing")
    monkeypatch.setattr(racing, "find_spec", lambda name: None if name == "jax" else "there")
    named = {one.name: one for one in races.CONTENDERS}
    race = races.RACES["mnist-mlp"]
    assert racing.why_not(named["keras-jax"], race) == "jax not installed"
    assert racing.why_not(named["textbook"], race) == "not written"
    assert racing.why_not(named["pytorch"], race) is None


def test_the_rounds_begin_with_another_contender_each_time(races, monkeypatch):
    racing = importlib.import_module("racing")
    order = []

    class Fake:
        def __init__(self, contender, *_):
            self.contender = contender

        def turn(self):
            order.append(self.contender.name)

        def leave(self):
            pass

        def result(self):
            return racing.Result("race", self.contender.name)

    monkeypatch.setattr(racing, "Process", Fake)
    monkeypatch.setattr(racing, "why_not", lambda one, _: "asleep" if one.name == "d" else None)
    names = [races.Contender(name, name, "nothing", "other") for name in "abcd"]
    results = racing.race(
        races.RACES["mnist-mlp"], names, rounds=3, turn_seconds=1, progress=lambda _: None
    )
    assert order == list("abcbcacab")
    assert [result["absent"] for result in results] == [None, None, None, "asleep"]


def test_a_contender_that_fails_is_quoted(races, monkeypatch):
    racing = importlib.import_module("racing")
    broken = races.Contender("nobody", "Nobody", "nothing", "other")
    with pytest.raises(SystemExit, match=r"Nobody failed at mnist-mlp:(.|\n)*StopIteration"):
        racing.Process(broken, races.RACES["mnist-mlp"], 0.01)


def test_the_roof_counts_what_a_step_cannot_avoid(races):
    roofline = importlib.import_module("roofline")
    works = {work.name: work for work in roofline.works(races.RACES["cifar10-74"], 4)}
    assert works["linear 3136 to 512, forward"].flop == 2 * 128 * 3136 * 512
    conv = works["conv 32 to 64, 15x15, weights"]
    assert conv.flop == 2 * 128 * 15 * 15 * 64 * 32 * 9
    assert conv.moved == 4 * 128 * 15 * 15 * (32 + 64)
    assert "conv 3 to 32, 30x30, inputs" not in works  # nobody learns the pixels
    assert works["adam"].seconds(rate=1e12, bandwidth=1e9) == works["adam"].moved / 1e9


@pytest.mark.parametrize("name", NAMES)
def test_the_roof_knows_every_parameter_of_every_network(races, name):
    race = races.RACES[name]
    *_, rule = importlib.import_module("roofline").works(race, 2)
    moves = {"adam": 8, "sgd": 6}[race.rule.name]  # w, m and v, or w and v; the gradient
    assert (rule.name, rule.moved) == (race.rule.name, moves * 4 * learned(race))


def test_the_roof_of_blocks_with_strides_and_of_frozen_filters(races):
    roofline = importlib.import_module("roofline")
    residual = [work.name for work in roofline.works(races.RACES["resnet20"], 4)]
    assert residual.count("conv 16 to 16, 32x32, inputs") == 6
    assert residual.count("conv 16 to 32, 16x16, forward") == 1
    assert residual.count("conv 64 to 64, 8x8, weights") == 5
    frozen = [work.name for work in roofline.works(races.RACES["cifar10-record"], 4)]
    assert frozen[:3] == [
        "conv 3 to 24, 31x31, forward",
        "conv 24 to 64, 31x31, forward",
        "conv 24 to 64, 31x31, weights",
    ]
    assert [work.name for work in roofline.works(races.RACES["mnist-mlp"], 4)][:2] == [
        "linear 784 to 50, forward",
        "linear 784 to 50, weights",
    ]
