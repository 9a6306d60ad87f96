"""The catalogue: everything public is in it, and every line of it can be read."""

import inspect
import pkgutil
import re
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from chainrule import classical, losses, nn, ops, optim
from chainrule.classical import from_sklearn
from chainrule.explain.catalogue import FAMILIES, LEGEND, ROOMS, as_markdown, entries
from chainrule.losses import keras, pytorch
from chainrule.nn import init
from chainrule.tape import Function

PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"
ENTRIES = {entry.name: entry for entry in entries()}
WITH_THEIR_CLASSES = {
    f"{entry.name.rpartition('.')[0]}.{name}"
    for entry in ENTRIES.values()
    for name in (entry.name.rpartition(".")[2], entry.also)
}

BASES = (nn.Module, nn.Random, nn.Adaptive, optim.Optimizer, classical.Model)
"""What others are made from; nothing by itself."""

NO_RULES = {
    "optim": {"Group", "Listener", "Schedule"},
    "classical": {"MODELS", "Baseline", "Entry", "FromSklearn", "evaluate_baseline", "model_named"},
}
"""What these rooms offer beside their rules: tools, types, a door to others' models."""

WITHOUT_SOURCE = {
    "nn.Flatten": "the same values in another shape",
    "nn.Identity": "does nothing",
    "nn.Scale": "x times a number",
    "nn.Sequential": "does what its parts do",
    "nn.init.zeros": "a number",
    "nn.init.ones": "a number",
    "nn.init.uniform": "the distribution itself",
    "optim.constant": "does nothing",
}


def public(room: ModuleType, *, fits=lambda thing: True) -> set[str]:
    """What a room names in __all__, as the catalogue calls it."""
    where = room.__name__.removeprefix("chainrule.")
    return {
        f"{where}.{name}"
        for name in room.__all__
        if fits(getattr(room, name)) and getattr(room, name) not in BASES
    }


def is_a(*bases: type):
    return lambda thing: inspect.isclass(thing) and issubclass(thing, bases)


def is_initialiser(thing: object) -> bool:
    if not inspect.isfunction(thing) or thing.__module__ != init.__name__:
        return False
    signature = inspect.signature(thing)
    makes_one = signature.return_annotation is init.Initialiser
    return makes_one or list(signature.parameters) == ["key", "shape"]


def test_every_operation_is_listed():
    assert public(ops, fits=is_a(Function)) <= set(ENTRIES)


def test_every_layer_is_listed():
    assert public(nn, fits=is_a(nn.Module)) <= set(ENTRIES)


@pytest.mark.parametrize("room", [losses, keras, pytorch], ids=lambda room: room.__name__)
def test_every_loss_is_listed_with_the_class_that_keeps_its_settings(room):
    assert public(room, fits=callable) <= WITH_THEIR_CLASSES


@pytest.mark.parametrize("room", [optim, classical], ids=lambda room: room.__name__)
def test_every_optimizer_schedule_and_classical_model_is_listed(room):
    where = room.__name__.removeprefix("chainrule.")
    beside = {f"{where}.{name}" for name in NO_RULES[where]}
    assert public(room) - set(ENTRIES) == beside


def test_every_initialiser_is_listed():
    found = {f"nn.init.{name}" for name, thing in vars(init).items() if is_initialiser(thing)}
    assert len(found) > 10
    assert found <= set(ENTRIES)


def test_every_model_of_sklearns_is_listed():
    found = {
        f"classical.from_sklearn.{name}"
        for name, thing in inspect.getmembers(from_sklearn, inspect.isfunction)
        if inspect.signature(thing).return_annotation is from_sklearn.FromSklearn
    }
    assert len(found) > 4
    assert found <= set(ENTRIES)


def test_nothing_is_listed_twice():
    assert len(entries()) == len(ENTRIES)


def test_every_name_is_one_that_python_finds():
    for name in WITH_THEIR_CLASSES:
        room, _, thing = name.rpartition(".")
        assert not thing or hasattr(import_module(f"chainrule.{room}"), thing), name


def rooms(room: ModuleType) -> list[ModuleType]:
    """A room and those in it."""
    inside = [part for part in pkgutil.iter_modules(room.__path__) if part.ispkg]
    return [room, *(import_module(f"{room.__name__}.{part.name}") for part in inside)]


@pytest.mark.parametrize(
    "room", [inner for room in ROOMS for inner in rooms(room)], ids=lambda room: room.__name__
)
def test_the_legend_of_a_room_names_every_file(room):
    files = [part.name for part in pkgutil.iter_modules(room.__path__)]
    assert sorted(LEGEND.findall(room.__doc__)) == sorted(files)


def test_every_family_has_members():
    families = {entry.family.partition(":")[0] for entry in ENTRIES.values()}
    assert families == {title.partition(":")[0] for title in FAMILIES.values()}


def test_families_stay_together():
    order = [entry.family for entry in ENTRIES.values()]
    changes = sum(before != after for before, after in pairwise(order))
    assert changes == len(set(order)) - 1


def test_a_learner_meets_sums_before_convolutions_and_sgd_before_adam():
    order = list(ENTRIES)
    assert order.index("ops.Add") < order.index("ops.Affine") < order.index("ops.Conv2d")
    assert order.index("nn.Linear") < order.index("nn.Conv2d") < order.index("nn.LSTM")
    assert order.index("optim.SGD") < order.index("optim.Adam") < order.index("optim.Muon")


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_sentence_reads_well(entry):
    assert entry.about.endswith(".")
    assert not re.search(r"\bsee\b|  |[,;:]\.|[,;:] *[,;:]|\.\.$", entry.about.replace("...", ""))
    assert entry.about.count("(") == entry.about.count(")")


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_formula_is_made_of_whole_definitions(entry):
    lines = entry.formula.splitlines()
    assert lines
    for line in lines:
        assert " = " in line
        assert "  " not in line
        assert all(line.count(left) == line.count(right) for left, right in ("()", "[]"))


def test_a_source_is_missing_only_where_there_is_nothing_to_cite():
    assert {name for name, entry in ENTRIES.items() if not entry.source} == set(WITHOUT_SOURCE)


def test_an_entry_takes_from_the_operation_what_its_own_page_does_not_say():
    relu, embedding = ENTRIES["nn.ReLU"], ENTRIES["nn.Embedding"]
    assert relu.about == "Stop what is negative: max(x, 0)."
    assert relu.formula == "y = max(x, 0)"
    assert relu.source == ENTRIES["ops.ReLU"].source
    assert embedding.formula == "y = weight[i]"
    assert embedding.source.startswith("Bengio")


def test_remarks_beside_a_formula_are_left_out():
    assert ENTRIES["ops.BatchNorm"].formula.splitlines() == [
        "mu = mean(x)",
        "v = mean((x - mu)**2)",
        "s = 1 / sqrt(v + eps)",
        "z = (x - mu) * s",
        "y = gamma * z + beta",
    ]


def test_the_page_of_the_documentation_is_up_to_date():
    assert PAGE.read_text("utf-8") == as_markdown(entries()), (
        "renew it: chainrule catalogue --markdown > docs/catalogue.md"
    )


def test_every_row_of_the_page_has_four_cells():
    rows = [line for line in as_markdown(entries()).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
