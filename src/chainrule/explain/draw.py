"""draw: the computational graph of a tensor as a picture, with every value and gradient."""

from dataclasses import dataclass
from pathlib import Path

from chainrule.errors import UsageError
from chainrule.explain.graph import Box, Graph, Kind, graph_of
from chainrule.explain.layout import Layout, Point, lay_out
from chainrule.explain.svg import FONT, element, picture, text, text_width, title
from chainrule.tape import Tensor

PAPER, CARD, LINE, INK, QUIET = "#f7f6f2", "#ffffff", "#c9c5ba", "#22252a", "#6b6a63"
VALUE, VALUE_TINT = "#0b5394", "#e6eff8"
GRADIENT, GRADIENT_TINT = "#b03a10", "#fbeae2"
COLOURS = ((VALUE, VALUE_TINT), (GRADIENT, GRADIENT_TINT))
DARK = "#3a3f47"

MARGIN, LEGEND, PAD, RADIUS, CELL_GAP = 28, 34, 12, 7, 4
TITLE, DETAIL, NUMBER = 15, 11.5, 13.5
"""Sizes of letters, in pixels."""

WIDE = 1400
"""Pixels above which a graph runs down the page instead: people scroll down, not sideways."""


@dataclass(frozen=True)
class Drawing:
    """A picture of a computational graph; notebooks show it by themselves."""

    svg: str

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file that ends in .svg.

        Raises    UsageError for another ending
        """
        path = Path(path)
        if path.suffix.lower() != ".svg":
            raise UsageError(f"draw: {path} does not end in .svg, the format of the picture")
        path.write_text(self.svg + "\n", encoding="utf-8")
        return path

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Drawing({len(self.svg):,} characters of SVG: save it with .save('graph.svg'))"


def draw(f: Tensor, path: str | Path | None = None) -> Drawing:
    """The computational graph that f came out of, as an SVG picture.

    Each tensor shows its name (or a letter), its value, and its gradient once f.backward() has
    run; of an array its shape, mean, lowest and highest. Large graphs join a function and its
    result in one box. A tensor without a history is a picture of one box.

    path: where to save the picture too; a name that ends in .svg

    Raises    UsageError when f is no tensor, or path has another ending
    """
    if not isinstance(f, Tensor):
        raise UsageError(f"draw: a tensor was expected, but a {type(f).__name__} came")
    drawing = Drawing(_svg(graph_of(f)))
    if path is not None:
        drawing.save(path)
    return drawing


def _svg(graph: Graph) -> str:
    sizes = [_size(box) for box in graph.boxes]
    layout = lay_out(sizes, graph.links, gap_along=36, gap_across=18)
    downwards = layout.along > WIDE
    if downwards:
        turned = [(height, width) for width, height in sizes]
        layout = lay_out(turned, graph.links, gap_along=30, gap_across=24)
    return _paint(graph, sizes, layout, downwards)


def _paint(graph: Graph, sizes: list[Point], layout: Layout, downwards: bool) -> str:
    def at(point: Point) -> Point:
        x, y = reversed(point) if downwards else point
        return x + MARGIN, y + MARGIN

    legend, legend_width = _legend(graph)
    width, height = (layout.across, layout.along) if downwards else (layout.along, layout.across)
    width = max(width, legend_width) + 2 * MARGIN
    height = height + 2 * MARGIN + LEGEND
    links = []
    for (_, end), path in zip(graph.links, layout.paths, strict=True):
        reach = sizes[end][1 if downwards else 0] / 2 + 2
        path = [*path[:-1], (path[-1][0] - reach, path[-1][1])]
        links.append(_link([at(point) for point in path], downwards))
    boxes = [
        _box(box, size, at(centre))
        for box, size, centre in zip(graph.boxes, sizes, layout.centres, strict=True)
    ]
    paper = element(
        "rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=10, fill=PAPER, stroke=LINE
    )
    return picture(
        width,
        height,
        title("Computational graph: values forward, gradients backward"),
        element("defs", _arrow_head()),
        paper,
        *links,
        *boxes,
        element("g", legend, transform=f"translate({MARGIN} {height - LEGEND + 2:g})"),
        font_family=FONT,
        role="img",
    )


def _arrow_head() -> str:
    shape = element("path", d="M0 1 L9 5 L0 9 z", fill="#8d897d")
    return element(
        "marker",
        shape,
        id="chainrule-arrow",
        viewBox="0 0 10 10",
        refX=8,
        refY=5,
        markerWidth=7,
        markerHeight=7,
        orient="auto-start-reverse",
    )


def _link(points: list[Point], downwards: bool) -> str:
    """A smooth line through the points, level where it starts, passes and ends."""
    (x, y), *rest = points
    way = f"M{x:.1f} {y:.1f}"
    for to_x, to_y in rest:
        if downwards:
            middle = (y + to_y) / 2
            way += f" C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
        else:
            middle = (x + to_x) / 2
            way += f" C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    return element(
        "path",
        d=way,
        fill="none",
        stroke="#a5a196",
        stroke_width=1.6,
        marker_end="url(#chainrule-arrow)",
    )


def _size(box: Box) -> Point:
    """(width, height) of a box in pixels."""
    if box.kind is Kind.FUNCTION:
        width = text_width(box.title, TITLE)
        return (34.0, 34.0) if width < 24 else (width + 2 * PAD, 32.0)
    if _is_wide(box):
        lines = [(box.title, TITLE), *[(line, DETAIL) for line in box.detail]]
        lines += [(line, DETAIL) for line in _numbers(box)]
        width = max(text_width(words, size) for words, size in lines)
        height = 26 * bool(box.title) + 16 * len(box.detail) + 22 * len(_numbers(box))
        return width + 2 * PAD, height + 8.0
    width = max(sum(_cells(box)) + CELL_GAP, text_width(box.title, TITLE) + 2 * PAD)
    return width, 26 + 26.0 * bool(box.title)


def _cells(box: Box) -> list[float]:
    """The widths that the value and the gradient of a small card take."""
    return [max(32.0, text_width(words, NUMBER) + 14) + CELL_GAP for words in _numbers(box)]


def _is_wide(box: Box) -> bool:
    """Whether a box needs a line for each thing it says, as arrays do."""
    return bool(box.detail) or box.kind is Kind.STEP


def _numbers(box: Box) -> list[str]:
    return [words for words in (box.value, box.gradient) if words]


def _box(box: Box, size: Point, centre: Point) -> str:
    left, top = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    paint = _function if box.kind is Kind.FUNCTION else _wide_card if _is_wide(box) else _small_card
    inside = paint(box, *size)
    note = title(box.note) if box.note else ""
    return element("g", note, *inside, transform=f"translate({left:.1f} {top:.1f})")


def _function(box: Box, width: float, height: float) -> list[str]:
    sign = not box.title[0].isalnum()
    return [
        element("rect", width=width, height=height, rx=height / 2, fill=DARK),
        text(
            box.title,
            width / 2,
            height / 2 + (9.5 if box.title == "*" else 6 if sign else 5),
            text_anchor="middle",
            font_size=22 if box.title == "*" else 19 if sign and width < 40 else 14,
            font_weight=500,
            fill="#ffffff",
        ),
    ]


def _card(box: Box, width: float, height: float) -> str:
    border = {Kind.INPUT: "#8fa9c4", Kind.STEP: "#8d897d"}.get(box.kind, LINE)
    return element("rect", width=width, height=height, rx=RADIUS, fill=CARD, stroke=border)


def _small_card(box: Box, width: float, height: float) -> list[str]:
    """The name above; the value and the gradient side by side below."""
    parts = [_card(box, width, height)]
    top = 0.0
    if box.title:
        top = 26.0
        parts.append(_words(box.title, width / 2, 18, TITLE, INK, 600))
    cells = _cells(box)
    spare = (width - CELL_GAP - sum(cells)) / len(cells)  # a long name makes the card wider
    left = float(CELL_GAP)
    for (ink, tint), words, cell in zip(COLOURS, _numbers(box), cells, strict=False):
        room = cell + spare - CELL_GAP
        bar = element("rect", x=left, y=top + 2.5, width=room, height=20.5, rx=4, fill=tint)
        parts += [bar, _words(words, left + room / 2, top + 17.5, NUMBER, ink, 600)]
        left += room + CELL_GAP
    return parts


def _wide_card(box: Box, width: float, height: float) -> list[str]:
    """The name, then one line for each detail, the value and the gradient."""
    parts = [_card(box, width, height)]
    top = 0.0
    if box.title:
        parts.append(_words(box.title, width / 2, 20, TITLE, INK, 600))
        top = 26.0
    for line in box.detail:
        parts.append(_words(line, width / 2, top + 13, DETAIL, QUIET, 400))
        top += 16
    for (ink, tint), words in zip(COLOURS, _numbers(box), strict=False):
        bar = element("rect", x=4, y=top + 4, width=width - 8, height=19, rx=4, fill=tint)
        parts += [bar, _words(words, width / 2, top + 17.5, DETAIL, ink, 500)]
        top += 22
    return parts


def _words(words: str, x: float, y: float, size: float, colour: str, weight: int) -> str:
    return text(words, x, y, text_anchor="middle", font_size=size, fill=colour, font_weight=weight)


def _legend(graph: Graph) -> tuple[str, float]:
    """What the colours mean, and how wide that is."""
    entries = [(VALUE, VALUE_TINT, "value")]
    if any(box.gradient for box in graph.boxes):
        entries.append((GRADIENT, GRADIENT_TINT, f"gradient of {graph.result}"))
    parts, x = [], 0.0
    for ink, tint, words in entries:
        swatch = element("rect", x=x, y=0, width=16, height=14, rx=3, fill=tint, stroke=ink)
        parts += [swatch, text(words, x + 23, 11.5, font_size=12.5, fill=ink)]
        x += 23 + text_width(words, 12.5) + 18
    return "".join(parts), x - 18
