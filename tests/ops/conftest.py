import pytest

from chainrule.backends import NUMPY


@pytest.fixture(autouse=True)
def plain_rules(monkeypatch):
    """These tests are about the rules in ops/, whatever kernels another test has loaded."""
    monkeypatch.setattr(NUMPY, "kernels", {})
