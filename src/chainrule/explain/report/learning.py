"""How a training went: the curves, and what they say, in words."""

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.explain.report.curves import Axis, Line, Mark, chart
from chainrule.explain.report.facts import Facts
from chainrule.explain.report.words import Words
from chainrule.training import History
from chainrule.training.history import Epoch

LONG = 8.0
"""The largest loss over the smallest from which on a logarithmic scale shows more."""


@dataclass(frozen=True)
class Learning:
    """charts: (title, SVG); sentences: what to see in them; rows: every epoch as strings."""

    charts: list[tuple[str, str]]
    sentences: list[str]
    validated: bool
    columns: list[str]
    rows: list[list[str]]


def learning(facts: Facts, words: Words) -> Learning | None:
    """The section; None before the first epoch has ended."""
    history = facts.history
    if not history.epochs:
        return None
    validated = any(epoch.validation_loss is not None for epoch in history)
    marks = _marks(history, words, validated=validated)
    columns, rows = _table(history, words, validated=validated)
    return Learning(
        charts=[_loss_chart(history, marks, words), _accuracy_chart(history, marks, words)],
        sentences=_sentences(history, words, validated=validated),
        validated=validated,
        columns=columns,
        rows=rows,
    )


def _marks(history: History, words: Words, *, validated: bool) -> list[Mark]:
    if not validated:
        return []
    best, overfits = history.best.epoch, history.overfits_from
    marks = [Mark("best", best, words("curves.best_mark", epoch=best))]
    if overfits:
        label = words("curves.overfits_mark", epoch=overfits)
        marks.append(Mark("overfits", overfits, label, shaded=True))
    return marks


def _loss_chart(history: History, marks: list[Mark], words: Words) -> tuple[str, str]:
    lines = _lines(history, "loss")
    values = [value for line in lines for _, value in line.points]
    lowest, highest = min(values), max(values)
    logarithmic = lowest > 0 and highest / lowest >= LONG
    axis = Axis("{:g}".format, lowest if logarithmic else 0.0, highest, logarithmic)
    name = words("curves.loss_log" if logarithmic else "curves.loss")
    return name, _chart("loss", lines, axis, marks, words, words.loss)


def _accuracy_chart(history: History, marks: list[Mark], words: Words) -> tuple[str, str]:
    lines = _lines(history, "accuracy")
    lowest = min(value for line in lines for _, value in line.points)
    # A shorter axis would have ticks between the whole per cents, which alone are written.
    axis = Axis(lambda share: words.percent(share, 0), min(lowest, 0.95), 1.0)
    return words("curves.accuracy"), _chart("accuracy", lines, axis, marks, words, words.percent)


def _lines(history: History, what: str) -> list[Line]:
    lines = []
    for style, field in (("training", f"train_{what}"), ("validation", f"validation_{what}")):
        points = [(epoch.epoch, getattr(epoch, field)) for epoch in history]
        measured = [(epoch, value) for epoch, value in points if value is not None]
        lines += [Line(style, measured)] if measured else []
    return lines


def _chart(
    what: str,
    lines: list[Line],
    axis: Axis,
    marks: list[Mark],
    words: Words,
    shown: Callable[[float], str],
) -> str:
    values = {line.style: dict(line.points) for line in lines}
    training = lines[0].points
    alternative = words(
        f"curves.{what}_alt",
        epochs=len(training),
        train_first=shown(training[0][1]),
        train_last=shown(training[-1][1]),
    )
    if len(lines) > 1:
        first, last = lines[1].points[0][1], lines[1].points[-1][1]
        alternative += " " + words("curves.validation_alt", first=shown(first), last=shown(last))
    notes = []
    for epoch, _ in training:
        said = [words("curves.point", epoch=epoch)]
        for style, points in values.items():
            if epoch in points:
                said.append(f"{words(f'curves.{style}')} {shown(points[epoch])}")
        notes.append((epoch, "\n".join(said)))
    return chart(what, lines, axis, marks=marks, notes=notes, alternative=alternative)


def _sentences(history: History, words: Words, *, validated: bool) -> list[str]:
    best = history.best
    if not validated or best.validation_accuracy is None or best.validation_loss is None:
        return [words("curves.best_last", epoch=best.epoch)]
    kept = words(
        "curves.best",
        epoch=best.epoch,
        accuracy=words.percent(best.validation_accuracy),
        loss=words.loss(best.validation_loss),
    )
    sentences = [kept, _overfitting(history, words)]
    if best.train_accuracy < best.validation_accuracy:
        sentences.append(words("curves.training_worse"))
    return sentences


def _overfitting(history: History, words: Words) -> str:
    if history.overfits_from is None:
        return words("curves.overfits_not" if len(history) > 2 else "curves.overfits_unknown")
    start = next(epoch for epoch in history if epoch.epoch == history.overfits_from)
    return words(
        "curves.overfits", epoch=start.epoch, loss=words.loss(start.validation_loss or 0.0)
    )


def _table(history: History, words: Words, *, validated: bool) -> tuple[list[str], list[list[str]]]:
    columns: list[tuple[str, Callable[[float], str]]] = [
        ("epoch", "{:g}".format),
        ("train_loss", words.loss),
        ("train_accuracy", words.percent),
        ("validation_loss", words.loss),
        ("validation_accuracy", words.percent),
        ("learning_rate", "{:.3g}".format),
        ("seconds", "{:.1f}".format),
    ]
    shown = [column for column in columns if validated or not column[0].startswith("validation")]

    def row(epoch: Epoch) -> list[str]:
        values = [(getattr(epoch, field), form) for field, form in shown]
        return ["\u2013" if value is None else form(value) for value, form in values]

    return [words(f"curves.{key}") for key, _ in shown], [row(epoch) for epoch in history]
