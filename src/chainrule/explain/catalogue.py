"""Everything there is, each in one line: read from the docstrings, so that it cannot drift."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from chainrule import classical, losses, nn, ops, optim
from chainrule.losses import keras, pytorch
from chainrule.nn import init
from chainrule.tape import Function

SECTION = re.compile(r"^([A-Z]\w+)(?: {2,}|$)")
REFERENCE = re.compile(r",? *\bsee (?:ops\.)?(\w+)( and \w+)?")
DEFINITION = re.compile(r"^\w+'?(\[[^]]*\])?(, \w+)* = ")


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue.

    family   what it is among
    name     what it is called in Python, after its room: "nn.Conv2d"
    about    what it does, in one sentence
    formula  how, in one line; "" where the sentence says it all
    source   who published it; "" where it is everybody's
    """

    family: str
    name: str
    about: str
    formula: str
    source: str


def entries() -> list[Entry]:
    """Every operation, layer, loss, optimizer, schedule, initialiser and classical model."""
    return [
        _entry(family, f"{room}.{name}", thing)
        for family, room, things in _families()
        for name, thing in things
    ]


def _families() -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
    def public(module: ModuleType, fits: Callable[[Any], bool]) -> list[tuple[str, Any]]:
        named = ((name, getattr(module, name)) for name in module.__all__)
        return [(name, thing) for name, thing in named if fits(thing)]

    def is_a(base: type) -> Callable[[Any], bool]:
        return lambda thing: inspect.isclass(thing) and issubclass(thing, base)

    functions = inspect.isfunction
    yield "Operations", "ops", public(ops, is_a(Function))
    yield "Layers", "nn", [pair for pair in public(nn, is_a(nn.Module)) if pair[1] is not nn.Module]
    yield "Penalties", "nn", [("penalty", nn.penalty), ("max_norm", nn.max_norm)]
    yield "Losses", "losses", public(losses, functions)
    yield "Losses as Keras has them", "losses.keras", public(keras, functions)
    yield "Losses as PyTorch has them", "losses.pytorch", public(pytorch, functions)
    kinds = [p for p in public(optim, is_a(optim.Optimizer)) if p[1] is not optim.Optimizer]
    yield "Optimizers", "optim", kinds
    yield "Schedules", "optim", [(name, getattr(optim, name)) for name in SCHEDULES]
    yield "Initialisers", "nn.init", [(name, getattr(init, name)) for name in INITIALISERS]
    yield "Classical models", "classical", [(name, getattr(classical, name)) for name in CLASSICAL]


SCHEDULES = (
    "constant",
    "StepDecay",
    "Exponential",
    "Cosine",
    "LinearWarmup",
    "OneCycle",
    "Plateau",
)
INITIALISERS = (
    "zeros",
    "ones",
    "normal",
    "uniform",
    "xavier",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "orthogonal",
    "dirac",
    "torch_default",
)
CLASSICAL = (
    "LeastSquares",
    "Polynomial",
    "LogisticRegression",
    "SoftmaxRegression",
    "LinearSVM",
    "NearestNeighbours",
)


def _entry(family: str, name: str, thing: Any) -> Entry:
    text = inspect.getdoc(thing) or ""
    sections = _sections(text)
    meant = REFERENCE.search(text)
    if meant and not {"Forward", "Rule"} & set(sections):
        named = getattr(ops, meant.group(1), None)
        sections = {**_sections(inspect.getdoc(named) or ""), **sections}
    about = text.partition("\n\n")[0].replace("\n", " ")
    return Entry(
        family=family,
        name=name,
        about=re.sub(r" *;(?=[ .]*$| \.)", "", REFERENCE.sub("", about)).rstrip(" .:") + ".",
        formula=_formula(sections.get("Forward") or sections.get("Rule") or []),
        source=" ".join(sections.get("Source", [])),
    )


def _sections(text: str) -> dict[str, list[str]]:
    """The lines of each section of a docstring, without their indentation."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines()[1:]:
        head = SECTION.match(line)
        if head:
            name = head.group(1)
            found[name] = [line[head.end() :].strip()]
        elif name and line.startswith(" "):
            found[name].append(line.strip())
        else:
            name = ""
    return found


def _formula(lines: list[str]) -> str:
    """The definitions among these lines as one, without the remarks that may stand behind them."""
    aligned = [re.sub(r"^(\S+) +=", r"\1 =", line) for line in lines]
    plain = [re.split(r" {3,}|; see |  +", line)[0] for line in aligned]
    return "; ".join([line for line in plain if DEFINITION.match(line)] or plain[:1])


def as_markdown(listed: list[Entry]) -> str:
    """The catalogue as a page: one table for each family."""
    lines = [
        "# Catalogue",
        "",
        "Everything there is. Made from the docstrings by `chainrule catalogue --markdown`; a test",
        "keeps it true. `help()` of any name is the whole page.",
    ]
    family = ""
    for entry in listed:
        if entry.family != family:
            family = entry.family
            lines += ["", f"## {family}", "", "| name | what it does | formula | source |"]
            lines += ["| --- | --- | --- | --- |"]
        formula = f"`{_cell(entry.formula)}`" if entry.formula else ""
        about, source = _cell(entry.about), _cell(entry.source)
        lines.append(f"| `{entry.name}` | {about} | {formula} | {source} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
