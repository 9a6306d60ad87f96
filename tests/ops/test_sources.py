"""A rule is written against xp: no file of these rooms names an array library."""

import ast
from pathlib import Path

import pytest

import chainrule.tape

HOME = Path(chainrule.tape.__file__).parent
LIBRARIES = {"numpy", "torch", "array_api_compat", "array_api_strict", "scipy"}
FILES = sorted(path for room in ("ops", "nn", "optim") for path in (HOME / room).rglob("*.py"))


def libraries_named_in(source):
    """The array libraries that a source file imports, or uses under their usual names."""
    named = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Name) and node.id in {"np", "numpy", "torch"}:
            named.add({"np": "numpy"}.get(node.id, node.id))
    return named & LIBRARIES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOME)))
def test_a_rule_names_no_array_library(path):
    assert libraries_named_in(path.read_text(encoding="utf-8")) == set()


def test_the_walk_finds_the_rules():
    assert HOME / "ops" / "conv.py" in FILES


@pytest.mark.parametrize(
    "source", ["import numpy as np", "from torch.nn import ReLU", "def f(x):\n    return np.exp(x)"]
)
def test_a_library_would_be_noticed(source):
    assert libraries_named_in(source) != set()
