import pytest

from chainrule import data, nn, optim
from chainrule.training import Trainer


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits: 1,437 to learn from, 360 to test with."""
    return data.load("digits")


@pytest.fixture
def trainer():
    """trainer(folder=..., callbacks=...): a Trainer over a fresh small network, always the same."""

    def make(*, lr=0.01, start=7, **settings):
        with nn.init.seeded(start):
            model = nn.Sequential(
                conv=nn.Conv2d(1, 8, 3, padding="same"),
                norm=nn.BatchNorm2d(8),
                relu=nn.ReLU(),
                pool=nn.MaxPool2d(2),
                flatten=nn.Flatten(),
                dropout=nn.Dropout(0.25),
                scores=nn.Linear(128, 10),
            )
        return Trainer(model, optimizer=optim.Adam(lr=lr), **settings)

    return make
