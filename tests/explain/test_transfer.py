"""Ways to begin as a picture and as a table; and the page that shows what was measured."""

import re
from itertools import pairwise
from pathlib import Path

import matplotlib.axes
import pytest
from PIL import Image

from chainrule.explain.transfer import draw, markdown
from chainrule.runs.experiments import EXPERIMENTS, Measured, Record, curves
from chainrule.zoo import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/transfer.md"
RECORDS = ROOT / "benchmarks/records"


def recorded(seeds=3, ways=("from scratch", "frozen", "fine-tuned")):
    """Three ways whose last points lie close together."""
    measured = [
        Measured(way, shots, seed, 0.5 + 0.02 * place + 0.001 * shots + 0.004 * seed * place, 1.0)
        for place, way in enumerate(ways)
        for shots in (5, 100)
        for seed in range(seeds)
    ]
    part = {"words": "MNIST", "test": 5000}
    facts = {
        "about": "a",
        "classes": "b",
        "quick": False,
        "data": {"before": part, "after": part},
        "over": {way: ways[0] if way != ways[0] else "" for way in ways},
    }
    return Record(facts, measured=measured)


def test_the_table_says_means_and_gains_and_which_are_beyond_doubt():
    assert markdown(curves(recorded(ways=("a", "b")))) == (
        "| images per class | 5 | 100 |\n"
        "| --- | --- | --- |\n"
        "| a | 50.5 % | 60.0 % |\n"
        "| b | 52.9 %, **+2.4** | 62.4 %, **+2.4** |\n"
    )
    doubtful = recorded(ways=("a", "b"))
    doubtful.measured[-1] = Measured("b", 100, 2, 0.4, 1.0)
    assert "| b | 52.9 %, **+2.4** | 54.8 %, -5.2 |" in markdown(curves(doubtful))


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_picture_names_every_line_where_it_ends_and_no_two_names_overlap(
    seeds, tmp_path, monkeypatch
):
    names = []
    annotate = matplotlib.axes.Axes.annotate

    def noted(axes, text, place, **options):
        names.append((text, place[1]))
        return annotate(axes, text, place, **options)

    monkeypatch.setattr(matplotlib.axes.Axes, "annotate", noted)
    record = recorded(seeds, ways=("one", "two", "three", "four"))
    for one in list(record.measured):  # all lines end in one point
        if one.shots == 100:
            record.measured.remove(one)
            record.measured.append(Measured(one.way, 100, one.seed, 0.7, 1.0))
    draw(record, curves(record), tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.size == (1500, 840 if seeds == 1 else 1102)
    assert sorted(text.split()[0] for text, _ in names) == ["four", "one", "three", "two"]
    heights = sorted(height for _, height in names)
    assert min(b - a for a, b in pairwise(heights)) > 0.05
    assert heights[-1] <= 1


def test_the_page_shows_what_the_records_hold():
    text = PAGE.read_text()
    shown = re.findall(r"<!-- transfer: (\w+) -->\n(.*?)<!-- transfer: end -->", text, re.S)
    assert shown
    for name, table in shown:
        record = Record.read(RECORDS / f"transfer-{name}.json")
        assert record.facts["experiment"] == name
        assert not record.facts["quick"]
        numbers, now = record.facts["numbers"], EXPERIMENTS[name].numbers()
        for part in ("pretraining", "settings"):  # later settings have their defaults there
            assert Settings.from_dict(numbers.pop(part)) == Settings.from_dict(now.pop(part))
        assert numbers == now
        assert table == markdown(curves(record))
        assert (ROOT / f"docs/images/transfer-{name}.png").is_file()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (PAGE.parent / target).exists(), target
