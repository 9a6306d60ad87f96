"""scikit-learn's own checks of an estimator, every one, on the defaults."""

from collections.abc import Callable
from typing import Any
from unittest import SkipTest

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

import chainrule

NOT_HERE = {
    "check_array_api_input": "SCIPY_ARRAY_API is not set",
    "check_classifier_data_not_an_array": "pandas is not installed",
}
"""Checks that may end early, and why: the first is of arrays that nobody claims to take, the
second has checked all else by then."""

CASES = [
    case
    for estimator in (chainrule.MLPClassifier(), chainrule.ImageClassifier())
    for case in estimator_checks_generator(estimator)
]


def called(case: Any) -> str:
    return str(getattr(case, "func", case).__name__)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    ("estimator", "check"),
    CASES,
    ids=[f"{type(estimator).__name__}-{called(check)}" for estimator, check in CASES],
)
def test_sklearn_finds_nothing_wrong(estimator: Any, check: Callable[[Any], None]) -> None:
    try:
        check(estimator)
    except SkipTest as ended_early:
        if NOT_HERE.get(called(check), "nothing may end early") not in str(ended_early):
            pytest.fail(f"this check ended early: {ended_early}")


def test_there_are_checks_for_both() -> None:
    kinds = [type(estimator).__name__ for estimator, _ in CASES]
    assert min(kinds.count("MLPClassifier"), kinds.count("ImageClassifier")) > 50
