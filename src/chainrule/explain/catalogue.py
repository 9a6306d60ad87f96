"""Everything there is, each in a few lines: read from the docstrings, so that it cannot drift.

A room's docstring is its legend: its files, in the order in which one learns them. Of each file
comes, in the order in which it is written there, whatever is public and has a formula: a section
of its own, such as Forward or Rule, or a "see ops.X" that names whose rule it is.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from chainrule import classical, losses, nn, ops, optim

ROOMS = (ops, nn, losses, optim, classical)
FAMILIES = {
    "ops": "Operations: {}",
    "nn": "Layers: {}",
    "nn.penalty": "Penalties",
    "nn.init": "Initialisers",
    "losses": "Losses",
    "losses.keras": "Losses as Keras has them",
    "losses.pytorch": "Losses as PyTorch has them",
    "optim": "Optimizers",
    "optim.schedules": "Schedules",
    "classical": "Classical models",
}
"""What the things of a room or a file are called together; {} is what the file is called."""

FORMULAS = ("Forward", "Rule", "Loss", "Cost")
"""The sections of a docstring that say how."""

LEGEND = re.compile(r"^ *(\w+)(?:\.py|/) ", re.MULTILINE)
SECTION = re.compile(r"^([A-Z]\w+)(?: {2,}|$)")
REFERENCE = re.compile(r"[,;:]?\s+see\s+ops\.(\w+)[^.]*")
DEFINITION = re.compile(r"^\w+'?(\[[^]]*\]|\([^)]*\))?(, \w+)* = ")
REMARK = re.compile(r" {2,}|; see |\.$")


@dataclass(frozen=True)
class Entry:
    """One thing of the catalogue.

    family   what it is among
    name     what it is called in Python, by the shortest way to it: "nn.Conv2d"
    also     the class that keeps a loss's settings: "HingeSum"; else ""
    about    what it does, in one sentence
    formula  how; a line for each definition
    source   who published it, or what it rests on; "" where it only passes things on
    """

    family: str
    name: str
    also: str
    about: str
    formula: str
    source: str


def entries() -> list[Entry]:
    """Every operation, layer, loss, optimizer, schedule, initialiser and classical model."""
    files = [module for room in ROOMS for module in _files(room)]
    keepers = {
        thing.function: name
        for module in files
        for name, thing in _written_in(module)
        if inspect.isclass(thing) and hasattr(thing, "function")
    }
    found = []
    for module in files:
        for name, thing in _written_in(module):
            home = _home(module, name)
            text, formula, source = _read(thing)
            only_a_base = inspect.isclass(thing) and home is module
            if formula and not only_a_base:
                about = REFERENCE.sub("", text.partition("\n\n")[0].replace("\n", " "))
                where = f"{home.__name__.removeprefix('chainrule.')}.{name}"
                also = keepers.get(thing, "")
                found.append(Entry(_family(module), where, also, about, formula, source))
    return found


def _files(room: ModuleType) -> Iterator[ModuleType]:
    """The files of a room and of the rooms in it, in the order of their legends."""
    if not hasattr(room, "__path__"):
        yield room
        return
    for name in LEGEND.findall(room.__doc__ or ""):
        yield from _files(import_module(f"{room.__name__}.{name}"))


def _written_in(module: ModuleType) -> list[tuple[str, Any]]:
    """The public classes and functions of a file, from top to bottom."""
    return [
        (name, thing)
        for name, thing in vars(module).items()
        if (inspect.isclass(thing) or inspect.isfunction(thing))
        and thing.__module__ == module.__name__
        and not name.startswith("_")
    ]


def _home(module: ModuleType, name: str) -> ModuleType:
    """The outermost room that offers what is written in a file, or else the file."""
    parts = module.__name__.split(".")
    around = [sys.modules[".".join(parts[:depth])] for depth in range(2, len(parts))]
    offers = [room for room in around if getattr(room, name, None) is getattr(module, name)]
    return [*offers, module][0]


def _family(module: ModuleType) -> str:
    parts = module.__name__.split(".")[1:]
    depth = next(n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in FAMILIES)
    file = ", ".join(parts[depth:]).replace("_", " ")
    return FAMILIES[".".join(parts[:depth])].format(file)


def _read(thing: Any) -> tuple[str, str, str]:
    """A docstring, its formula and its source; both from the operation it refers to, if any."""
    text = inspect.getdoc(thing) or ""
    sections = _sections(text)
    meant = REFERENCE.search(text)
    if meant:
        sections = _sections(inspect.getdoc(getattr(ops, meant.group(1))) or "") | sections
    formula = _formula([line for name in FORMULAS for line in sections.get(name, [])])
    return text, formula, " ".join(sections.get("Source", []))


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
    """The definitions among these lines, without the remarks that may stand behind them."""
    aligned = [re.sub(r"^(\S+) +=", r"\1 =", line) for line in lines]
    plain = [REMARK.split(line)[0] for line in aligned]
    return "\n".join(line for line in plain if DEFINITION.match(line))


def as_markdown(listed: list[Entry]) -> str:
    """The catalogue as a page: one table for each family."""
    lines = [
        "# Catalogue",
        "",
        "Everything there is, in the order in which one learns it. Made from the docstrings by",
        "`chainrule catalogue --markdown`; a test keeps it true. `help()` of any name is the whole",
        "page: `from chainrule import ops; help(ops.BatchNorm)`.",
    ]
    family = ""
    for entry in listed:
        if entry.family != family:
            family = entry.family
            lines += ["", f"## {family}", "", "| name | what it does | formula | source |"]
            lines += ["| --- | --- | --- | --- |"]
        names = "<br>".join(f"`{name}`" for name in (entry.name, entry.also) if name)
        formula = "<br>".join(f"`{line}`" for line in entry.formula.splitlines())
        cells = (names, entry.about, formula, entry.source)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
