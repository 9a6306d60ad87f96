"""What constructors refuse, what they say is needed, and numbers of NumPy's, which they take."""

import numpy as np
import pytest

from chainrule import nn, optim
from chainrule.backends import NUMPY
from chainrule.errors import UsageError
from chainrule.tape import Tensor, tensor

RATED = [
    optim.GradientDescent,
    optim.SGD,
    optim.SGDW,
    optim.AdaGrad,
    optim.AdaDelta,
    optim.RMSProp,
    optim.Adam,
    optim.AdamW,
    optim.Nadam,
    optim.Muon,
]

REFUSED = [
    (optim.SGD, {"lr": 0.1, "momentum": 1.0}, "momentum is 1.0, but must be in [0, 1)"),
    (optim.SGDW, {"lr": 0.1, "nesterov": True}, "nesterov is True, but must be False without"),
    (optim.AdaGrad, {"initial": -1.0}, "initial is -1.0, but must be 0 or more"),
    (optim.AdaGrad, {"eps": 0.0}, "eps is 0.0, but must be over 0"),
    (optim.AdaDelta, {"rho": 1.0}, "rho is 1.0, but must be in [0, 1)"),
    (optim.AdaDelta, {"eps": -1.0}, "eps is -1.0, but must be over 0"),
    (optim.RMSProp, {"alpha": 1.5}, "alpha is 1.5, but must be in [0, 1)"),
    (optim.RMSProp, {"momentum": -0.1}, "momentum is -0.1, but must be in [0, 1)"),
    (optim.RMSProp, {"eps": 0.0}, "eps is 0.0, but must be over 0"),
    (optim.Adam, {"betas": (1.0, 0.9)}, "beta1 is 1.0, but must be in [0, 1)"),
    (optim.Adam, {"betas": (0.9, -0.1)}, "beta2 is -0.1, but must be in [0, 1)"),
    (optim.Adam, {"betas": (0.9,)}, "betas is (0.9,), but must be two numbers"),
    (optim.Adam, {"eps": 0.0}, "eps is 0.0, but must be over 0"),
    (optim.Nadam, {"momentum_decay": -1.0}, "momentum_decay is -1.0, but must be 0 or more"),
    (optim.Muon, {"momentum": 1.0}, "momentum is 1.0, but must be in [0, 1)"),
    (optim.Muon, {"momentum": 0.0}, "nesterov is True, but must be False without momentum"),
    (optim.Muon, {"iterations": 0}, "iterations is 0, but must be 1 or more"),
    (optim.StepDecay, {"every": 0.0}, "every is 0.0, but must be in (0, 1]"),
    (optim.StepDecay, {"factor": 2.0}, "factor is 2.0, but must be in (0, 1]"),
    (optim.Exponential, {"final": 0.0}, "final is 0.0, but must be in (0, 1]"),
    (optim.LinearWarmup, {"warmup": 1.0}, "warmup is 1.0, but must be in [0, 1)"),
    (optim.LinearWarmup, {"then": optim.Plateau()}, "use Plateau(schedule=LinearWarmup())"),
    (optim.Cosine, {"warmup": -0.1}, "warmup is -0.1, but must be in [0, 1)"),
    (optim.Cosine, {"final": 1.1}, "final is 1.1, but must be in [0, 1]"),
    (optim.OneCycle, {"warmup": 0.0}, "warmup is 0.0, but must be in (0, 1)"),
    (optim.OneCycle, {"start": 0.0}, "start is 0.0, but must be in (0, 1]"),
    (optim.OneCycle, {"final": 2.0}, "final is 2.0, but must be in (0, 1]"),
    (optim.Plateau, {"factor": 1.0}, "factor is 1.0, but must be in (0, 1)"),
    (optim.Plateau, {"patience": -1}, "patience is -1, but must be 0 or more"),
    (optim.Plateau, {"threshold": 1.0}, "threshold is 1.0, but must be in [0, 1)"),
    (optim.Plateau, {"lowest": 2.0}, "lowest is 2.0, but must be in [0, 1]"),
]


def of_numpys(value):
    """The setting as a number that NumPy gives, such as one of np.logspace."""
    if isinstance(value, tuple):
        return tuple(map(of_numpys, value))
    return np.float64(value) if type(value) is float else value


SET = [
    (kind, more)
    for kind in RATED
    for more in ({}, {"weight_decay": 0.1}, {"momentum": 0.9})
    if more.keys() <= kind(lr=0.1).hyperparameters().keys()
]


@pytest.mark.parametrize(("kind", "more"), SET)
def test_numbers_of_numpys_leave_weights_and_states_in_single_precision(kind, more, monkeypatch):
    monkeypatch.setattr(NUMPY, "kernels", {})
    settings = kind(lr=0.1).hyperparameters() | more
    optimizer = kind(**{name: of_numpys(value) for name, value in settings.items()})
    optimizer.clip(norm=np.float64(1), value=np.float64(0.5))
    w = Tensor(np.ones((2, 3), "float32"), needs_grad=True)
    optimizer.attach([w])
    for _ in range(2):
        w.grad = np.ones((2, 3), "float32")
        optimizer.step()
    arrays = [w.data, *(v for name, v in optimizer.state[0].items() if name != "product")]
    assert {array.dtype for array in arrays} == {np.dtype("float32")}


@pytest.mark.parametrize("kind", RATED)
def test_inputs_in_double_precision_leave_a_model_in_single_precision(kind, monkeypatch):
    monkeypatch.setattr(NUMPY, "kernels", {})
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = kind(lr=0.1)
    optimizer.attach(model.parameters())
    for _ in range(2):
        model(tensor(np.eye(3))).sum().backward()
        optimizer.step()
    found = {name: str(t.dtype) for name, t in model.named_tensors()}
    assert found.pop("1.num_batches_tracked") == "int64"
    assert set(found.values()) == {"float32"}


@pytest.mark.parametrize("kind", RATED)
@pytest.mark.parametrize("lr", [0.0, -0.1, float("nan"), float("inf")])
def test_a_learning_rate_is_over_nothing_and_finite(kind, lr):
    with pytest.raises(UsageError, match=f"{kind.__name__}: lr is {lr}, but must be over 0"):
        kind(lr=lr)


@pytest.mark.parametrize("kind", RATED)
@pytest.mark.parametrize("decay", [-0.1, float("nan"), float("inf")])
def test_weight_decay_is_nothing_or_more(kind, decay):
    with pytest.raises(UsageError, match=f"{kind.__name__}: weight_decay is {decay}, but must be"):
        kind(lr=0.1, weight_decay=decay)


@pytest.mark.parametrize(("kind", "settings", "problem"), REFUSED)
def test_other_numbers_out_of_range_are_named(kind, settings, problem):
    with pytest.raises(UsageError) as caught:
        kind(**settings)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(kind.__name__)
    assert "\n" not in str(caught.value)


def test_every_optimizer_is_tried():
    kinds = {k for k in vars(optim).values() if isinstance(k, type)}
    kinds = {k for k in kinds if issubclass(k, optim.Optimizer)}
    assert kinds == {*RATED, optim.Optimizer}
