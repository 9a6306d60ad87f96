"""The lecture's two functions, train(images, labels) and predict(model, images), on real digits."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import chainrule
from chainrule.data import as_images, from_arrays
from chainrule.errors import DataError, ShapeError, UsageError
from chainrule.training import Progress
from chainrule.zoo import recipe_for


@pytest.fixture
def some(digits):
    """400 digits, as (N, H, W)."""
    return digits.train.images[:400, 0], digits.train.labels[:400]


def test_a_model_learns_and_answers_with_numbers(some, digits):
    model = chainrule.train(*some, epochs=3)
    answers = chainrule.predict(model, digits.test.images)
    assert answers.dtype == "int64"
    assert (answers == digits.test.labels).mean() > 0.8


def test_labels_may_be_names(some):
    images, labels = some
    names = np.where(labels < 5, "small", "large")
    model = chainrule.train(images, names.tolist(), epochs=6)
    assert model.classes == ("large", "small")
    assert (chainrule.predict(model, images) == names).mean() > 0.8


def test_labels_may_be_any_numbers(some):
    images, labels = some
    chosen = (labels == 3) | (labels == 8)
    model = chainrule.train(images[chosen], labels[chosen], epochs=8)
    answers = chainrule.predict(model, images[chosen])
    assert set(answers) == {3, 8}
    assert (answers == labels[chosen]).mean() > 0.9


def test_the_seed_decides_the_model(some):
    def trained(seed):
        return chainrule.train(*some, epochs=1, seed=seed).probabilities(some[0][:20])

    assert_array_equal(trained(1), trained(1))
    assert (trained(1) != trained(2)).any()


def test_answers_are_the_means_over_the_views_by_which_the_best_epoch_was_chosen(some):
    told = []
    model = chainrule.train(*some, epochs=3, callbacks=[told.append])
    assert model.test_time == "shift"
    examples = from_arrays(as_images(some[0]), some[1])
    recipe, _ = recipe_for("arrays", examples, model.classes)
    _, held_out = recipe.settings.part(examples, 0)
    accuracies = [step.finished.validation_accuracy for step in told if step.finished]
    right = model.predict(held_out.images) == held_out.labels
    assert right.mean() == max(accuracies)


def test_callbacks_are_told(some):
    told = []
    chainrule.train(*some, epochs=1, callbacks=[told.append])
    assert all(isinstance(progress, Progress) for progress in told)
    assert told[-1].finished is not None


@pytest.mark.parametrize(
    ("terminal", "progress", "shown"), [("1", True, True), ("1", False, False), ("0", True, False)]
)
def test_whoever_waits_at_a_terminal_sees_how_far_it_is(
    some, monkeypatch, capsys, terminal, progress, shown
):
    monkeypatch.setenv("TTY_COMPATIBLE", terminal)  # rich's own switch
    chainrule.train(*some, epochs=2, progress=progress)
    said = capsys.readouterr()
    assert said.out == ""
    assert ("rehearsing" in said.err and "epoch 2/2" in said.err) is shown
    assert (said.err == "") is not shown


def test_standard_output_may_be_an_object_of_somebody_else_s(some, monkeypatch):
    class Tee:
        def write(self, text):
            return len(text)

        def flush(self):
            pass

    monkeypatch.setattr("sys.stdout", Tee())
    for progress in (True, False):
        chainrule.train(*some, epochs=1, progress=progress)


def test_what_a_callback_prints_goes_where_it_would(some, monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    chainrule.train(*some, epochs=1, callbacks=[lambda step: print("step", step.done)])
    assert "step 1\n" in capsys.readouterr().out


@pytest.mark.parametrize("images", [2, 3, 7])
def test_very_few_images_are_enough(some, images):
    labels = np.arange(images) % 2
    model = chainrule.train(some[0][:images], labels, epochs=1)
    assert len(chainrule.predict(model, some[0][:images])) == images


def test_floats_and_colour_in_any_layout_are_taken(some, rng):
    images = rng.random((12, 9, 11, 3))
    labels = np.arange(12) % 3
    model = chainrule.train(images, labels, epochs=1)
    assert model.preprocessing.channels == 3
    last, first = images, images.transpose(0, 3, 1, 2)
    assert_array_equal(chainrule.predict(model, last), chainrule.predict(model, first))


def test_faint_floats_are_read_as_those_of_the_training_were(some):
    images, labels = some[0].astype(float), some[1]
    model = chainrule.train(images, labels, epochs=1)
    faint = images[:3] / 255
    scaled = model.evaluator().probabilities((faint[:, np.newaxis] / 255).astype(np.float32))
    np.testing.assert_allclose(model.probabilities(faint), scaled, rtol=1e-5)


@pytest.mark.parametrize("shape", [(12, 8, 3), (12, 8, 1), (12, 1, 1)])
def test_narrow_grey_images_are_taken_as_grey(rng, shape):
    images, labels = rng.random(shape), np.arange(12) % 3
    model = chainrule.train(images, labels, epochs=1)
    assert len(chainrule.predict(model, images)) == 12


REFUSED = {
    "one class": (lambda x, y: (x, y * 0), UsageError, "labels name 1 class, but telling apart"),
    "no labels": (lambda x, y: (x[:0], y[:0]), UsageError, "labels name 0 class"),
    "other counts": (lambda x, y: (x, y[:-1]), ShapeError, "400 images, but 399 labels"),
    "one-hot": (lambda x, y: (x, np.eye(10)[y]), ShapeError, "looks one-hot"),
    "NaN": (lambda x, y: (np.where(x > 200, np.nan, x), y), DataError, "NaN in the data: image 0"),
    "no images": (lambda x, y: (x[0], y), ShapeError, "images: shape is"),
}


@pytest.mark.parametrize(("spoil", "kind", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_learned_is_refused(some, spoil, kind, message):
    with pytest.raises(kind, match=message):
        chainrule.train(*spoil(*some))


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf")])
def test_minutes_that_are_none_are_refused(some, minutes):
    with pytest.raises(UsageError, match="but a finite number over 0 is needed"):
        chainrule.train(*some, minutes=minutes)


def test_no_epochs_are_refused(some):
    with pytest.raises(UsageError, match="epochs is 0, but a whole number from 1 is needed"):
        chainrule.train(*some, epochs=0)


def test_images_of_another_size_are_refused(some):
    model = chainrule.train(*some, epochs=1)
    with pytest.raises(ShapeError, match=r"images are \(2, 1, 9, 9\), but the model needs"):
        chainrule.predict(model, np.zeros((2, 9, 9), dtype="uint8"))
