"""Sentence: English that remembers its gaps, so that it can be said in another language later."""

from collections.abc import Mapping
from string import Formatter
from typing import Any, Self

from chainrule.errors import UsageError


class Sentence(str):
    """A sentence with its gaps filled; a str like any other.

    pattern   English, as for str.format; whoever translates looks it up as it is
    values    what fills the gaps: numbers, names, or other sentences

        Sentence("learning rate {lr:.2g}: the usual one", lr=0.02)
    """

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, /, **values: Any) -> Self:
        made = super().__new__(cls, pattern.format(**values))
        made.pattern, made.values = pattern, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """For copies and pickles: what it was made of, not what it says."""
        return (self.pattern,), self.values

    def in_words_of(self, patterns: Mapping[str, str]) -> str:
        """The same by another language's patterns; in English where one is missing.

        patterns: a translation for each English pattern
        """
        values = {
            gap: value.in_words_of(patterns) if isinstance(value, Sentence) else value
            for gap, value in self.values.items()
        }
        return patterns.get(self.pattern, self.pattern).format(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        values = {
            gap: value.to_dict() if isinstance(value, Sentence) else value
            for gap, value in self.values.items()
        }
        return {"pattern": self.pattern, "values": values}

    @classmethod
    def from_dict(cls, written: Mapping[str, Any] | str) -> Self:
        """What to_dict wrote; or a mere sentence, as it was written once.

        Raises    UsageError for what is none
        """
        if isinstance(written, str):
            return cls("{sentence}", sentence=written)
        try:
            _require_plain(written["pattern"])
            values = {
                gap: cls.from_dict(value) if isinstance(value, Mapping) else value
                for gap, value in written["values"].items()
            }
            return cls(written["pattern"], **values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{written!r} is no sentence ({error})") from error


def written(said: str) -> dict[str, Any] | str:
    """For a JSON file: what Sentence.from_dict reads again, whether or not it remembers gaps."""
    return said.to_dict() if isinstance(said, Sentence) else said


def _require_plain(pattern: str) -> None:
    """Raise ValueError unless all gaps are names, which reach into nothing, nor do their forms."""
    for _, gap, form, _ in Formatter().parse(pattern):
        if gap is not None and (not gap.isidentifier() or "{" in (form or "")):
            raise ValueError(f"its gap {gap!r} is not a mere name")
