"""The rehearsal on small made images: arrows must not be mirrored, discs and rings may be."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.backends import backend_named
from chainrule.data import Preprocessing, Split
from chainrule.errors import BackendError, UsageError
from chainrule.zoo import Settings, own_cnn, recipe_for, settle
from chainrule.zoo.own import rehearse, settling
from chainrule.zoo.own.budget import Pace
from chainrule.zoo.own.rehearsal import Rehearsal

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

SIDE = 16


def drawn(kind, count, rng):
    """(count, 1, 16, 16): grey shapes a little off the middle, with noise."""
    down, right = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    images = np.empty((count, 1, SIDE, SIDE), dtype="uint8")
    for image in images:
        y, x = down + rng.uniform(-1.5, 1.5), right + rng.uniform(-1.5, 1.5)
        if kind in ("left", "right"):
            x = x if kind == "right" else -x
            shape = ((abs(y) < 1.2) & (abs(x) < 6)) | ((abs(y) < 6 - x) & (x > 1))
        else:
            away = np.hypot(x, y)
            shape = (away < 5.5) & ((kind == "disc") | (away > 2.5))
        image[0] = np.clip(40 + 160 * shape + rng.normal(0, 12, shape.shape), 0, 255)
    return images


def split_of(kinds, count, rng):
    images = np.concatenate([drawn(kind, count, rng) for kind in kinds])
    return Split(images, np.repeat(np.arange(len(kinds)), count))


def settled(kinds, rng, count=60, search=False, **options):
    train = split_of(kinds, count, rng)
    recipe, _ = recipe_for("x", train, kinds)
    return settle(recipe, own_cnn, train, kinds, held_out=10, search=search, **options)


def test_arrows_to_the_left_and_to_the_right_are_not_mirrored(rng):
    recipe, reasons = settled(("left", "right"), rng)
    assert recipe.settings.flip is False
    assert reasons[0].startswith("no mirror images: that of ")
    assert "left looks like right" in reasons[0] or "right looks like left" in reasons[0]


def test_symmetric_shapes_are_mirrored(rng):
    recipe, reasons = settled(("disc", "ring"), rng)
    assert recipe.settings.flip == "alternating"
    assert reasons[0].startswith("mirror images: ")


def test_arrows_of_one_class_may_point_anywhere(rng):
    arrows = np.concatenate([drawn(kind, 40, rng) for kind in ("left", "right")])
    images = np.concatenate([arrows, drawn("disc", 80, rng)])
    train = Split(images, np.repeat([0, 1], 80))
    recipe, _ = recipe_for("x", train, ("arrow", "disc"))
    recipe, _ = settle(recipe, own_cnn, train, ("arrow", "disc"), held_out=10, search=False)
    assert recipe.settings.flip == "alternating"


def test_the_epochs_fit_into_the_minutes(rng):
    recipe, reasons = settled(("disc", "ring"), rng, minutes=0.01)
    assert recipe.settings.epochs < 100
    assert "0.01 minutes" in reasons[1]
    assert settled(("disc", "ring"), rng, minutes=600)[0].settings.epochs == 100


def test_time_for_the_views_of_mirror_images_is_allowed_for(rng, monkeypatch):
    """Where nothing but looking takes time, six views leave half the epochs that three do."""
    seen = Rehearsal(Pace(step=0, look=1), *np.zeros((3, 1), "int64"))
    monkeypatch.setattr(settling, "rehearse", lambda *_, **__: seen)
    epochs = [
        settled(("disc", "ring"), rng, minutes=6, flip=flip)[0].settings.epochs
        for flip in (False, True)
    ]
    assert epochs == [360 // (3 * 10), 360 // (6 * 10)]


def test_given_epochs_are_kept(rng):
    recipe, reasons = settled(("disc", "ring"), rng, minutes=None)
    assert recipe.settings.epochs == 100
    assert len(reasons) == 1


@pytest.mark.parametrize(("wanted", "flip"), [(True, "alternating"), (False, False)])
def test_mirrors_are_as_the_user_wants_them(rng, wanted, flip):
    recipe, reasons = settled(("left", "right"), rng, flip=wanted)
    assert recipe.settings.flip == flip
    assert recipe.settings.test_time == ("mirror-shift" if flip else "shift")
    assert not any("mirror" in reason for reason in reasons)


def test_the_learning_rate_is_searched_for_unless_it_is_given(rng):
    recipe, reasons = settled(("disc", "ring"), rng, search=True, minutes=None, flip=True)
    assert reasons[0].startswith(f"learning rate {recipe.settings.lr:.2g}: ")


def test_with_a_checkpoints_preprocessing_search_and_rehearsal_fit_none(rng, monkeypatch):
    used = []

    def refuse(*_):
        pytest.fail("a preprocessing was fitted, though the training has one")

    def note(self, model, preprocessing, **options):
        used.append(preprocessing)
        return make_trainer(self, model, preprocessing, **options)

    make_trainer = Settings.make_trainer
    monkeypatch.setattr(Settings, "make_preprocessing", refuse)
    monkeypatch.setattr(Settings, "make_trainer", note)
    before = Preprocessing(1, SIDE, SIDE, mean=(0.25,), std=(0.5,))
    settled(("disc", "ring"), rng, search=True, preprocessing=before)
    assert set(used) == {before}


def test_where_all_is_given_nothing_is_rehearsed(rng):
    told = []
    recipe, reasons = settled(
        ("left", "right"), rng, minutes=None, flip=False, progress=lambda *done: told.append(done)
    )
    assert (reasons, told) == ([], [])
    assert recipe.settings.epochs == 100


def test_too_few_images_are_not_rehearsed_with(rng):
    recipe, reasons = settled(("disc", "ring"), rng, count=19)
    assert recipe.settings.flip is False
    assert reasons == ["no rehearsal, and no mirror images: 38 images are too few to try with"]


def test_no_time_is_refused_before_anything_is_tried(rng):
    with pytest.raises(UsageError, match="minutes is 0, but a finite number over 0 is needed"):
        settled(("disc", "ring"), rng, minutes=0)


def test_a_rehearsal_is_told_about_and_judges_by_images_it_has_not_learned_from(rng):
    train = split_of(("disc", "ring"), 50, rng)
    settings = recipe_for("x", train, "ab")[0].settings
    told = []
    seen = rehearse(
        own_cnn,
        replace(settings, flip=True),
        train,
        2,
        minutes=1,
        progress=lambda *done: told.append(done),
    )
    done, steps = zip(*told, strict=True)
    assert done == tuple(range(1, steps[0] + 1))
    assert len(seen.labels) == len(seen.straight) == len(seen.mirrored) == 50
    assert np.bincount(seen.labels).tolist() == [25, 25]
    assert seen.pace.step > 0
    assert seen.pace.look > 0


def test_a_slow_machine_rehearses_for_less_time(rng):
    train = split_of(("disc", "ring"), 50, rng)
    settings = recipe_for("x", train, "ab")[0].settings
    told = []
    rehearse(own_cnn, settings, train, 2, minutes=0, progress=lambda *done: told.append(done))
    assert len(told) <= 2


def graphs_of_a_rehearsal(rng, compiling):
    train = split_of(("disc", "ring"), 30, rng)
    settings = recipe_for("x", train, "ab")[0].settings
    torch = backend_named("torch").configured(compiling=compiling)
    before = torch.graphs
    rehearse(own_cnn, settings, train, 2, minutes=0.01, backend=torch)
    return torch.graphs - before


def test_the_pace_of_a_training_that_will_be_compiled_is_taken_compiled(rng):
    assert graphs_of_a_rehearsal(rng, compiling=True) == 1


@pytest.mark.parametrize("compiling", [None, False], ids=["too short", "not wanted"])
def test_a_rehearsal_is_not_compiled_where_the_training_will_not_be(rng, compiling):
    assert graphs_of_a_rehearsal(rng, compiling) == 0


def test_without_a_compiler_the_pace_is_that_of_uncompiled_steps(rng, monkeypatch):
    torch = backend_named("torch").configured(compiling=True)

    def broken(step):
        raise BackendError("no compiler")

    monkeypatch.setattr(torch, "compile", broken)
    monkeypatch.setattr(
        torch, "configured", lambda *, compiling, **same: torch if compiling else plain
    )
    plain = backend_named("torch").configured(compiling=False)
    train = split_of(("disc", "ring"), 30, rng)
    settings = recipe_for("x", train, "ab")[0].settings
    seen = rehearse(own_cnn, settings, train, 2, minutes=0.01, backend=torch)
    assert seen.pace.step > 0
