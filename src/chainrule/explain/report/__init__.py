"""The report: one run as one HTML page that needs nothing else.

facts.py      everything a run has to say, read once
page.py       the sections put into templates/report.html
headline.py   the result in one sentence and five numbers
learning.py   the curves and what they say; curves.py draws them
results.py    confusions, classes, mistakes; matrix.py draws the confusion matrix
pictures.py   images and filters as PNG inside the page
origin.py     layers, data, settings, and how to repeat the run
words.py      the words, from words/en.toml and words/ko.toml
"""

from pathlib import Path

from chainrule.explain.report.facts import facts_of
from chainrule.explain.report.page import page
from chainrule.explain.report.words import LANGUAGES, Words
from chainrule.runs import Run
from chainrule.training.atomic import write_text_atomically

__all__ = ["LANGUAGES", "write_report"]


def write_report(run: Run, path: Path, *, language: str = "en") -> Path:
    """Write what is known about a run to path, as one HTML page; path.

    An unfinished run gets a page of what there is by now, which says what is missing.

    language: one of LANGUAGES

    Raises    UsageError for another language; RunError when a file of the run is damaged, or the
              page cannot be written
    """
    words = Words(language)
    write_text_atomically(path, page(facts_of(run), words))
    return path
