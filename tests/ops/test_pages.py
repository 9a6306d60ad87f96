"""The docstrings are pages to learn from, and no operation escapes the generic checks."""

import importlib
import pkgutil

import pytest

import chainrule.ops
from chainrule.tape import Function
from chainrule.testing import samples


def functions():
    """Every Function in chainrule.ops that has rules of its own."""
    found = set()
    for module in pkgutil.walk_packages(chainrule.ops.__path__, "chainrule.ops."):
        for value in vars(importlib.import_module(module.name)).values():
            is_rule = isinstance(value, type) and issubclass(value, Function)
            if is_rule and value.__module__ == module.name and "forward" in vars(value):
                found.add(value)
    return sorted(found, key=lambda function: function.__name__)


every_function = pytest.mark.parametrize("function", functions(), ids=lambda f: f.__name__)


def test_the_walk_finds_the_functions():
    assert len(functions()) >= 33


@every_function
def test_a_function_has_samples(function):
    assert len(samples(function)) >= 2


@every_function
def test_a_function_is_on_the_face_of_ops(function):
    assert getattr(chainrule.ops, function.__name__) is function
    assert function.__name__ in chainrule.ops.__all__


@pytest.mark.parametrize("section", ["Forward", "Backward", "Shapes", "Keeps", "Source"])
@every_function
def test_a_page_has_the_section(function, section):
    lines = function.__doc__.splitlines()
    assert any(line.startswith(f"    {section}  ") for line in lines)


@every_function
def test_a_page_opens_with_one_sentence_and_is_plain_ascii(function):
    first, second, *_ = function.__doc__.splitlines()
    assert first.endswith(".")
    assert second == ""
    assert function.__doc__.isascii()
