"""chainrule catalogue: all of it, some of it, and in other forms."""

import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli.catalogue import _page
from chainrule.explain.catalogue import entries

PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"


def test_without_words_everything_is_listed(chainrule):
    page = chainrule("catalogue").out
    assert all(f"  {entry.name}" in page for entry in entries())


def test_words_choose_the_lines_that_have_them_all(chainrule):
    names = [line["name"] for line in chainrule("catalogue", "HUBER", "loss", "--json").json]
    assert names == ["ops.Huber", "losses.keras.huber"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("schedules", "optim.Cosine"),
        ("initialisers", "nn.init.he_normal"),
        ("optimizers", "optim.Adam"),
        ("layers", "nn.Conv2d"),
        ("MeanSquaredError", "losses.keras.mean_squared_error"),
        ("forest", "classical.from_sklearn.random_forest"),
    ],
)
def test_kinds_and_classes_are_words_too(chainrule, word, name):
    assert name in [line["name"] for line in chainrule("catalogue", word, "--json").json]


def test_an_entry_shows_what_it_does_how_and_since_when(chainrule):
    assert chainrule("catalogue", "huber", "keras").out == (
        "\n"
        "Losses as Keras has them\n"
        "  losses.keras.huber, Huber\n"
        "      Squared for errors up to delta, straight beyond.\n"
        "      d = y_pred - y_true\n"
        "      y = mean of d**2 / 2 where |d| <= delta, else delta * (|d| - delta / 2)\n"
        "      Huber 1964\n"
    )


def test_nothing_is_wider_than_a_narrow_terminal():
    pages = [_page(entry, 80).plain for entry in entries()]
    assert max(len(line) for page in pages for line in page.splitlines()) <= 80


def test_a_word_that_nothing_has_is_refused_in_one_sentence(chainrule):
    answer = chainrule("catalogue", "adam", "blockchain")
    assert answer.code == 1
    assert answer.error == "nothing in the catalogue has adam and blockchain in it"


def test_json_has_every_field_of_every_entry(chainrule):
    lines = chainrule("catalogue", "--json").json
    assert len(lines) == len(entries())
    assert all(
        set(line) == {"family", "name", "also", "about", "formula", "source"} for line in lines
    )


def test_markdown_is_the_page_of_the_documentation(chainrule):
    assert chainrule("catalogue", "--markdown").out == PAGE.read_text("utf-8"), (
        "renew it: chainrule catalogue --markdown > docs/catalogue.md"
    )


def test_markdown_of_some_is_a_page_of_some(chainrule):
    page = chainrule("catalogue", "muon", "--markdown").out
    assert "`optim.Muon`" in page
    assert "`optim.SGD`" not in page


def test_help_does_not_load_sklearn():
    look = (
        "import sys; sys.argv = ['chainrule', '--help']\n"
        "from chainrule.cli import main\n"
        "try: main()\n"
        "finally: assert 'sklearn' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert "catalogue" in done.stdout
