"""What all tests share."""

import os
from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where CHAINRULE_NO_SKIPS is set, a skipped test is a failed one: nothing may be missing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CHAINRULE_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where no test may be: {report.longrepr[2]}"
    return report
