"""The colours of pages and charts, for light and for dark, and what can be read on them.

paper, card    the page, and what lies on it         ink, quiet   words, and lesser ones
line           borders and grids                     right, wrong  the two hues: good, and not
"""

from dataclasses import asdict, dataclass

Colour = tuple[float, float, float]
"""Red, green and blue in 0..255."""


@dataclass(frozen=True)
class Palette:
    """One set of colours, as "#rrggbb"."""

    paper: str
    card: str
    ink: str
    quiet: str
    line: str
    right: str
    wrong: str

    def variables(self) -> str:
        """The colours as CSS custom properties."""
        return "".join(f"--{name}:{colour};" for name, colour in asdict(self).items())


LIGHT = Palette(
    paper="#faf9f6",
    card="#ffffff",
    ink="#1d2126",
    quiet="#5c6068",
    line="#dedbd2",
    right="#0b5a6e",
    wrong="#b3430f",
)
DARK = Palette(
    paper="#15181c",
    card="#1c2025",
    ink="#e7e8ea",
    quiet="#a3a9b2",
    line="#333940",
    right="#58bcd3",
    wrong="#f2905a",
)


def ink_classes(hue: str, strength: float) -> str:
    """CSS classes that choose readable words on a hue ("right" or "wrong") of this opacity.

    Black or white, whichever stands out more on each page; one of the two always reaches the 4.5
    that WCAG 2.1 asks for.
    """
    names = []
    for page, palette in (("light", LIGHT), ("dark", DARK)):
        ground = mix(rgb(getattr(palette, hue)), rgb(palette.card), strength)
        white = contrast((255.0, 255.0, 255.0), ground) > contrast((0.0, 0.0, 0.0), ground)
        names.append(f"{page}-{'white' if white else 'black'}")
    return " ".join(names)


def rgb(colour: str) -> Colour:
    """The colour that "#ff8000" writes: (255, 128, 0)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return float(red), float(green), float(blue)


def mix(above: Colour, below: Colour, opacity: float) -> Colour:
    """What is seen when one colour lies on another."""
    red, green, blue = (opacity * a + (1 - opacity) * b for a, b in zip(above, below, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """How well two colours can be told apart, 1 to 21; WCAG 2.1, "contrast ratio"."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
