"""Experiments in small, on real digits."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule.backends import NUMPY
from chainrule.data import Split
from chainrule.errors import RunError, UsageError
from chainrule.nn import Flatten, Linear, ReLU, Sequential, count_parameters
from chainrule.runs.computing import Computing
from chainrule.runs.experiments import EXPERIMENTS, Measured, Record, carry_out, curves
from chainrule.runs.experiments.learning import few_of, learn_after, learn_before
from chainrule.runs.experiments.tasks import deep_sigmoid_mlp, small_cnn
from chainrule.runs.ladder.climbing import part_of
from chainrule.runs.ladder.rungs import Quick

BY_NUMPY = Computing(NUMPY, "asked for")


@pytest.fixture(scope="module")
def few_digits(digits):
    """Too few to learn well from, and quick to learn."""
    return part_of(digits, Quick(train=400, test=120, epochs=1))


def tiny(shape, classes):
    """A network that images of 8x8 are enough for."""
    return Sequential(
        features=Sequential(Flatten(), Linear(64, 16), ReLU()), head=Linear(16, classes)
    )


def small(name, **changes):
    one = EXPERIMENTS[name] if name == "autoencoder" else replace(EXPERIMENTS[name], build=tiny)
    return replace(
        one,
        shots=(2, 4),
        steps=4,
        passes=1,
        pretraining=replace(one.pretraining, epochs=1, shift=0),
        settings=replace(one.settings, shift=0),
        **changes,
    )


def do(experiment, dataset, folder, **given):
    wanted = {"seeds": (0, 1), "computing": BY_NUMPY, "command": "chainrule transfer", **given}
    return carry_out(experiment, dataset, dataset, folder, **wanted)


def test_the_same_seed_gives_more_images_that_hold_all_the_fewer(rng):
    whole = Split(rng.integers(0, 255, (60, 1, 2, 2)).astype("uint8"), np.arange(60) % 3)
    few, more, other = few_of(whole, 4, 1), few_of(whole, 9, 1), few_of(whole, 4, 2)
    assert np.bincount(few.labels).tolist() == [4, 4, 4]
    pixels = {image.tobytes() for image in more.images}
    assert all(image.tobytes() in pixels for image in few.images)
    assert not all(image.tobytes() in pixels for image in other.images)
    with pytest.raises(UsageError, match="21 images of each class were asked for, but class 0 has"):
        few_of(whole, 21, 1)


def test_halves_of_the_classes_share_no_image_and_are_numbered_from_0(few_digits):
    material = EXPERIMENTS["cifar10"].material(few_digits, few_digits)
    assert material.before.classes == ("0", "1", "2", "3", "4")
    assert material.after.classes == ("5", "6", "7", "8", "9")
    for part in ("train", "test"):
        before, after = getattr(material.before, part), getattr(material.after, part)
        assert set(before.labels) == set(after.labels) == set(range(5))
        assert len(before) + len(after) == len(getattr(few_digits, part))
        first = getattr(few_digits, part)
        assert_array_equal(after.images, first.images[first.labels >= 5])


def test_every_training_is_done_once_whenever_it_was_interrupted(few_digits, tmp_path):
    experiment, told = small("cifar10"), []

    def stop_at_the_fourth(one):
        told.append(one)
        if one.measured and one.number == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(experiment, few_digits, tmp_path, watch=stop_at_the_fourth)
    assert len(Record.read(tmp_path / "transfer.json").measured) == 4
    pretrained = (tmp_path / "pretrained-seed0.safetensors").stat().st_mtime_ns
    record = do(experiment, few_digits, tmp_path, watch=told.append, command="again")
    assert record.facts["command"] == "again"
    done = [one.number for one in told if one.measured]
    assert done == list(range(1, 13))
    assert (tmp_path / "pretrained-seed0.safetensors").stat().st_mtime_ns == pretrained
    whole = do(experiment, few_digits, tmp_path / "whole")
    assert [replace(one, seconds=0) for one in record.measured] == [
        replace(one, seconds=0) for one in whole.measured
    ]
    assert set(record.pretraining) == {"0", "1"}
    assert 0 <= record.pretraining["1"]["accuracy"] <= 1


def test_only_ways_that_are_said_to_be_pretrained_depend_on_what_was_learned_before(few_digits):
    experiment = small("cifar10")
    material = experiment.material(few_digits, few_digits)

    def watch(step):
        return None

    learned = learn_before(experiment, material, 0, NUMPY, watch)
    turned = {name: np.flip(values).reshape(values.shape) for name, values in learned.state.items()}
    other = replace(learned, state=turned)
    for way in experiment.ways:
        by_learned, by_other = (
            learn_after(experiment, material, way, 4, what, 0, NUMPY, watch)
            for what in (learned, other)
        )
        assert (by_learned != by_other) == way.pretrained, way.name


def test_a_folder_of_another_experiment_is_left_alone(few_digits, tmp_path):
    do(small("cifar10"), few_digits, tmp_path, seeds=(0,))
    before = (tmp_path / "transfer.json").read_bytes()
    with pytest.raises(RunError, match="an experiment with another numbers: choose another folder"):
        do(replace(small("cifar10"), steps=5), few_digits, tmp_path)
    with pytest.raises(RunError, match="another experiment"):
        do(small("autoencoder"), few_digits, tmp_path)
    assert (tmp_path / "transfer.json").read_bytes() == before


def test_what_another_experiment_learned_before_is_never_taken_over(few_digits, tmp_path):
    def stop_before_anything_is_measured(one):
        if (tmp_path / "pretrained-seed0.safetensors").is_file():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(small("cifar10"), few_digits, tmp_path, watch=stop_before_anything_is_measured)
    with pytest.raises(RunError, match="an experiment with another numbers"):
        do(replace(small("cifar10"), steps=5), few_digits, tmp_path)


def test_autoencoders_learn_without_labels_before(few_digits, tmp_path):
    record = do(small("autoencoder"), few_digits, tmp_path, seeds=(0,))
    assert list(record.pretraining["0"]["errors"]) == ["1", "3", "5", "7"]
    ways = [curve.way for curve in curves(record)]
    assert ways == [way.name for way in EXPERIMENTS["autoencoder"].ways]


def recorded(*measured):
    return Record(
        {"data": {"after": {"test": 1000}}, "over": {"a": "", "b": "a"}},
        measured=[Measured(*one, 1.0) for one in measured],
    )


def test_gains_are_of_pairs_of_seeds_and_intervals_students():
    record = recorded(
        *(("a", 5, seed, accuracy) for seed, accuracy in enumerate((0.5, 0.6, 0.7))),
        *(("b", 5, seed, accuracy) for seed, accuracy in enumerate((0.6, 0.69, 0.81))),
    )
    first, second = (curve.points[0] for curve in curves(record))
    assert (first.mean, first.gain) == (pytest.approx(0.6), None)
    assert first.high - first.mean == pytest.approx(4.302653 * 0.1 / 3**0.5)
    assert second.gain.value == pytest.approx(0.1)
    assert second.gain.high - 0.1 == pytest.approx(4.302653 * 0.01 / 3**0.5)


def test_what_only_some_ways_have_is_left_out():
    record = recorded(
        *(("a", 5, 0, 0.5), ("b", 5, 0, 0.6), ("a", 5, 1, 0.5), ("a", 9, 0, 0.7)),
    )
    first, second = curves(record)
    assert [(p.shots, p.accuracies) for p in first.points] == [(5, (0.5,))]
    assert [(p.shots, p.accuracies) for p in second.points] == [(5, (0.6,))]
    assert second.points[0].gain is None


def test_a_damaged_record_is_refused_by_name(tmp_path):
    path = tmp_path / "transfer.json"
    path.write_text('{"format": 1, "facts": {}}')
    with pytest.raises(RunError, match=r"transfer\.json is damaged"):
        Record.read(path)
    path.write_text('{"format": 2}')
    with pytest.raises(RunError, match="of format 2, but"):
        Record.read(path)


def test_the_networks_are_of_the_size_they_are_said_to_be():
    convolutions = 9 * (3 * 16 + 16 * 32 + 32 * 64 + 64 * 128) + 2 * (16 + 32 + 64 + 128)
    assert count_parameters(small_cnn((3, 32, 32), 5)) == convolutions + 128 * 5 + 5
    sizes = (784, 500, 250, 100, 50, 10)
    assert count_parameters(deep_sigmoid_mlp((1, 28, 28), 10)) == sum(
        (before + 1) * after for before, after in pairwise(sizes)
    )
