"""Where the boxes of a directed graph go: in layers, with few crossings and straight links.

The way of Sugiyama, Tagawa and Toda 1981: longest-path layers, links over several layers broken
into one piece per layer, barycentre ordering; then places across the layers by least squares.

Along is the direction in which the graph is read, across the other one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Link = tuple[int, int]
Point = tuple[float, float]
"""(along, across), in pixels."""

SWEEPS = 12
SOURCE_PULL = 0.1
"""How strongly a source's link pulls, compared with the others."""


@dataclass(frozen=True)
class Layout:
    """The middle of each box, the points each link passes, and the size of the whole."""

    centres: list[Point]
    paths: list[list[Point]]
    along: float
    across: float


def lay_out(
    sizes: Sequence[Point], links: Sequence[Link], *, gap_along: float, gap_across: float
) -> Layout:
    """Places for boxes of these sizes; links go from a box to one with a higher position."""
    chains, layer_of = _broken_links(_layers(len(sizes), links), links)
    every_size = [*sizes, *[(0.0, 0.0)] * (len(layer_of) - len(sizes))]
    pieces = [piece for chain in chains for piece in pairwise(chain)]
    before: list[list[int]] = [[] for _ in layer_of]
    after: list[list[int]] = [[] for _ in layer_of]
    for start, end in pieces:
        before[end].append(start)
        after[start].append(end)
    rows: list[list[int]] = [[] for _ in range(max(layer_of) + 1)]
    for node, layer in enumerate(layer_of):
        rows[layer].append(node)
    _order(rows, before, after)
    across = _places_across(rows, before, after, [size[1] for size in every_size], gap_across)
    along, length = _places_along(rows, [size[0] for size in every_size], gap_along)
    lowest = min(across[i] - size[1] / 2 for i, size in enumerate(every_size))
    highest = max(across[i] + size[1] / 2 for i, size in enumerate(every_size))
    points = [(along[layer], across[i] - lowest) for i, layer in enumerate(layer_of)]
    paths = [[points[node] for node in chain] for chain in chains]
    return Layout(points[: len(sizes)], paths, length, highest - lowest)


def _layers(count: int, links: Sequence[Link]) -> list[int]:
    """The longest way from any source; sources themselves move up to just before their use."""
    layer = [0] * count
    for start, end in sorted(links, key=lambda link: link[1]):
        layer[end] = max(layer[end], layer[start] + 1)
    for source in set(range(count)) - {end for _, end in links}:
        used_in = [layer[end] for start, end in links if start == source]
        layer[source] = min(used_in, default=1) - 1
    return layer


def _broken_links(layer: list[int], links: Sequence[Link]) -> tuple[list[list[int]], list[int]]:
    """Each link as the nodes it passes, one per layer; the layers with those added at the end."""
    layer_of, chains = list(layer), []
    for start, end in links:
        between = range(layer[start] + 1, layer[end])
        added = list(range(len(layer_of), len(layer_of) + len(between)))
        layer_of.extend(between)
        chains.append([start, *added, end])
    return chains, layer_of


def _order(rows: list[list[int]], before: list[list[int]], after: list[list[int]]) -> None:
    """Sort each layer by the mean place of its neighbours, there and back, several times."""
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        place = {node: i for row in rows for i, node in enumerate(row)}
        for row in rows if forward else reversed(rows):
            row.sort(key=_barycentre(place, before if forward else after))
            place.update({node: i for i, node in enumerate(row)})


def _barycentre(place: dict[int, int], neighbours: list[list[int]]) -> Callable[[int], float]:
    def key(node: int) -> float:
        around = neighbours[node]
        return sum(place[other] for other in around) / len(around) if around else place[node]

    return key


def _places_across(
    rows: list[list[int]],
    before: list[list[int]],
    after: list[list[int]],
    sizes: list[float],
    gap: float,
) -> list[float]:
    """Pull each node towards its neighbours, as far as the others in its layer allow.

    What comes out minimises, layer by layer in turn, the squared slants of the links; sources pull
    little, so that the way the values travel stays straight.
    """
    across = [0.0] * len(sizes)
    pull = [1.0 if node else SOURCE_PULL for node in before]

    def wish(node: int) -> tuple[float, float]:
        pulls = [(across[other], pull[other]) for other in before[node]]
        pulls += [(across[other], pull[node]) for other in after[node]]
        weight = sum(strength for _, strength in pulls)
        return sum(at * strength for at, strength in pulls) / max(weight, 1e-9), weight

    for sweep in range(10 * SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wishes = [wish(node) for node in row]
            places = _apart(wishes, [sizes[node] for node in row], gap)
            for node, place in zip(row, places, strict=True):
                across[node] = place
    return across


def _apart(wishes: list[tuple[float, float]], sizes: list[float], gap: float) -> list[float]:
    """The places nearest to the wishes (place, weight) in this order, at least gap apart.

    With the room that lies before each taken off, what is left to find is the nearest sequence
    that never falls, by least squares: neighbours that would fall are pooled until none does.
    """
    room = [0.0]
    for left, right in pairwise(sizes):
        room.append(room[-1] + (left + right) / 2 + gap)
    pools: list[tuple[float, float, int]] = []  # mean wish, weight, nodes
    for (wish, weight), taken in zip(wishes, room, strict=True):
        mean, weight, count = wish - taken, max(weight, 1e-9), 1
        while pools and pools[-1][0] > mean:
            other, other_weight, nodes = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, count = weight + other_weight, count + nodes
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + taken for mean, taken in zip(means, room, strict=True)]


def _places_along(
    rows: list[list[int]], sizes: list[float], gap: float
) -> tuple[list[float], float]:
    """The middle of each layer, and the length of all."""
    middles, end = [], 0.0
    for row in rows:
        size = max(sizes[node] for node in row)
        middles.append(end + size / 2)
        end += size + gap
    return middles, end - gap
