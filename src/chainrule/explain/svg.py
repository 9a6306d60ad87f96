"""SVG as text: elements, safe words, and how much room words take."""

import re
import unicodedata

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans KR', 'Noto Sans CJK KR', "
    "'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"
)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 file may hold, not even escaped."""


def escape(words: object) -> str:
    """Words made safe for the inside of an element or of a quoted attribute."""
    text = _FORBIDDEN.sub("\ufffd", str(words))
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, entity)
    return text


def element(tag: str, *inside: str, **attributes: object) -> str:
    """One element; inside is markup, already escaped. stroke_width=2 becomes stroke-width="2".

    A trailing underscore, as in class_, is dropped; an attribute of None is left out; floats are
    rounded to hundredths of a pixel.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    content = "".join(inside)
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(words: object, x: float, y: float, **attributes: object) -> str:
    """Words whose baseline starts at (x, y)."""
    return element("text", escape(words), x=x, y=y, **attributes)


def title(words: object) -> str:
    """What a pointer resting on the surrounding element shows."""
    return element("title", escape(words))


def picture(width: float, height: float, *inside: str, **attributes: object) -> str:
    """A whole SVG of this size in pixels."""
    return element(
        "svg",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_value(float(width))} {_value(float(height))}",
        width=float(width),
        height=float(height),
        **attributes,
    )


def text_width(words: str, size: float) -> float:
    """About how many pixels words take in a sans-serif font of this size, rather too many."""
    return sum(_advance(character) for character in words) * size


def shortened(words: str, size: float, room: float) -> str:
    """Words cut to fit into room pixels, with dots where something was left out."""
    if text_width(words, size) <= room:
        return words
    while words and text_width(words + "\u2026", size) > room:
        words = words[:-1]
    return words + "\u2026"


def _advance(character: str) -> float:
    """A character's width in multiples of the font size."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in " .,:;|!'ilI()[]-":
        return 0.38
    return 0.88 if character in "mwMW@%" else 0.66 if character.isupper() else 0.58


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return escape(value)
