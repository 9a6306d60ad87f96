"""The Trainer on real digits: it learns, measures, stops, refuses, and repeats itself exactly."""

import re
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import data, nn, ops, optim
from chainrule.data import Augmentation, Preprocessing, Split
from chainrule.errors import TrainingError, UsageError
from chainrule.training import Trainer
from chainrule.training.checkpoint import load_arrays


def states_equal(one, other):
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


def without_seconds(history):
    return [(e.epoch, e.train_loss, e.validation_loss, e.learning_rate) for e in history]


def test_a_small_network_learns_the_digits_within_four_epochs(trainer, digits):
    one = trainer(schedule=optim.Cosine(warmup=0.1))
    history = one.fit(digits.train, validation=0.1, epochs=4, batch_size=32)
    assert [epoch.epoch for epoch in history] == [1, 2, 3, 4]
    assert history[3].train_loss < history[0].train_loss / 2
    assert one.evaluate(digits.test).accuracy > 0.93


def test_the_same_seed_repeats_a_training_bit_for_bit_and_another_does_not(trainer, digits):
    def trained(seed):
        one = trainer(seed=seed, augmentation=Augmentation(shift=1))
        return one.fit(digits.train, validation=0.2, epochs=2), one.model.state_dict()

    (first, weights), (again, weights_again), (other, _) = trained(3), trained(3), trained(4)
    assert without_seconds(first) == without_seconds(again)
    assert states_equal(weights, weights_again)
    assert without_seconds(first) != without_seconds(other)


class Listening:
    """A callback that keeps all it is told, and what the model was at each epoch's end."""

    def __init__(self):
        self.told, self.states, self.trainer = [], [], None

    def __call__(self, progress):
        self.told.append(progress)
        if progress.finished:
            self.states.append(self.trainer.model.state_dict())


def test_a_callback_is_told_of_every_step_and_of_the_epochs_record_on_the_last(trainer, digits):
    listening = Listening()
    listening.trainer = trainer(callbacks=[listening])
    listening.trainer.fit(digits.train.subset(slice(0, 250)), epochs=2, batch_size=100)
    told = listening.told
    assert [(p.epoch, p.batch) for p in told] == [(e, b) for e in (1, 2) for b in (1, 2, 3)]
    assert {(p.epochs, p.batches) for p in told} == {(2, 3)}
    assert [p.finished for p in told if p.batch < 3] == [None] * 4
    assert [p.finished for p in told if p.batch == 3] == listening.trainer.history.epochs
    last = told[-1]
    assert (last.loss, last.accuracy) == (last.finished.train_loss, last.finished.train_accuracy)


def test_progress_is_the_mean_over_the_images_seen_in_this_epoch(trainer, digits):
    losses, sizes = [], []

    def noting(scores, labels):
        value = ops.softmax_cross_entropy(scores, labels)
        losses.append(value.item())
        sizes.append(len(labels))
        return value

    listening = Listening()
    listening.trainer = trainer(callbacks=[listening], loss=noting)
    listening.trainer.fit(digits.train.subset(slice(0, 250)), epochs=1, batch_size=100)
    assert sizes == [100, 100, 50]
    means = [np.average(losses[:n], weights=sizes[:n]) for n in (1, 2, 3)]
    assert_allclose([p.loss for p in listening.told], means, rtol=1e-6)


def test_a_callback_that_answers_true_ends_the_training_after_its_epoch(trainer, digits):
    heard = []

    def enough(progress):
        return progress.epoch == 2 and progress.batch == 1

    def counts(progress):
        heard.append(progress)
        return len(heard)  # a number is no wish to stop, not even 1

    history = trainer(callbacks=[enough, counts]).fit(digits.train, epochs=9)
    assert [epoch.epoch for epoch in history] == [1, 2]
    assert heard[-1].finished is history[1]


def test_the_best_epochs_weights_are_kept_whatever_came_after(trainer, digits):
    listening = Listening()
    one = listening.trainer = trainer(callbacks=[listening], lr=0.05)
    history = one.fit(digits.train.subset(slice(0, 300)), validation=100, epochs=8, batch_size=50)
    best = history.best
    assert best.epoch < 8  # else this test would see nothing
    assert states_equal(one.model.state_dict(), listening.states[best.epoch - 1])
    assert not states_equal(one.model.state_dict(), listening.states[-1])
    most = max(epoch.validation_accuracy for epoch in history)
    assert best.validation_accuracy == most


def test_patience_needs_validation_images(trainer, digits):
    nothing = digits.train.subset(slice(0))
    with pytest.raises(UsageError, match="without validation images no epoch is better"):
        trainer().fit(digits.train, validation=nothing, epochs=2, patience=2)


def test_patience_ends_a_training_that_no_longer_gets_better(trainer, digits, rng):
    train = digits.train.subset(slice(0, 200))
    noise = Split(digits.test.images, rng.permutation(digits.test.labels))
    history = trainer().fit(train, validation=noise, epochs=40, batch_size=50, patience=3)
    assert len(history) < 40
    assert history[-1].epoch - history.best.epoch == 3


@pytest.mark.parametrize(
    ("validation", "images"), [(0.2, 40), (30, 30), (None, 0)], ids=["fraction", "count", "none"]
)
def test_validation_images_are_held_out_by_fraction_or_count(trainer, digits, validation, images):
    train = digits.train.subset(slice(0, 200))
    seen = []
    one = trainer(
        loss=lambda scores, t: seen.append(t.shape[0]) or ops.softmax_cross_entropy(scores, t)
    )
    history = one.fit(train, validation=validation, epochs=1, batch_size=200 - images)
    assert seen == [200 - images, images] if images else [200]
    assert (history[0].validation_loss is None) == (validation is None)


def test_validation_may_be_other_images(trainer, digits):
    one = trainer()
    history = one.fit(digits.train, validation=digits.test, epochs=1)
    measured = one.evaluate(digits.test)
    assert history[0].validation_loss == measured.loss
    assert history[0].validation_accuracy == measured.accuracy


def test_without_validation_the_last_epoch_is_the_best(trainer, digits):
    listening = Listening()
    one = listening.trainer = trainer(callbacks=[listening])
    history = one.fit(digits.train.subset(slice(0, 200)), epochs=3)
    assert history.best is history[2]
    assert states_equal(one.model.state_dict(), listening.states[-1])


def test_another_fit_is_another_training_of_the_same_model(trainer, digits):
    one = trainer()
    first = one.fit(digits.train, validation=0.1, epochs=1, batch_size=64)
    again = one.fit(digits.train, epochs=2, batch_size=100)
    assert [epoch.epoch for epoch in again] == [1, 2]
    assert again[0].train_loss < first[0].train_loss / 2  # it went on from what it had learned


def test_after_fitting_the_model_is_ready_for_use(trainer, digits):
    one = trainer()
    one.fit(digits.train, epochs=1)
    assert not any(module.training for _, module in one.model.named_modules())


def test_pixels_are_standardised_by_the_training_images_unless_told(trainer, digits):
    one = trainer()
    one.fit(digits.train, validation=digits.test, epochs=1)
    assert one.preprocessing == Preprocessing.fit(digits.train.images)
    plain = Preprocessing(1, 8, 8, mean=(0.0,), std=(1.0,))
    other = trainer(preprocessing=plain)
    other.fit(digits.train, epochs=1)
    assert other.preprocessing is plain


def test_the_schedule_is_any_function_of_step_and_steps(trainer, digits):
    asked = []

    def halving(step, steps):
        asked.append((step, steps))
        return 0.5**step

    history = trainer(schedule=halving, lr=0.1).fit(
        digits.train.subset(slice(0, 100)), epochs=2, batch_size=40
    )
    assert asked == [(step, 6) for step in range(6)]
    assert [epoch.learning_rate for epoch in history] == [0.1 / 4, 0.1 / 32]


def test_training_works_in_a_thread_which_hears_no_signals(trainer, digits):
    one = trainer()
    worker = threading.Thread(target=one.fit, args=(digits.train,), kwargs={"epochs": 1})
    worker.start()
    worker.join()
    assert len(one.history) == 1


REFUSED = {
    "epochs is 0, but a whole number from 1 is needed": {"epochs": 0},
    "batch_size is 0, but a whole number from 1": {"batch_size": 0},
    "patience is 0, but a whole number from 1": {"patience": 0, "validation": 0.1},
    "a batch of 301 images cannot be filled from the 300 training images: choose a smaller": {
        "batch_size": 301
    },
    "patience is 2, but without validation images no epoch is better than another": {"patience": 2},
    "cannot hold out 1.0 of 300 images": {"validation": 1.0},
}


@pytest.mark.parametrize(("message", "settings"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_work_is_refused_before_anything_is_learned(trainer, digits, message, settings):
    one = trainer()
    before = one.model.state_dict()
    with pytest.raises(UsageError, match=re.escape(message)):
        one.fit(digits.train.subset(slice(0, 300)), **settings)
    assert states_equal(one.model.state_dict(), before)
    one.fit(digits.train.subset(slice(0, 300)), epochs=1)  # and the Trainer is none the worse


def test_a_last_batch_of_one_is_left_out_where_batch_norm_would_fail_on_it(digits):
    def seen(*layers):
        sizes = []

        def noting(scores, labels):
            sizes.append(len(labels))
            return ops.softmax_cross_entropy(scores, labels)

        model = nn.Sequential(nn.Flatten(), *layers)
        listening = Listening()
        listening.trainer = Trainer(
            model, optimizer=optim.SGD(lr=0.1), loss=noting, callbacks=[listening]
        )
        listening.trainer.fit(digits.train.subset(slice(0, 101)), epochs=2, batch_size=50)
        assert [p.finished is not None for p in listening.told] == 2 * [
            *[False] * (len(sizes) // 2 - 1),
            True,
        ]
        return sizes

    assert seen(nn.Linear(64, 10), nn.BatchNorm1d(10)) == [50, 50] * 2
    assert seen(nn.Linear(64, 10)) == [50, 50, 1] * 2


@pytest.mark.parametrize("label", [10, -1])
def test_a_label_outside_the_classes_is_refused_wherever_it_is(trainer, digits, label):
    bad = Split(digits.test.images, digits.test.labels.copy())
    bad.labels[5] = label
    message = f"label {label} is none of the 10 classes 0 to 9"
    one = trainer()
    for call in (
        lambda: one.fit(bad),
        lambda: one.fit(digits.train, validation=bad),
        lambda: one.evaluate(bad),
    ):
        with pytest.raises(UsageError, match=message):
            call()
    assert len(one.history) == 0


def test_using_a_trainer_that_has_seen_no_data_is_refused(trainer, digits):
    with pytest.raises(UsageError, match="seen no data: fit it first, or give preprocessing"):
        trainer().predict(digits.test.images)


def test_no_images_are_refused(trainer, digits):
    one = trainer(preprocessing=Preprocessing.fit(digits.train.images))
    nothing = digits.test.subset(slice(0))
    with pytest.raises(UsageError, match="there are no images to evaluate"):
        one.evaluate(nothing)
    with pytest.raises(UsageError, match="there are no images to predict"):
        one.predict(nothing.images)


def exploding_at(step_of_doom):
    return lambda step, steps: 1e60 if step == step_of_doom else 1.0


def test_a_loss_that_is_no_number_ends_the_training_and_the_last_checkpoint_survives(
    trainer, digits, tmp_path
):
    train = digits.train.subset(slice(0, 200))
    doomed = trainer(folder=tmp_path, schedule=exploding_at(6))
    with pytest.raises(
        TrainingError,
        match=r"the loss became (nan|inf) in epoch 2, batch 4, at learning rate 0\.01: "
        "try a smaller learning rate",
    ):
        doomed.fit(train, epochs=3, batch_size=50)
    arrays, facts = load_arrays(tmp_path / "last.safetensors")
    assert facts["position"]["epoch"] == 2
    assert all(np.isfinite(values).all() for values in arrays.values())

    saved = trainer(folder=tmp_path)
    saved.resume()
    assert len(saved.fit(train, epochs=3, batch_size=50)) == 3


def test_after_a_loss_that_is_no_number_another_fit_is_another_training(trainer, digits):
    train = digits.train.subset(slice(0, 200))
    one, expected = trainer(schedule=exploding_at(6)), trainer()
    start = one.model.state_dict()
    with pytest.raises(TrainingError, match="in epoch 2, batch 3"):
        one.fit(train, epochs=3, batch_size=40)
    one.schedule = optim.constant
    one.model.load_state_dict(start)
    one.optimizer.attach(one.model.parameters())
    history = one.fit(train, epochs=2, batch_size=50)
    assert without_seconds(history) == without_seconds(expected.fit(train, epochs=2, batch_size=50))
    assert states_equal(one.model.state_dict(), expected.model.state_dict())


@pytest.mark.parametrize("validation", [None, 0.1])
def test_after_a_loss_that_is_no_number_resuming_goes_back_to_the_last_save(
    trainer, digits, tmp_path, validation
):
    train, settings = digits.train.subset(slice(0, 200)), {"validation": validation, "epochs": 3}
    one, expected = trainer(folder=tmp_path, schedule=exploding_at(6)), trainer()
    with pytest.raises(TrainingError):
        one.fit(train, batch_size=45, **settings)
    one.schedule = optim.constant
    one.resume()
    history = one.fit(train, batch_size=45, **settings)
    expected.fit(train, batch_size=45, **settings)
    assert without_seconds(history) == without_seconds(expected.history)
    assert states_equal(one.model.state_dict(), expected.model.state_dict())


def test_weights_ruined_by_an_epochs_last_step_are_noticed_before_they_are_saved(
    trainer, digits, tmp_path
):
    doomed = trainer(folder=tmp_path, schedule=exploding_at(3))
    with pytest.raises(TrainingError, match=r"the validation loss became (nan|inf) in epoch 1"):
        doomed.fit(digits.train.subset(slice(0, 240)), validation=40, epochs=2, batch_size=50)
    assert list(tmp_path.iterdir()) == []


def test_nan_in_the_images_is_a_loss_that_is_no_number(trainer):
    images = np.full((20, 1, 8, 8), np.nan, dtype="float32")
    one = trainer(preprocessing=Preprocessing(1, 8, 8, mean=(0.0,), std=(1.0,)))
    with pytest.raises(TrainingError, match=r"the loss became nan .* look for extreme values"):
        one.fit(Split(images, np.arange(20) % 10), epochs=1, batch_size=10)


def test_probabilities_are_the_softmax_of_the_models_scores(trainer, digits):
    one = trainer()
    one.fit(digits.train, epochs=1)
    probabilities = one.predict(digits.train.images)  # more than one batch of them
    scores = one.model(ops_input(one, digits.train.images)).data
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert_allclose(probabilities, e / e.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-6)
    measured = one.evaluate(digits.train)
    assert_array_equal(measured.probabilities, probabilities)
    chosen = probabilities[np.arange(len(digits.train)), digits.train.labels].astype("float64")
    assert_allclose(measured.loss, -np.log(chosen).mean(), rtol=1e-4)


def ops_input(trained, images):
    from chainrule.tape import Tensor

    return Tensor(trained.preprocessing(images))


def test_the_readme_example_runs(digits):
    nn.seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 10),
    )
    one = Trainer(model, optimizer=optim.Adam(lr=1e-3), loss="cross_entropy", seed=0)
    history = one.fit(data.load("digits").train, validation=0.1, epochs=2)
    assert history[1].validation_accuracy > 0.5


def test_what_is_no_optimizer_and_no_examples_is_refused(digits):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    with pytest.raises(UsageError, match="optimizer is 'adam', but an object is needed"):
        Trainer(model, optimizer="adam")
    trainer = Trainer(model, optimizer=optim.SGD(lr=0.1))
    for wrong in (digits, digits.train.images):
        with pytest.raises(UsageError, match=r"labelled images are needed, but .* came"):
            trainer.fit(wrong)
