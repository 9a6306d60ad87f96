"""Whether mirror images would teach the truth, decided by what a network took them for."""

import numpy as np
import pytest

from chainrule.zoo.own import judge_mirror

ARROWS = ("left", "right", "disc")


def answers(labels, **changes):
    """What a network says that is right, but for the share (from, to, share) of a class."""
    said = labels.copy()
    for start, end, share in changes.values():
        places = np.flatnonzero(labels == start)
        said[places[: round(share * len(places))]] = end
    return said


@pytest.fixture
def labels():
    return np.repeat([0, 1, 2], 100)


def test_mirrors_are_used_where_mirror_images_are_known_as_well(labels):
    verdict = judge_mirror(labels, answers(labels), answers(labels, some=(0, 2, 0.05)), ARROWS)
    assert verdict.use
    assert verdict.reason == (
        "mirror images: 100% of images right in a rehearsal, and 98% of their mirror images"
    )


def test_one_class_that_turns_into_another_is_enough_to_forbid_mirrors(labels):
    mirrored = answers(labels, turned=(1, 0, 0.35))
    verdict = judge_mirror(labels, answers(labels), mirrored, ARROWS)
    assert not verdict.use
    assert verdict.reason == (
        "no mirror images: that of right looks like left (35% of them in a rehearsal)"
    )
    assert (mirrored == labels).mean() > 0.85  # the accuracy alone would hardly have told


def test_the_clearest_of_several_moves_is_named(labels):
    mirrored = answers(labels, turned=(1, 0, 0.5), more=(0, 1, 0.9))
    assert "that of left looks like right (90%" in (
        judge_mirror(labels, answers(labels), mirrored, ARROWS).reason
    )


def test_classes_confused_from_both_sides_do_not_forbid_mirrors(labels):
    confused = answers(labels, mistaken=(0, 1, 0.5))
    verdict = judge_mirror(labels, confused, confused, ARROWS)
    assert verdict.use
    assert "83% of images right" in verdict.reason


def test_mirror_images_that_are_lost_here_and_there_are_not_used():
    labels = np.repeat(np.arange(10), 50)
    mirrored = labels.copy()
    lost = np.arange(500) % 5 == 0
    mirrored[lost] = (labels[lost] + np.arange(500)[lost] // 5 % 9 + 1) % 10  # a bit to each class
    verdict = judge_mirror(labels, labels, mirrored, tuple("abcdefghij"))
    assert not verdict.use
    assert verdict.reason == (
        "no mirror images: they are not of the same kind, "
        "100% of images right in a rehearsal, and 80% of their mirror images"
    )


def test_two_small_classes_that_change_places_are_seen_together():
    labels = np.repeat(np.arange(22), 8)
    mirrored = answers(labels, one=(0, 1, 0.75), other=(1, 0, 0.75))
    names = ("left", "right", *map(str, range(20)))
    verdict = judge_mirror(labels, labels, mirrored, names)
    assert "that of left looks like right (75%" in verdict.reason
    assert judge_mirror(labels, labels, answers(labels, one=(0, 1, 0.75)), names).use


def test_a_few_images_that_move_by_chance_forbid_nothing():
    labels = np.repeat([0, 1], [12, 500])
    straight = answers(labels, odd=(0, 1, 1 / 12))
    mirrored = answers(labels, odd=(0, 1, 6 / 12))
    assert judge_mirror(labels, straight, mirrored, "ab").use


@pytest.mark.parametrize("classes", [2, 3, 50])
def test_a_network_that_knows_nothing_yet_cannot_vouch_for_mirrors(classes, rng):
    labels = np.repeat(np.arange(classes), 40)
    guesses = rng.integers(0, classes, len(labels))
    verdict = judge_mirror(labels, guesses, guesses, range(classes))
    assert not verdict.use
    assert "too little to tell by" in verdict.reason


def test_one_common_class_guessed_always_is_no_knowledge():
    labels = np.repeat([0, 1], [90, 10])
    always = np.zeros(100, dtype="int64")
    assert not judge_mirror(labels, always, always, "ab").use
    assert judge_mirror(labels, labels, labels, "ab").use


def test_a_little_knowledge_is_not_enough_to_vouch_for_mirrors():
    labels = np.repeat(np.arange(10), 50)
    straight = np.where(np.arange(500) % 5 == 0, labels, 0)  # four times better than a guess
    verdict = judge_mirror(labels[50:], straight[50:], straight[50:], range(10))
    assert not verdict.use
    assert verdict.reason == "no mirror images: 20% right in a rehearsal is too little to tell by"


def test_a_class_better_known_from_the_other_side_has_not_moved(labels):
    straight = answers(labels, mistaken=(0, 1, 0.4))
    assert judge_mirror(labels, straight, labels, ARROWS).use
