"""The report: complete, true, and one file that needs nothing else."""

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser

import pytest

from chainrule.errors import RunError, UsageError
from chainrule.explain.report import write_report
from chainrule.runs import Run, wilson
from chainrule.training.history import Epoch, History

VOID = {"meta", "img", "br", "link", "input", "hr"}
SECTIONS = [
    "curves",
    "confusion",
    "classes",
    "mistakes",
    "filters",
    "layers",
    "data",
    "settings",
    "origin",
]


class Reader(HTMLParser):
    """Collects sections, addresses and text, and insists that every tag is closed in turn."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.sections, self.addresses, self.images, self.words = [], [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section" and "id" in values:
            self.sections.append(values["id"])
        if tag == "img":
            self.images.append(values)
        self.addresses += [values[name] for name in ("src", "href", "action") if name in values]

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture
def page(finished, tmp_path):
    return write_report(finished, tmp_path / "report.html").read_text(encoding="utf-8")


def read(run, folder, **options):
    return Reader(write_report(run, folder / "page.html", **options).read_text(encoding="utf-8"))


def test_a_finished_run_gets_every_section(page):
    assert Reader(page).sections == SECTIONS


def test_nothing_is_loaded_from_anywhere(page, many, tmp_path):
    for html in (page, write_report(many, tmp_path / "many.html").read_text(encoding="utf-8")):
        addresses = Reader(html).addresses
        assert addresses
        assert all(address.startswith(("#", "data:image/png")) for address in addresses)
        assert "url(" not in html
        assert "@import" not in html


def test_only_the_pages_own_script_may_run(page):
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert f"script-src 'sha256-{digest}'" in page


def test_class_names_are_shown_and_never_run(page, finished):
    names = finished.model_facts()[1]
    assert names[0].startswith("<script>alert")
    assert "<script>alert" not in page
    assert all(name in Reader(page).text for name in names)


def test_the_headline_says_what_was_measured(page, finished):
    measured = finished.evaluation()[0]
    right = int((measured.predicted == measured.labels).sum())
    low, high = wilson(right, 60)
    text = Reader(page).text
    assert f"{right} of 60 test images" in text
    assert f"between {100 * low:.1f} % and {100 * high:.1f} %" in text
    assert f"{100 * right / 60:.2f} %" in text


def test_the_matrix_counts_every_test_image(page):
    svg = re.search(r'<svg[^>]*class="matrix".*?</svg>', page, re.S)[0]
    notes = [note.text for note in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")]
    cells = [re.search(r": (\d+) of 20 images", note) for note in notes if ", taken for " in note]
    assert sum(int(cell[1]) for cell in cells) == 60


def test_mistakes_are_pictures_with_words(page, finished):
    reader = Reader(page)
    shown = [image for image in reader.images if image["alt"]]
    assert 0 < len(shown) == len(finished.evaluation()[1])
    assert all("taken for" in image["alt"] for image in shown)
    assert finished.mistake_names()[0].rpartition("/")[2] in reader.text


def test_settings_versions_digest_notes_and_command_are_there(page, finished):
    text = Reader(page).text
    for name in finished.settings.to_dict():
        assert name in text
    for fact in (
        finished.record["data"]["sha256"],
        finished.record["versions"]["numpy"],
        finished.record["machine"]["processor"],
        finished.record["started"][:10],
        "chainrule train digits --epochs 2",
        "skipped 1 image: a<b.png",
    ):
        assert fact in text


def test_the_decks_network_is_counted_with_its_arithmetic(begun, tmp_path):
    text = read(begun, tmp_path).text
    for formula in (
        "(3*3*3 + 1) * 32 = 896",
        "(3*3*32 + 1) * 64 = 18,496",
        "(3136 + 1) * 512 = 1,606,144",
        "1,639,914",
    ):
        assert formula in text


def test_a_run_before_its_first_epoch_says_what_is_missing(begun, tmp_path):
    reader = read(begun, tmp_path)
    assert "This run is not finished: 0 of 25 epochs are done." in reader.text
    assert "the first epoch" in reader.text
    assert f"chainrule resume {begun.folder.path}" in reader.text
    assert not {"confusion", "classes", "mistakes"} & set(reader.sections)
    assert "There are no learned weights yet." in reader.text


def test_an_interrupted_run_shows_the_epochs_it_has(begun, tmp_path):
    begun.record["status"] = "interrupted"
    begun.write_record()
    History([Epoch(1, 2.0, 0.2, 1.9, 0.3, 0.001, 4.0)]).write(begun.folder.history)
    text = read(Run.open(begun.folder.path), tmp_path).text
    assert "1 of 25 epochs are done" in text
    assert "cannot be told from fewer than three epochs" in text


def test_the_overfitting_point_is_marked_and_explained(begun, tmp_path):
    validation = [1.0, 0.6, 0.4, 0.5, 0.7]
    epochs = [
        Epoch(i, 1 / i, 0.1 * i, loss, 0.5 + 0.01 * i, 0.001, 1.0)
        for i, loss in enumerate(validation, start=1)
    ]
    History(epochs).write(begun.folder.history)
    text = read(begun, tmp_path).text
    assert "kept: epoch 5" in text
    assert text.count("overfitting from epoch 3") == 2
    assert "Overfitting from epoch 3: there the validation loss was lowest (0.4000)." in text


def test_a_run_without_validation_says_so(unvalidated, tmp_path):
    text = read(unvalidated, tmp_path).text
    assert "no images held out" in text
    assert "overfitting cannot be seen" in text
    assert "Validation loss" not in text


def test_a_perceptrons_first_weights_are_templates(unvalidated, tmp_path):
    text = read(unvalidated, tmp_path).text
    assert "50 templates of 8 by 8" in text


def test_forty_three_classes_are_all_named(many, tmp_path):
    reader = read(many, tmp_path)
    assert all(f" {k} " in reader.text for k in range(43))
    assert reader.text.count("roundabout mandator…") == 30
    assert (tmp_path / "page.html").stat().st_size < 500_000


def test_the_korean_page_has_the_same_parts(finished, tmp_path):
    path = write_report(finished, tmp_path / "ko.html", language="ko")
    html = path.read_text(encoding="utf-8")
    reader = Reader(html)
    assert '<html lang="ko">' in html
    assert reader.sections == SECTIONS
    assert "혼동" in unescape(html)
    assert "가장 확신한 오답" in reader.text


def test_an_unknown_language_is_refused(finished, tmp_path):
    with pytest.raises(UsageError, match="'fr' cannot be written: choose one of en, ko"):
        write_report(finished, tmp_path / "fr.html", language="fr")


def test_a_finished_run_that_lost_its_evaluation_is_refused(unvalidated, tmp_path):
    unvalidated.folder.evaluation.unlink()
    with pytest.raises(RunError, match=r"evaluation\.safetensors is missing"):
        write_report(unvalidated, tmp_path / "page.html")


def test_running_statistics_are_explained_where_they_are_counted(begun, tmp_path):
    record = json.loads(begun.folder.record.read_text(encoding="utf-8"))
    record["settings"]["network"], record["keras_count"] = "own-cnn", True
    begun.folder.record.write_text(json.dumps(record), encoding="utf-8")
    assert "Counted as Keras does" in read(Run.open(begun.folder.path), tmp_path).text


def test_frozen_parameters_are_explained_in_both_languages(begun, tmp_path):
    record = json.loads(begun.folder.record.read_text(encoding="utf-8"))
    record["settings"]["network"], record["settings"]["freeze"] = "own-cnn", "features"
    begun.folder.record.write_text(json.dumps(record), encoding="utf-8")
    frozen = Run.open(begun.folder.path)
    english = read(frozen, tmp_path).text
    assert "2,570 are learned; 618,016 are frozen and keep what they had learned" in english
    assert "2,570 learned" in english
    assert "Keras" not in english
    korean = Reader(write_report(frozen, tmp_path / "ko.html", language="ko").read_text("utf-8"))
    assert "2,570개를 학습하고, 고정된 618,016개는" in korean.text
