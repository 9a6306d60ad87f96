"""Where a run's numbers come from: layers, data, settings, and all it takes to repeat it."""

from typing import Any

from chainrule.explain.graph import shape_text
from chainrule.explain.report.facts import Facts
from chainrule.explain.report.words import Words
from chainrule.sentence import Sentence

Rows = list[tuple[str, str]]
"""(label, value)"""


REMARKS = {"frozen": "layers.frozen", "keras": "layers.keras", "heads": "layers.heads"}
"""By why the parameters that are listed and those that are learned differ."""


def layer_rows(facts: Facts) -> list[dict[str, str]]:
    """The layer table as strings; a formula in two parts, so that a line can break before "="."""
    rows = []
    for layer in facts.layers.rows:
        left, _, right = layer.formula.partition(" = ")
        rows.append(
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": shape_text(layer.output_shape),
                "formula": left,
                "count": right,
            }
        )
    return rows


def layers_remark(facts: Facts, words: Words) -> str:
    """Why not all parameters of the table are learned, or more; "" where just they are."""
    layers = facts.layers
    if not layers.why_not_all:
        return ""
    counts = {
        "learned": layers.learned,
        "frozen": layers.frozen,
        "all": layers.parameters,
        "more": layers.learned - layers.parameters,
    }
    texts = {name: f"{count:,}" for name, count in counts.items()}
    return words(REMARKS[layers.why_not_all], **texts)


def input_shape(facts: Facts) -> str:
    """The shape of one image."""
    return shape_text(facts.layers.shape)


def data_rows(facts: Facts, words: Words) -> Rows:
    """The images: which, how many, how they enter the network."""
    data, preprocessing = facts.record["data"], facts.classifier.preprocessing
    colour = "data.size_colour" if preprocessing.channels == 3 else "data.size_grey"
    rows = [(words("data.name"), data["name"]), (words("data.source"), data["source"])]
    for part in ("train", "validation", "test"):
        rows.append((words(f"data.{part}"), words("data.images", count=f"{data[part]:,}")))
    mean, std = (
        ", ".join(f"{value:.4g}" for value in values)
        for values in (preprocessing.mean, preprocessing.std)
    )
    if preprocessing.channels > 1:
        mean, std = f"({mean})", f"({std})"
    return [
        *rows,
        (words("data.size"), words(colour, width=preprocessing.width, height=preprocessing.height)),
        (words("data.scaling"), words("data.scaled", mean=mean, std=std)),
    ]


def data_notes(facts: Facts, words: Words) -> Rows:
    """What takes more room: the classes, and what the user should know about the images."""
    rows = [(words("data.classes"), f"{len(facts.classes)} ({', '.join(facts.classes)})")]
    notes = [Sentence.from_dict(note) for note in facts.record["data"].get("notes", ())]
    return rows + [(words("data.notes"), words.said(note)) for note in notes]


def setting_rows(facts: Facts, words: Words) -> list[tuple[str, str, str]]:
    """Every number of the training: (name, value, meaning)."""
    return [
        (name, _setting(value, words), words(f"settings.{name}"))
        for name, value in facts.run.settings.to_dict().items()
    ]


def _setting(value: Any, words: Words) -> str:
    if value is None:
        return words("form.never")
    if isinstance(value, bool):
        return words("form.yes" if value else "form.no")
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def origin_rows(facts: Facts, words: Words) -> Rows:
    """What it takes to repeat the run, beside the command."""
    record = facts.record
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    started = record["started"].replace("T", " ").replace("+00:00", " UTC")
    rows = [(words("origin.recipe"), f"{record['recipe']}: {words.said(facts.run.about)}")]
    if source := record.get("recipe_source"):
        rows.append((words("origin.recipe_source"), source))
    if start := record.get("start"):
        rows.append((words("origin.start"), f"{start['checkpoint']} (SHA-256 {start['sha256']})"))
    return [
        *rows,
        (words("origin.seed"), str(record["seed"])),
        (words("origin.backend"), facts.run.computed_by),
        *([(words("origin.steps"), steps)] if (steps := facts.run.steps_in_words) else []),
        (words("origin.versions"), versions),
        (words("origin.machine"), words("origin.machine_value", **record["machine"])),
        (words("origin.started"), started),
    ]


def resumed_rows(facts: Facts, words: Words) -> Rows:
    """The commands that went on with the run."""
    return [(words("origin.resumed"), command) for command in facts.record.get("resumed", ())]
