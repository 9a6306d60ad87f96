"""The report's parts: words in two languages, readable colours, pictures, charts."""

import ast
import base64
import copy
import io
import json
import re
import string
import xml.etree.ElementTree as ET
from dataclasses import fields
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from chainrule import explain
from chainrule.data import Preprocessing
from chainrule.explain.palette import DARK, LIGHT, contrast, ink_classes, mix, rgb
from chainrule.explain.report.curves import Axis, Line, Mark, chart
from chainrule.explain.report.matrix import matrix, most_confused
from chainrule.explain.report.pictures import LARGEST, first_filters, image_uri
from chainrule.explain.report.results import class_rows
from chainrule.explain.report.words import FOLDER, LANGUAGES, Words
from chainrule.runs import Classifier
from chainrule.sentence import Sentence
from chainrule.zoo import NETWORKS, Settings

SOURCE = Path(explain.__file__).parent.parent


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_matplotlib_comes_in_by_one_door():
    room = Path(explain.__file__).parent
    doors = [
        str(path.relative_to(room))
        for path in room.parent.rglob("*.py")
        if re.search(r"^\s*(import|from) matplotlib", path.read_text(encoding="utf-8"), re.M)
    ]
    assert doors == ["charts.py"]


def test_each_language_has_a_file_and_each_file_a_language():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language):
    english, other = Words("en")._sentences, Words(language)._sentences
    assert set(other) == set(english)
    for key, sentence in english.items():
        assert placeholders(other[key]) == placeholders(sentence), key


def patterns_in(path):
    """What a file makes Sentences of: strings, or names that stand for one string."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    wanted = {call.args[0] for call in called if getattr(call.func, "id", None) == "Sentence"}
    named = [
        (node.targets[0].id, node.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    ]
    used = {part.id for part in wanted if isinstance(part, ast.Name)}
    known = {name: value for name, value in named if name in used}
    assert sum(name in used for name, _ in named) == len(known), f"a name twice in {path}"
    return {part.value if isinstance(part, ast.Constant) else known[part.id] for part in wanted}


def test_every_reason_can_be_said_in_korean():
    patterns = {pattern for path in SOURCE.rglob("*.py") for pattern in patterns_in(path)}
    korean = Words("ko")._said
    assert set(korean) == patterns
    assert len(patterns) > 20
    for english, other in korean.items():
        assert placeholders(other) == placeholders(english)


def test_a_reason_survives_its_record_and_nobody_s_language_loses_it():
    reason = Sentence("mirror images: {found}", found=Sentence("{right:.0%} {{sure}}", right=0.5))
    again = Sentence.from_dict(json.loads(json.dumps(reason.to_dict())))
    assert again == reason == copy.deepcopy(reason) == "mirror images: 50% {sure}"
    assert Words("ko").said(again) == "좌우 반전 사용: 50% {sure}"
    assert Words("en").said(again) == reason
    written_once = Sentence.from_dict("mirror images: of {braces}")
    assert Words("ko").said(written_once) == written_once == "mirror images: of {braces}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_is_explained(language):
    assert all(Words(language)(f"settings.{field.name}") for field in fields(Settings))


def test_no_sentence_is_left_unused():
    root = FOLDER.parent
    files = [*root.glob("*.py"), *(root / "templates").glob("*.html")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in files)
    parts = set(re.findall(r"[a-z_]+", sources))
    for key in Words("en")._sentences:
        section, _, name = key.partition(".")
        whole = re.search(rf"""["']{key}["']""", sources)
        built = (
            re.search(rf"""["']{section}\.(["']|\{{)""", sources)
            and name.removesuffix("_alt") in parts
        )
        assert whole or built or section == "settings", key


def test_times_are_told_as_people_do():
    told = [Words("en").duration(seconds) for seconds in (8.34, 125, 3720)]
    assert told == ["8.3\u00a0s", "2 min 05 s", "1 h 02 min"]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_words_stand_out_from_what_they_lie_on(palette):
    for ground in (palette.paper, palette.card):
        for ink in (palette.ink, palette.quiet, palette.right, palette.wrong):
            assert contrast(rgb(ink), rgb(ground)) >= 4.5


@pytest.mark.parametrize("hue", ["right", "wrong"])
def test_numbers_can_be_read_on_every_shade_of_a_cell(hue):
    inks = {"white": (255.0,) * 3, "black": (0.0,) * 3}
    for strength in np.linspace(0, 1, 101):
        chosen = dict(name.split("-") for name in ink_classes(hue, strength).split())
        for page, palette in (("light", LIGHT), ("dark", DARK)):
            ground = mix(rgb(getattr(palette, hue)), rgb(palette.card), strength)
            assert contrast(inks[chosen[page]], ground) >= 4.5


def pixels(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_a_picture_keeps_every_pixel(rng):
    grey, colour = (rng.integers(0, 256, (C, 5, 7), dtype=np.uint8) for C in (1, 3))
    assert np.array_equal(pixels(image_uri(grey)), grey[0])
    assert np.array_equal(pixels(image_uri(colour)), colour.transpose(1, 2, 0))


def test_pixels_in_0_to_1_look_like_those_in_0_to_255(rng):
    whole = rng.integers(0, 256, (1, 5, 5), dtype=np.uint8)
    assert image_uri((whole / 255).astype(np.float32)) == image_uri(whole)


def test_two_dozen_large_photos_stay_below_a_megabyte_and_a_half(rng):
    photo = rng.integers(0, 256, (3, 300, 400), dtype=np.uint8)
    assert max(pixels(image_uri(photo)).shape) == LARGEST
    assert 24 * len(image_uri(photo)) < 1_500_000


def test_a_filters_zero_is_mid_grey(finished):
    filters = first_filters(finished.classifier())
    weights = finished.classifier().model[0].weight.numpy()
    picture, name = filters.pictures[0]
    assert name == ""  # a filter belongs to no class
    shown = pixels(picture).astype(float)
    expected = 127.5 + 127.5 * weights[0, 0] / np.abs(weights[0]).max()
    assert np.abs(shown - expected).max() <= 1
    assert (filters.kind, filters.count) == ("convolution", len(weights))


def test_a_linear_classifiers_templates_bear_the_names_of_their_classes():
    model = NETWORKS["cifar10-linear"]((1, 4, 4), 2)
    preprocessing = Preprocessing(1, 4, 4, mean=(0.5,), std=(0.25,))
    filters = first_filters(Classifier("cifar10-linear", model, preprocessing, ("cat", "dog")))
    assert (filters.kind, filters.count) == ("templates", 2)
    assert [name for _, name in filters.pictures] == ["cat", "dog"]


def test_recall_and_precision_are_shares_of_rows_and_columns():
    rows = class_rows(np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]), ["a", "b", "c"])
    assert [(row.name, row.recall, row.precision) for row in rows] == [
        ("a", 0.75, 1.0),
        ("b", 1.0, 0.8),
        ("c", None, None),
    ]


def test_the_most_frequent_confusions_come_first():
    counts = np.array([[9, 1, 0], [3, 6, 1], [0, 0, 5]])
    assert most_confused(counts) == [(1, 0, 3, 10), (0, 1, 1, 10), (1, 2, 1, 10)]


@pytest.mark.parametrize("classes", [2, 10, 26, 43])
def test_a_matrix_of_any_size_writes_all_its_numbers(classes):
    counts = np.diag(np.full(classes, 12)) + np.eye(classes, k=1, dtype=np.int64)
    svg = matrix(counts, [f"class number {k}" for k in range(classes)], Words("en"))
    numbers = [text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert numbers.count("12") == classes
    assert numbers.count("1") == classes - 1


def drawn(values, *, name="loss", logarithmic=False, **parts):
    """A chart of a training with these losses; its axis reaches from the lowest to the highest."""
    line = Line("training", list(enumerate(values, start=1)))
    axis = Axis("{:g}".format, min(values), max(values), logarithmic)
    return chart(name, [line], axis, **{"notes": [], "alternative": "a line", **parts})


def labels(svg):
    """The words of a chart beside its axis (anchored at their end), and those below it."""
    texts = list(ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))
    beside = [text.text for text in texts if "text-anchor: end" in text.get("style")]
    below = [text.text for text in texts if "text-anchor: middle" in text.get("style")]
    return beside, below


@pytest.mark.parametrize("values", [(0, 0.4), (0.83, 1), (0.123, 0.124), (0, 7e5)])
def test_an_axis_reaches_from_one_round_number_to_another(values):
    ticks = [float(label) for label in labels(drawn(values))[0]]
    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= values[0] <= values[1] <= ticks[-1]


@pytest.mark.parametrize("values", [(0.02, 2.4), (0.0028, 1.84), (1e-6, 3.0), (0.25, 2.0)])
def test_a_logarithmic_axis_has_a_readable_choice_of_ticks(values):
    ticks = [float(label) for label in labels(drawn(values, logarithmic=True))[0]]
    assert 4 <= len(ticks) <= 10
    assert ticks[0] <= values[0] <= values[1] <= ticks[-1]
    assert {f"{tick:e}"[0] for tick in ticks} <= set("125")


@pytest.mark.parametrize("epochs", [1, 2, 20, 300])
def test_a_chart_numbers_a_readable_choice_of_epochs(epochs):
    below = labels(drawn([1 / epoch for epoch in range(1, epochs + 1)]))[1]
    assert below[0] == "1"
    assert below == sorted(set(below), key=int)
    assert len(below) <= 11


def test_two_charts_on_one_page_share_no_id():
    mark = Mark("overfits", 2, "overfitting", shaded=True)
    loss, accuracy = (drawn([1, 2, 3], name=name, marks=[mark]) for name in ("loss", "accuracy"))
    ids = re.findall(r' id="([^"]+)"', loss + accuracy)
    assert len(ids) == len(set(ids)) > 20
    used = re.findall(r'href="#([^"]+)"', loss + accuracy)
    assert used
    assert set(used) <= set(ids)


def test_a_chart_takes_its_letters_and_colours_from_the_page():
    svg = drawn([1, 2, 3], marks=[Mark("best", 3, "kept"), Mark("overfits", 1, "over", True)])
    assert not re.search(r'font-family|font-size|<style|#[0-9a-f]{6}[;"]', svg)
    for variable in ("quiet", "line", "right", "wrong"):
        assert f"var(--{variable})" in svg


def test_the_same_training_gives_the_same_chart():
    assert drawn([3, 2, 1]) == drawn([3, 2, 1])
    assert "metadata" not in drawn([3, 2, 1])


def test_a_chart_says_what_it_shows_to_readers_and_pointers():
    notes = [(1, 'epoch "1" <a>'), (2, "epoch 2")]
    svg = drawn([1, 2], notes=notes, marks=[Mark("best", 2, "$저장$ <b>")], alternative="1 & 2")
    parsed = ET.fromstring(svg)
    titles = [title.text for title in parsed.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["1 & 2", 'epoch "1" <a>', "epoch 2"]
    assert parsed.get("role") == "img"
    assert "$저장$ <b>" in labels(svg)[0]


def test_a_readers_own_matplotlib_settings_change_nothing():
    plain = drawn([1, 2, 3])
    with mpl.rc_context({"lines.linewidth": 9, "axes.grid": False, "font.size": 30}):
        assert drawn([1, 2, 3]) == plain
