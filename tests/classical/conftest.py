"""Data that the tests of this room share."""

import pytest

from chainrule.data import Dataset, load


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load("digits")
