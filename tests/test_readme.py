"""The READMEs say what is true: line counts, examples, verbs, links."""

import re
from pathlib import Path

import pytest

from chainrule import nn
from chainrule.cli.app import app

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ko.md")
READING = re.compile(r"^\| \[[\w/.]+\]\((src/[\w/.]+)\) \| (\d+) \|", re.M)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", READMES)
def test_the_reading_order_counts_lines_as_they_are(readme):
    rows = READING.findall(text(readme))
    assert len(rows) == 7
    counted = {path: len((ROOT / path).read_text().splitlines()) for path, _ in rows}
    assert {path: int(lines) for path, lines in rows} == counted


@pytest.mark.parametrize("readme", READMES)
def test_the_examples_run(readme, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", text(readme), re.S)
    assert len(examples) == 2
    nn.seed(0)  # as in a program of its own, whatever other tests have drawn
    names: dict[str, object] = {}
    for example in examples:
        exec(example, names)
    assert "accuracy=0.9" in capsys.readouterr().out
    assert (names["w"].grad, names["x"].grad, names["b"].grad) == (5, -2, 1)
    assert (tmp_path / "graph.svg").read_text().startswith("<svg")


@pytest.mark.parametrize("readme", READMES)
def test_every_verb_named_exists(readme):
    named = set(re.findall(r"^    chainrule (\w+)", text(readme), re.M))
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    assert named <= known


@pytest.mark.parametrize("page", [*READMES, "CONTRIBUTING.md", "docs/decisions/README.md"])
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)\)", text(page))
    local = [target for target in targets if "://" not in target]
    assert local
    missing = [t for t in local if not ((ROOT / page).parent / t).exists()]
    assert missing == []
