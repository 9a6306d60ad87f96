import pytest

from chainrule.backends import NUMPY


@pytest.fixture(autouse=True)
def plain_rules(monkeypatch):
    """These tests are about the tape and the plain rules, whatever kernels are loaded."""
    monkeypatch.setattr(NUMPY, "kernels", {})
