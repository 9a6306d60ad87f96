"""The layout of graphs: what has to hold for any graph, tried on random ones."""

import random
from itertools import combinations, pairwise

import pytest

from chainrule.explain.layout import lay_out
from chainrule.explain.svg import element, escape, shortened, text_width


@pytest.fixture(params=range(8))
def graph(request):
    """Sizes and links of a random graph, each box linked to some before it."""
    rng = random.Random(request.param)
    count = 5 + 4 * request.param
    sizes = [(rng.uniform(20, 90), rng.uniform(20, 60)) for _ in range(count)]
    links = {(rng.randrange(end), end) for end in range(1, count) for _ in range(rng.randint(0, 2))}
    return sizes, sorted(links)


def test_boxes_never_overlap(graph):
    sizes, links = graph
    layout = lay_out(sizes, links, gap_along=10, gap_across=8)
    for i, j in combinations(range(len(sizes)), 2):
        along = abs(layout.centres[i][0] - layout.centres[j][0])
        across = abs(layout.centres[i][1] - layout.centres[j][1])
        apart_along = along >= (sizes[i][0] + sizes[j][0]) / 2
        assert apart_along or across >= (sizes[i][1] + sizes[j][1]) / 2 + 8 - 1e-6


def test_links_run_forward_from_box_to_box(graph):
    sizes, links = graph
    layout = lay_out(sizes, links, gap_along=10, gap_across=8)
    for (start, end), path in zip(links, layout.paths, strict=True):
        assert path[0] == layout.centres[start]
        assert path[-1] == layout.centres[end]
        assert all(here[0] < there[0] for here, there in pairwise(path))


def test_everything_lies_inside_the_picture(graph):
    sizes, links = graph
    layout = lay_out(sizes, links, gap_along=10, gap_across=8)
    for (along, across), (length, breadth) in zip(layout.centres, sizes, strict=True):
        assert length / 2 - 1e-6 <= along <= layout.along - length / 2 + 1e-6
        assert breadth / 2 - 1e-6 <= across <= layout.across - breadth / 2 + 1e-6


def test_a_chain_is_straight_also_where_leaves_join_it():
    sizes = [(10.0, 10.0)] * 7
    links = [(0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6)]
    layout = lay_out(sizes, links, gap_along=10, gap_across=10)
    way = [layout.centres[node][1] for node in (2, 4, 6)]
    assert max(way) - min(way) < 4


def test_a_leaf_stands_just_before_its_first_use():
    layout = lay_out(
        [(10.0, 10.0)] * 5, [(0, 1), (1, 3), (2, 3), (3, 4)], gap_along=5, gap_across=5
    )
    assert layout.centres[2][0] == layout.centres[1][0]


def test_attributes_are_escaped_and_none_is_left_out():
    assert element("g", class_="a<b", x=1.0, y=None) == '<g class="a&lt;b" x="1"/>'


def test_characters_that_xml_forbids_are_replaced():
    assert escape("a\x00b\ud800") == "a\ufffdb\ufffd"


def test_words_are_cut_to_the_room_there_is():
    assert shortened("short", 12, 100) == "short"
    cut = shortened("속도 제한 표지판", 12, 60)
    assert cut.endswith("…")
    assert text_width(cut, 12) <= 60
