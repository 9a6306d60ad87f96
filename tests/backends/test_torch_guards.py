"""What is checked before each compiled step, and what is taken to be as it was."""

import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import nn, ops
from chainrule.backends import backend_named, torch_guards, using
from chainrule.tape import Tensor
from chainrule.training.step import make_prediction_step

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
"""torch's compiler uses what torch has given up."""

TORCH = backend_named("torch").configured(compiling=True)
FACTOR = 2.0


class Scaled(nn.Module):
    """A user's layer, with a number of its module's and one of its own."""

    def __init__(self):
        self.own = 1.0

    def forward(self, x):
        return x * (FACTOR * self.own)


@pytest.fixture
def seen(monkeypatch):
    """(name, checked) of every guard of what is compiled."""
    seen = []

    def look(guards):
        checked = torch_guards.worth_checking(guards)
        seen.extend(zip([guard.name for guard in guards], checked, strict=True))
        return checked

    monkeypatch.setattr("chainrule.backends.torch.worth_checking", look)
    return seen


def test_what_libraries_hold_is_not_checked_and_all_else_is(seen, monkeypatch):
    model = nn.Sequential(nn.Linear(3, 2), Scaled()).to(TORCH)
    x = TORCH.asarray(np.ones((4, 3), dtype="float32"))
    with using(TORCH):
        step = TORCH.compile(make_prediction_step(model))
        once = TORCH.to_numpy(step(x))
        before = TORCH.graphs
        step(x)
        assert TORCH.graphs == before
        monkeypatch.setattr(f"{__name__}.FACTOR", 3.0)
        assert_array_equal(TORCH.to_numpy(step(x)), once * np.float32(1.5))
        model[1].own = 4.0
        assert_array_equal(TORCH.to_numpy(step(x)), once * np.float32(6))
        assert TORCH.graphs == before + 2

    checked = {name for name, is_checked in seen if is_checked}
    left = {name for name, is_checked in seen if not is_checked}
    assert sum(not is_checked for _, is_checked in seen) > len(seen) / 4
    assert any(name.endswith(".Affine") for name in left)
    assert any("FACTOR" in name for name in checked)
    assert any("_in_use" in name for name in checked)
    assert any("recording" in name for name in checked)
    assert not any(name.startswith("L[") for name in left)


def test_a_graph_compiled_before_its_thread_ever_stopped_recording_is_used_again():
    """The tape's switch was the class's until no_grad in the graph hid it by the thread's own."""
    graphs = []

    def ask():
        x = TORCH.asarray(np.ones((4, 3), dtype="float32"))
        with using(TORCH):
            step = TORCH.compile(make_prediction_step(nn.Linear(3, 2).to(TORCH)))
            for _ in range(2):
                step(x)
                graphs.append(TORCH.graphs)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert len(graphs) == 2
    assert graphs[0] == graphs[1]


def test_a_graph_does_not_outlive_the_precision_it_was_compiled_in():
    step = TORCH.compile(lambda x: ops.matmul(Tensor(x), Tensor(x)).data)
    x = TORCH.asarray(np.full((2, 2), 1.001, dtype="float32"))
    with using(TORCH):
        exact = TORCH.to_numpy(step(x))
    with using(TORCH.configured(precision="bfloat16")):
        rounded = TORCH.to_numpy(step(x))
    assert (exact != rounded).all()
