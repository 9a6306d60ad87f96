"""The door for images and rows."""

import numpy as np
import pytest

from chainrule.classical.rows import as_rows, brightness
from chainrule.errors import DataError, ShapeError, UsageError


def test_images_become_rows_that_share_their_memory(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (5, 3, 4, 4), dtype=np.uint8)
    rows = as_rows(images)
    assert rows.shape == (5, 48)
    assert np.shares_memory(rows, images)


def test_uint8_and_floats_keep_their_kind_and_other_numbers_become_float64() -> None:
    for kind, kept in (("u1", "u1"), ("f4", "f4"), ("f8", "f8"), ("i8", "f8"), ("u2", "f8")):
        assert as_rows(np.ones((2, 2), kind)).dtype == kept


def test_only_pixels_are_divided_by_255() -> None:
    assert brightness(np.array([[0, 255]], np.uint8)).tolist() == [[0.0, 1.0]]
    assert brightness(np.array([[0.0, 255.0]])).tolist() == [[0.0, 255.0]]


def test_the_largest_numbers_there_are_are_numbers() -> None:
    assert as_rows(np.full((3, 2), 1e308)).shape == (3, 2)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(odd: float) -> None:
    with pytest.raises(DataError, match="NaN or infinity"):
        as_rows([[0.0, 1.0], [odd, 2.0]])


@pytest.mark.parametrize("values", [[1.0, 2.0], np.ones((0, 3)), np.ones((3, 0)), 5.0])
def test_what_has_no_rows_is_refused(values: object) -> None:
    with pytest.raises(ShapeError, match="is needed"):
        as_rows(values)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [[["a"]], [[True]], [[1j]]])
def test_what_is_no_real_number_is_refused(values: list[list[object]]) -> None:
    with pytest.raises(UsageError, match="numbers are needed"):
        as_rows(values)  # type: ignore[arg-type]
