"""Evaluation: every number counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule.training import Evaluation


@pytest.fixture
def measured():
    probabilities = np.array(
        [
            [0.7, 0.2, 0.1],  # right
            [0.1, 0.8, 0.1],  # 0 taken for 1, rather sure
            [0.4, 0.4, 0.2],  # a tie: the lower number
            [0.0, 0.95, 0.05],  # 2 taken for 1, very sure
            [0.3, 0.3, 0.4],  # right
            [0.1, 0.8, 0.1],  # 2 taken for 1, as sure as the second
        ],
        dtype="float32",
    )
    return Evaluation(0.5, np.array([0, 0, 1, 2, 2, 2]), probabilities)


def test_counts(measured):
    assert measured.images == 6
    assert_array_equal(measured.predicted, [0, 1, 0, 1, 2, 1])
    assert measured.accuracy == 2 / 6


def test_confusion_has_a_row_per_right_class_and_a_column_per_predicted_one(measured):
    assert_array_equal(measured.confusion(), [[1, 1, 0], [1, 0, 0], [0, 2, 1]])


def test_confusion_has_room_for_classes_that_never_came():
    measured = Evaluation(0.0, np.array([1]), np.array([[0.1, 0.9, 0.0, 0.0]]))
    assert measured.confusion().shape == (4, 4)
    assert measured.confusion().sum() == measured.confusion()[1, 1] == 1


@pytest.mark.parametrize(("most", "places"), [(0, []), (2, [3, 1]), (9, [3, 1, 5, 2])])
def test_the_surest_mistakes_come_first_and_equals_in_their_order(measured, most, places):
    assert measured.surest_mistakes(most).tolist() == places


def test_no_mistake_is_no_mistake():
    perfect = Evaluation(0.0, np.array([0, 1]), np.eye(2))
    assert perfect.surest_mistakes(5).tolist() == []
    assert perfect.accuracy == 1


def test_it_shows_the_three_numbers_people_ask_for(measured):
    assert repr(measured) == "Evaluation(accuracy=0.3333, loss=0.5000, images=6)"
