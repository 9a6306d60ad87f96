"""draw: the deck's example number by number, and pictures that hold for any graph."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from chainrule import draw, ops, tensor
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.zoo import NETWORKS

SVG = "{http://www.w3.org/2000/svg}"


def boxes(drawing):
    """What each box of a picture says, in the picture's order."""
    groups = ET.fromstring(drawing.svg).findall(f"{SVG}g")
    return [[text.text for text in group.iter(f"{SVG}text")] for group in groups]


def deck():
    w, x, b = (
        tensor(value, name=name, needs_grad=True)
        for name, value in (("w", -2.0), ("x", 5.0), ("b", 3.0))
    )
    return w * x + b


def test_the_decks_example_shows_its_values_and_gradients():
    f = deck()
    f.backward()
    said = boxes(draw(f))
    for card in (
        ["w", "-2", "5"],
        ["x", "5", "-2"],
        ["b", "3", "1"],
        ["g", "-10", "1"],
        ["f", "-7", "1"],
        ["*"],
        ["+"],
        ["value", "gradient of f"],
    ):
        assert card in said
    assert len(said) == 8


def test_before_backward_there_are_values_but_no_gradients():
    said = boxes(draw(deck()))
    assert ["f", "-7"] in said
    assert said[-1] == ["value"]


def test_a_tensor_without_history_is_one_box():
    assert boxes(draw(tensor(7.0, name="lonely"))) == [["lonely", "7"], ["value"]]


def test_a_number_in_a_formula_has_no_name():
    x = tensor(3.0, name="x", needs_grad=True)
    assert ["4"] in boxes(draw(x * 4.0))


def test_a_free_letter_is_never_a_name_in_use():
    g, f = (tensor(value, name=name, needs_grad=True) for name, value in (("g", 2.0), ("f", 3.0)))
    names = [said[0] for said in boxes(draw(g * f + g))[:-1] if len(said) > 1]
    assert sorted(names) == ["f", "g", "h", "i"]


def test_more_tensors_than_letters_get_numbers():
    leaves = [tensor([float(i)], needs_grad=True) for i in range(30)]
    names = [said[0] for said in boxes(draw(ops.concat(leaves)))[:-1]]
    assert len(set(names)) == len(names) == 32
    assert {"f", "z", "t1", "t5"} <= set(names)


def test_whole_numbers_and_empty_arrays_are_told_as_they_are():
    assert boxes(draw(tensor(np.array([3, 1, 2]), name="t")))[0] == ["t", "3", "1 to 3"]
    assert boxes(draw(tensor(np.zeros((0, 2)), name="none")))[0] == ["none", "0 × 2", "empty"]


def test_names_are_escaped_and_shown_as_they_are():
    x = tensor(1.0, name='<사과> & "배"\x00', needs_grad=True)
    assert ['<사과> & "배"\ufffd', "1"] in boxes(draw(x * x))


def test_a_shared_tensor_is_drawn_once_with_the_sum_of_its_gradients():
    a = tensor(3.0, name="a", needs_grad=True)
    f = a**2 + a * 4.0
    f.backward()
    assert [said for said in boxes(draw(f)) if said[0] == "a"] == [["a", "3", "10"]]
    assert ["**2"] in boxes(draw(f))


def test_arrays_show_their_shape_and_range():
    w = tensor(np.array([[1.0, 2.0, 6.0]]), name="w", needs_grad=True)
    f = w.sum()
    f.backward()
    assert ["w", "1 × 3", "mean 3, 1 to 6", "mean 1, 1 to 1"] in boxes(draw(f))


def test_a_whole_network_joins_each_function_with_its_result():
    init.seed(0)
    model = NETWORKS["cifar10-74"]((3, 32, 32), 10)
    images = tensor(np.zeros((2, 3, 32, 32), np.float32), name="images")
    loss = ops.softmax_cross_entropy(model(images), np.array([0, 1]))
    loss.name = "loss"
    loss.backward()
    said = boxes(draw(loss))
    first = next(lines for lines in said if lines[0] == "Conv2d")
    assert first[1:4] == ["weight 32 × 3 × 3 × 3", "bias 32", "→ 2 × 32 × 30 × 30"]
    assert said[-2][0] == "loss = SoftmaxCrossEntropy"
    assert len(said) < 30


def test_a_graph_of_a_thousand_functions_can_be_drawn():
    a = tensor(1.0, name="a", needs_grad=True)
    y = a
    for _ in range(1000):
        y = y + a
    assert len(boxes(draw(y))) == 1001


def test_a_function_shows_its_page_under_a_pointer():
    notes = [note.text for note in ET.fromstring(draw(deck()).svg).iter(f"{SVG}title")]
    assert any("Backward  da = dy * b, db = dy * a" in note for note in notes)


def test_notebooks_and_files_get_the_same_picture(tmp_path):
    drawing = draw(deck(), tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").strip() == drawing.svg
    assert drawing._repr_svg_() == drawing.svg
    assert "characters of SVG" in repr(drawing)


def test_another_file_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"graph\.png does not end in \.svg"):
        draw(deck(), tmp_path / "graph.png")


def test_something_else_than_a_tensor_is_refused():
    with pytest.raises(UsageError, match="a tensor was expected, but a float came"):
        draw(3.0)
