"""Optimizers used before or beside their tensors, and what a state must fit."""

import numpy as np
import pytest

from chainrule.errors import UsageError
from chainrule.optim import SGD, Adam, Nadam, StepDecay
from chainrule.tape import Tensor


def attached(optimizer, *shapes):
    optimizer.attach([Tensor(np.ones(shape), needs_grad=True) for shape in shapes])
    return optimizer


@pytest.mark.parametrize(
    "use", [Adam.step, Adam.state_dict, lambda optimizer: optimizer.load_state_dict({})]
)
def test_an_optimizer_without_tensors_asks_for_them(use):
    with pytest.raises(UsageError, match=r"Adam: attach the tensors first: optimizer\.attach"):
        use(Adam())


def test_nothing_to_learn_is_refused():
    with pytest.raises(UsageError, match="SGD: there is nothing to learn: no tensors came"):
        attached(SGD(lr=0.1))


@pytest.mark.parametrize(
    "other",
    [
        lambda: attached(SGD(lr=0.1, momentum=0.9), (2, 3)),
        lambda: attached(Adam(), (2, 3), (1,)),
        lambda: attached(Adam(), (3, 2)),
    ],
    ids=["another optimizer", "more tensors", "other shapes"],
)
def test_a_state_of_something_else_is_refused_and_nothing_changes(other):
    mine = attached(Adam(), (2, 3))
    before = mine.state_dict()
    with pytest.raises(UsageError, match="this state is not one of Adam over these 1 tensors"):
        mine.load_state_dict(other().state_dict())
    assert all((mine.state_dict()[name] == values).all() for name, values in before.items())


def test_a_state_whose_one_value_was_0_d_is_taken():
    mine = attached(Nadam(), (2, 3))
    state = mine.state_dict()
    mine.load_state_dict({**state, "0.product": np.array(0.5)})
    assert mine.state_dict()["0.product"].tolist() == [0.5]


def test_clearing_forgets_every_gradient():
    optimizer = attached(SGD(lr=0.1), (2,), (3,))
    for tensor in optimizer.tensors:
        tensor.grad = tensor.data
    optimizer.clear_gradients()
    assert [tensor.grad for tensor in optimizer.tensors] == [None, None]


@pytest.mark.parametrize("steps", [10, 30, 70, 90, 1_000])
def test_a_step_decay_falls_exactly_when_a_share_of_the_run_has_passed(steps):
    schedule = StepDecay(every=0.1, factor=0.5)
    falls = [n for n in range(1, steps) if schedule(n, steps) < schedule(n - 1, steps)]
    assert falls == [tenth * steps // 10 for tenth in range(1, 10)]
