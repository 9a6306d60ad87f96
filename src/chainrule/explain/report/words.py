"""The report's words, by language: each language is one file in words/."""

import tomllib
from pathlib import Path

from chainrule.errors import UsageError
from chainrule.sentence import Sentence

FOLDER = Path(__file__).parent / "words"

LANGUAGES = ("en", "ko")


class Words:
    """Every sentence of the report in one language; words("curves.best", epoch=3) is one.

    Raises    UsageError for a language that has no file
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UsageError(
                f"a report in language {language!r} cannot be written: choose one of "
                f"{', '.join(LANGUAGES)}"
            )
        self.language = language
        tables = _read(language)
        self._said = tables.pop("said", {})
        self._sentences = {
            f"{table}.{key}": sentence
            for table, sentences in tables.items()
            for key, sentence in sentences.items()
        }

    def __call__(self, key: str, **values: object) -> str:
        return self._sentences[key].format(**values)

    def said(self, sentence: Sentence) -> str:
        """What was said elsewhere, in this language; in English where nobody has translated it."""
        return sentence.in_words_of(self._said)

    def percent(self, share: float, digits: int = 2) -> str:
        """0.97778 as "97.78 %"."""
        return self("form.percent", value=f"{100 * share:.{digits}f}")

    def interval(self, low: float, high: float) -> str:
        """Two shares as "95.7 to 98.9 %"."""
        return self("form.interval", low=f"{100 * low:.1f}", high=f"{100 * high:.1f}")

    def loss(self, value: float) -> str:
        """A loss with four places, more when it is small."""
        return f"{value:.4f}" if value >= 0.001 or value == 0 else f"{value:.1e}"

    def duration(self, seconds: float) -> str:
        """A time as "8.3 s", "2 min 05 s" or "1 h 02 min"."""
        if seconds < 60:
            return self("form.seconds", seconds=f"{seconds:.1f}")
        minutes, rest = divmod(round(seconds), 60)
        if minutes < 60:
            return self("form.minutes", minutes=minutes, seconds=f"{rest:02d}")
        return self("form.hours", hours=minutes // 60, minutes=f"{minutes % 60:02d}")


def _read(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
