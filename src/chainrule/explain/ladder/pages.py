"""The tables of the READMEs and of docs/ladder.md, put where their marks are."""

from collections.abc import Mapping
from pathlib import Path

from chainrule.explain.ladder.table import (
    claims_table,
    peers_table,
    rungs_table,
    settings_table,
)
from chainrule.explain.layers import layers_of
from chainrule.explain.marks import filled
from chainrule.runs.claims import Claim, claims
from chainrule.runs.folder import read_json
from chainrule.runs.ladder import LADDERS
from chainrule.zoo import RECIPES, Recipe

TITLE = "What the lecture's recipes reach"

OF_THE_LECTURE = (
    "mnist-mlp-as-printed",
    "mnist-mlp-sigmoid",
    "mnist-mlp-relu",
    "mnist-mlp-batchnorm",
    "mnist-mlp",
    "mnist-cnn",
    "fashion-cnn",
    "fashion-cnn-b",
    "fingerprint-vgg",
    "cifar10-linear-svm",
    "cifar10-linear-softmax",
    "cifar10-74",
    "cifar10-79",
    "cifar10-84",
    "cifar10-88",
    "cifar10-record",
)
"""The recipes of the claims' table, as far as they are there, in its order."""

MARK = "ladder"
"""The kind of the marks."""

Verdicts = Mapping[str, Mapping[str, str]]
"""By ladder and recipe: what a rung gained over the one before, in words."""


def refreshed(page: str, language: str, verdicts: Verdicts) -> str:
    """The page, with every marked table as the records have it now."""
    return filled(page, MARK, lambda name: _table(name, language, verdicts))


def verdicts_in(records: Path) -> Verdicts:
    """What the ladders' records in this folder say; each is what `chainrule ladder` wrote."""
    outcomes = [read_json(path) for path in sorted(records.glob("ladder-*.json"))]
    return {
        outcome["ladder"]: {step["rung"]["recipe"]: step["verdict"] for step in outcome["steps"]}
        for outcome in outcomes
    }


def shown_claims() -> list[Claim]:
    """The claims of the lecture's recipes, but for the one that is bad on purpose.

    At 11 % it would leave the others no room on their scale; the table has it.
    """
    names = [recipe.name for recipe in _recipes() if recipe.name != "mnist-mlp-as-printed"]
    return list(claims(names).values())


def parameters_of(recipe: Recipe) -> int:
    """How many its network has on its data, counted as its source counts."""
    return layers_of(recipe).parameters


def _table(name: str, language: str, verdicts: Verdicts) -> str:
    if name in LADDERS:
        ladder = LADDERS[name]
        reached = claims([rung.recipe for rung in ladder.rungs])
        return rungs_table(ladder, reached, verdicts.get(name, {}))
    recipes = _recipes()
    if name == "settings":
        return settings_table(recipes)
    reached = claims([recipe.name for recipe in recipes])
    if name == "peers":
        return peers_table(list(reached.values()))
    counted = {recipe.name: parameters_of(recipe) for recipe in recipes}
    return claims_table(recipes, reached, counted, language)


def _recipes() -> list[Recipe]:
    return [RECIPES[name] for name in OF_THE_LECTURE if name in RECIPES]
