"""History: on disk while it runs, the best epoch, and where learning by heart began."""

from dataclasses import replace

import pytest

from chainrule.errors import RunError
from chainrule.training import Epoch, History


def epoch(number, train_loss=1.0, validation=None):
    """validation: (loss, accuracy)"""
    loss, accuracy = validation or (None, None)
    return Epoch(number, train_loss, 0.5, loss, accuracy, 0.01, 1.5)


def test_a_history_comes_back_from_its_file(tmp_path):
    history = History([epoch(1), epoch(2, validation=(0.1 + 0.2, 1 / 3))])
    history.write(tmp_path / "history.jsonl")
    again = History.read(tmp_path / "history.jsonl")
    assert again.epochs == history.epochs
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 2


def test_the_file_has_every_epoch_as_soon_as_it_ends(trainer, digits, tmp_path):
    seen = []

    def look(progress):
        if progress.finished:
            seen.append(History.read(tmp_path / "history.jsonl").epochs)

    history = trainer(folder=tmp_path, callbacks=[look]).fit(
        digits.train.subset(slice(0, 200)), epochs=3
    )
    assert seen == [history.epochs[:1], history.epochs[:2], history.epochs]


@pytest.mark.parametrize(
    "damage", [b"{", b"[1]", b'"text"', b'{"epoch": 1}', b"7", b"\xff\xfe", b'{"other": 1}']
)
def test_a_line_that_is_no_epoch_is_named(tmp_path, damage):
    path = tmp_path / "history.jsonl"
    History([epoch(1)]).write(path)
    path.write_bytes(path.read_bytes() + damage + b"\n")
    with pytest.raises(RunError, match=r"history\.jsonl: line 2 is not an epoch's record"):
        History.read(path)


def test_the_best_epoch_has_most_right_or_else_the_lower_loss_or_else_came_first():
    history = History(
        [
            epoch(1, validation=(0.1, 0.8)),
            epoch(2, validation=(0.5, 0.9)),
            epoch(3, validation=(0.4, 0.9)),
            epoch(4, validation=(0.4, 0.9)),
        ]
    )
    assert history.best is history[2]
    assert History([epoch(1), epoch(2)]).best.epoch == 2


def losses(*pairs):
    """A history of (train loss, validation loss)."""
    return History(
        [epoch(n, train, (validation, 0.5)) for n, (train, validation) in enumerate(pairs, 1)]
    )


@pytest.mark.parametrize(
    ("history", "since"),
    [
        (losses((3, 3), (2, 2), (1.5, 2.5), (1, 3)), 2),
        (losses((3, 2), (2, 3), (1, 4)), 1),
        (losses((3, 3), (2, 2), (1, 1)), None),
        (losses((3, 3), (2, 2), (1, 2.1)), None),
        (losses((3, 2), (3.5, 3), (4, 4)), None),
        (losses((3, 2), (2, 3)), None),
        (History([epoch(1), epoch(2), epoch(3)]), None),
        (History(), None),
    ],
    ids=[
        "from the second",
        "from the first",
        "still falling",
        "one epoch is no trend",
        "not learned by heart, but diverging",
        "too short",
        "never validated",
        "empty",
    ],
)
def test_overfitting_starts_at_the_lowest_validation_loss_if_training_went_on(history, since):
    assert history.overfits_from == since


def test_a_history_is_short_when_shown():
    assert repr(History()) == "History(0 epochs)"
    assert repr(History([epoch(1)])).startswith("History(1 epochs, best: Epoch(epoch=1,")


def test_a_training_took_the_median_epoch_so_many_times():
    took = (14, 10, 31, 95, 30)  # halted in the fourth
    history = History([replace(epoch(n), seconds=s) for n, s in enumerate(took, start=1)])
    assert history.typical_seconds() == 5 * 30
