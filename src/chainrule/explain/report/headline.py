"""The top of the report: what came out, in one sentence and five numbers."""

import shlex
from dataclasses import dataclass

from chainrule.explain.report.facts import Facts
from chainrule.explain.report.words import Words
from chainrule.runs import wilson
from chainrule.training import Evaluation


@dataclass(frozen=True)
class Tile:
    """One number with its name and a remark."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class Headline:
    """sentence: the result; resume: the command to go on with, of an unfinished run only."""

    name: str
    about: str
    sentence: str
    resume: str
    tiles: list[Tile]


def headline(facts: Facts, words: Words) -> Headline:
    """The result, or how far the run has come."""
    tiles = [_test(facts, words), _validation(facts, words), *_sizes(facts, words)]
    record = facts.record
    if facts.test is None:
        folder = shlex.quote(str(facts.run.folder.path))
        resume, sentence = f"chainrule resume {folder}", _unfinished(facts, words)
    else:
        resume, sentence = "", _measured(facts.test.measured, words)
    return Headline(record["recipe"], words.said(facts.run.about), sentence, resume, tiles)


def _measured(measured: Evaluation, words: Words) -> str:
    low, high = wilson(measured.right, measured.images)
    return words(
        "headline.measured",
        right=f"{measured.right:,}",
        images=f"{measured.images:,}",
        low=words.percent(low, 1),
        high=words.percent(high, 1),
    )


def _unfinished(facts: Facts, words: Words) -> str:
    lacking = [words("missing.epochs")] if not facts.history.epochs else []
    lacking += [words("missing.weights")] if not facts.trained else []
    return words(
        "headline.unfinished",
        epochs=len(facts.history),
        planned=facts.run.settings.epochs,
        missing=", ".join([*lacking, words("missing.test")]),
    )


def _test(facts: Facts, words: Words) -> Tile:
    label = words("headline.test")
    if facts.test is None:
        return Tile(label, "\u2013", words("headline.not_yet"))
    measured = facts.test.measured
    interval = wilson(measured.right, measured.images)
    note = words("headline.test_note", interval=words.interval(*interval))
    return Tile(label, words.percent(measured.accuracy), note)


def _validation(facts: Facts, words: Words) -> Tile:
    label, images = words("headline.validation"), facts.record["data"]["validation"]
    best = facts.history.best if facts.history.epochs else None
    if best is None or best.validation_accuracy is None:
        key = "headline.not_yet" if images else "headline.validation_none"
        return Tile(label, "\u2013", words(key))
    note = words("headline.validation_note", epoch=best.epoch, images=f"{images:,}")
    return Tile(label, words.percent(best.validation_accuracy), note)


def _sizes(facts: Facts, words: Words) -> list[Tile]:
    layers = facts.layers
    data = {part: facts.record["data"][part] for part in ("train", "validation", "test")}
    counts = {part: f"{count:,}" for part, count in data.items()}
    return [
        Tile(
            words("headline.parameters"),
            f"{layers.parameters:,}",
            words("headline.parameters_learned", learned=f"{layers.learned:,}")
            if layers.why_not_all
            else words("headline.parameters_note", layers=len(layers.rows)),
        ),
        Tile(
            words("headline.time"),
            words.duration(sum(epoch.seconds for epoch in facts.history)),
            words(
                "headline.time_note",
                epochs=len(facts.history),
                planned=facts.run.settings.epochs,
            ),
        ),
        Tile(
            words("headline.data"),
            f"{sum(data.values()):,}",
            words("headline.data_note", **counts),
        ),
    ]
