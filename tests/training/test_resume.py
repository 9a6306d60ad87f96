"""Interrupted and resumed: the outcome is that of the training nobody interrupted, bit for bit."""

import json
import os
import signal

import numpy as np
import pytest

from chainrule import optim
from chainrule.data import Augmentation
from chainrule.errors import RunError, UsageError
from chainrule.training.checkpoint import load_arrays

EPOCHS, BATCH, BATCHES = 3, 40, 5


@pytest.fixture
def train(digits):
    return digits.train.subset(slice(0, 230))  # 200 to learn from, 30 for validation


@pytest.fixture
def start(trainer, train, tmp_path):
    """start(folder): a Trainer with everything that has a state; and how it is fitted."""

    def make(folder, callbacks=(), seed=5):
        return trainer(
            folder=tmp_path / folder,
            callbacks=callbacks,
            seed=seed,
            augmentation=Augmentation(shift=1, flip="alternating", rotation=5, mixup=0.2),
            schedule=optim.Cosine(warmup=0.2),
        )

    return make


def fit(one, train, *, epochs=EPOCHS, batch_size=BATCH):
    return one.fit(train, validation=30, epochs=epochs, batch_size=batch_size)


def ctrl_c_at(epoch, batch):
    def press(progress):
        if (progress.epoch, progress.batch) == (epoch, batch):
            os.kill(os.getpid(), signal.SIGINT)

    return press


def lines(path):
    """A history file without the one thing that may differ."""
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [{k: v for k, v in record.items() if k != "seconds"} for record in records]


def assert_same_outcome(one, other, folder, other_folder):
    for name in ("best.safetensors", "last.safetensors"):
        arrays, facts = load_arrays(folder / name)
        expected, other_facts = load_arrays(other_folder / name)
        assert facts == other_facts
        assert set(arrays) == set(expected)
        for key, values in arrays.items():
            assert np.array_equal(values, expected[key]), f"{name}: {key}"
    state, expected = one.model.state_dict(), other.model.state_dict()
    assert all(np.array_equal(state[name], expected[name]) for name in expected)
    assert lines(folder / "history.jsonl") == lines(other_folder / "history.jsonl")


@pytest.mark.parametrize(
    ("epoch", "batch"),
    [(1, 1), (2, 3), (2, BATCHES - 1), (2, BATCHES), (EPOCHS, BATCHES)],
    ids=["at once", "amid an epoch", "before its last step", "between epochs", "at the very end"],
)
def test_a_training_interrupted_and_resumed_ends_as_the_unbroken_one(
    start, train, tmp_path, epoch, batch
):
    unbroken = start("unbroken")
    fit(unbroken, train)

    with pytest.raises(KeyboardInterrupt):
        fit(start("broken", [ctrl_c_at(epoch, batch)]), train)
    resumed = start("broken")
    resumed.resume()
    history = fit(resumed, train)

    assert [record.epoch for record in history] == [1, 2, 3]
    assert_same_outcome(resumed, unbroken, tmp_path / "broken", tmp_path / "unbroken")


def test_an_interrupted_trainer_goes_on_by_itself_when_it_is_fitted_again(start, train, tmp_path):
    unbroken, broken = start("unbroken"), start("broken", [ctrl_c_at(2, 2)])
    fit(unbroken, train)
    with pytest.raises(KeyboardInterrupt):
        fit(broken, train)
    fit(broken, train)
    assert_same_outcome(broken, unbroken, tmp_path / "broken", tmp_path / "unbroken")


def test_a_finished_training_goes_on_with_more_epochs(trainer, train, tmp_path):
    whole = trainer(folder=tmp_path / "whole")
    fit(whole, train, epochs=4)
    fit(trainer(folder=tmp_path / "parts"), train, epochs=2)
    more = trainer(folder=tmp_path / "parts")
    more.resume()
    fit(more, train, epochs=4)
    assert_same_outcome(more, whole, tmp_path / "parts", tmp_path / "whole")


def test_a_finished_training_resumed_has_nothing_left_to_do(start, train, tmp_path):
    one = start("run")
    fit(one, train)
    before = (tmp_path / "run" / "last.safetensors").read_bytes()
    again = start("run")
    again.resume()
    assert len(fit(again, train)) == EPOCHS
    assert (tmp_path / "run" / "last.safetensors").read_bytes() == before
    state, expected = again.model.state_dict(), one.model.state_dict()
    assert all(np.array_equal(state[name], expected[name]) for name in expected)


def test_ended_amid_a_later_epoch_it_keeps_the_weights_of_the_last_whole_one(
    trainer, train, tmp_path
):
    with pytest.raises(KeyboardInterrupt):
        trainer(folder=tmp_path, callbacks=[ctrl_c_at(3, 2)]).fit(train, epochs=4, batch_size=BATCH)
    sooner = trainer(folder=tmp_path)
    sooner.resume()
    assert [epoch.epoch for epoch in sooner.fit(train, epochs=2, batch_size=BATCH)] == [1, 2]
    state, (best, _) = sooner.model.state_dict(), load_arrays(tmp_path / "best.safetensors")
    assert all(np.array_equal(state[name], values) for name, values in best.items())


@pytest.fixture
def ctrl_c_heard():
    """Python's own handler, which is missing where a shell started the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_heard")
def test_a_second_ctrl_c_interrupts_at_once(start, train, tmp_path):
    reached = []

    def twice(progress):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(progress)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(start("run", [twice]), train)
    assert reached == []
    assert not (tmp_path / "run" / "last.safetensors").exists()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ends_that_are_asked_for_are_saved_before(start, train, tmp_path, number):
    was = signal.signal(number, signal.SIG_DFL)  # a test may be run under nohup
    try:
        with pytest.raises(KeyboardInterrupt):
            fit(start("run", [lambda progress: os.kill(os.getpid(), number)]), train)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, was)
    assert (tmp_path / "run" / "last.safetensors").exists()


def test_the_terminals_end_stays_ignored(start, train):
    was = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        hang_up = [lambda progress: os.kill(os.getpid(), signal.SIGHUP)]
        assert len(fit(start("run", hang_up), train, epochs=1)) == 1
    finally:
        signal.signal(signal.SIGHUP, was)


def test_ctrl_c_is_as_it_was_after_a_training(start, train):
    before = signal.getsignal(signal.SIGINT)
    fit(start("run"), train, epochs=1)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 50}, "begun with batch_size 40, so it cannot go on with 50"),
        ({"train": 180}, "begun with images 200, so it cannot go on with 150"),
        ({"seed": 6}, "begun with seed 5, so it cannot go on with 6: use the same, or train anew"),
    ],
    ids=["batch size", "images", "seed"],
)
def test_going_on_with_something_else_is_refused(start, train, settings, message):
    with pytest.raises(KeyboardInterrupt):
        fit(start("run", [ctrl_c_at(1, 3)]), train)
    other = start("run", seed=settings.pop("seed", 5))
    other.resume()
    images = train.subset(slice(0, settings.pop("train", 230)))
    with pytest.raises(UsageError, match=message):
        fit(other, images, **settings)


def test_a_training_that_has_not_taken_a_step_may_be_begun_otherwise(trainer, digits):
    one = trainer(augmentation=Augmentation(shift=8))
    with pytest.raises(UsageError, match="cannot be shifted by 8 pixels"):
        one.fit(digits.train, epochs=1, batch_size=64)
    one.augmentation = Augmentation()
    assert len(one.fit(digits.train, epochs=1, batch_size=100)) == 1


def test_resuming_takes_a_folder_with_a_save_of_this_network(trainer, start, train, tmp_path):
    with pytest.raises(RunError, match="resume: this Trainer has no folder to resume from"):
        trainer().resume()
    with pytest.raises(RunError, match=r"last\.safetensors is missing: was the training inter"):
        start("nothing").resume()
    fit(start("run"), train, epochs=1)
    other = trainer(folder=tmp_path / "run")
    other.optimizer = optim.SGD(lr=0.1)
    other.optimizer.attach(other.model.parameters())
    with pytest.raises(RunError, match=r"last\.safetensors does not fit this training: .* SGD"):
        other.resume()


def test_a_new_training_in_an_old_ones_folder_replaces_its_files(start, train, tmp_path):
    fit(start("run"), train, epochs=3)
    fit(start("run"), train, epochs=1)
    assert [record["epoch"] for record in lines(tmp_path / "run" / "history.jsonl")] == [1]
    assert load_arrays(tmp_path / "run" / "last.safetensors")[1]["position"]["epoch"] == 2


def test_without_a_folder_an_interrupted_training_goes_on_in_memory(trainer, train):
    unbroken, broken = trainer(), trainer(callbacks=[ctrl_c_at(2, 2)])
    fit(unbroken, train)
    with pytest.raises(KeyboardInterrupt):
        fit(broken, train)
    fit(broken, train)
    state, expected = broken.model.state_dict(), unbroken.model.state_dict()
    assert all(np.array_equal(state[name], expected[name]) for name in expected)


def test_the_best_epoch_before_an_interruption_is_still_the_best_after_it(trainer, train, tmp_path):
    def ruin(step, steps):
        return 1.0 if step < 2 * BATCHES else 1e3

    with pytest.raises(KeyboardInterrupt):
        fit(trainer(folder=tmp_path, schedule=ruin, callbacks=[ctrl_c_at(3, 2)]), train)
    resumed = trainer(folder=tmp_path, schedule=ruin)
    resumed.resume()
    history = fit(resumed, train)
    assert history.best.epoch < 3
    best, _ = load_arrays(tmp_path / "best.safetensors")
    state = resumed.model.state_dict()
    assert all(np.array_equal(state[name], values) for name, values in best.items())


def test_a_training_killed_between_two_saves_does_its_last_epoch_again(start, train, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    unbroken = start("whole")
    fit(unbroken, train)
    with pytest.raises(KeyboardInterrupt):
        fit(start("killed", [ctrl_c_at(EPOCHS, 1)]), train)
    # The history and the best are saved before the checkpoint; here, the checkpoint never was.
    for name in ("history.jsonl", "best.safetensors"):
        (killed / name).write_bytes((whole / name).read_bytes())
    resumed = start("killed")
    resumed.resume()
    assert len(fit(resumed, train)) == EPOCHS
    assert_same_outcome(resumed, unbroken, killed, whole)


def test_an_epochs_seconds_are_those_before_and_after_the_interruption(start, train, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(start("run", [ctrl_c_at(2, 4)]), train)
    before = load_arrays(tmp_path / "run" / "last.safetensors")[1]["position"]["seconds"]
    resumed = start("run")
    resumed.resume()
    assert fit(resumed, train)[1].seconds > before > 0
