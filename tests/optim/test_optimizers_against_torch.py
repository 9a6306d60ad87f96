"""Twenty steps of every optimizer, with every option, beside PyTorch's."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule import optim
from chainrule.kernels import plain_rules
from chainrule.tape import Tensor

STEPS = 20

PAIRS = [
    (optim.GradientDescent(lr=0.1), torch.optim.SGD, {"lr": 0.1}),
    (
        optim.GradientDescent(lr=0.1, weight_decay=0.3),
        torch.optim.SGD,
        {"lr": 0.1, "weight_decay": 0.3},
    ),
    (
        optim.SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.3),
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3},
    ),
    (
        optim.SGD(lr=0.1, momentum=0.8),
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.8},
    ),
    (optim.AdaGrad(lr=0.1), torch.optim.Adagrad, {"lr": 0.1}),
    (
        optim.AdaGrad(lr=0.1, initial=0.5, eps=1e-3, weight_decay=0.3),
        torch.optim.Adagrad,
        {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3, "weight_decay": 0.3},
    ),
    (optim.AdaDelta(), torch.optim.Adadelta, {"lr": 1.0}),
    (
        optim.AdaDelta(lr=0.5, rho=0.7, eps=1e-3, weight_decay=0.3),
        torch.optim.Adadelta,
        {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.3},
    ),
    (optim.RMSProp(lr=0.1), torch.optim.RMSprop, {"lr": 0.1}),
    (
        optim.RMSProp(lr=0.1, alpha=0.8, momentum=0.9, eps=1e-3, weight_decay=0.3),
        torch.optim.RMSprop,
        {"lr": 0.1, "alpha": 0.8, "momentum": 0.9, "eps": 1e-3, "weight_decay": 0.3},
    ),
    (
        optim.RMSProp(lr=0.1, centered=True),
        torch.optim.RMSprop,
        {"lr": 0.1, "centered": True},
    ),
    (
        optim.RMSProp(lr=0.1, centered=True, momentum=0.5),
        torch.optim.RMSprop,
        {"lr": 0.1, "centered": True, "momentum": 0.5},
    ),
    (optim.Adam(lr=0.1), torch.optim.Adam, {"lr": 0.1}),
    (
        optim.Adam(lr=0.1, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.3),
        torch.optim.Adam,
        {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.3},
    ),
    (optim.AdamW(lr=0.1), torch.optim.AdamW, {"lr": 0.1}),
    (
        optim.AdamW(lr=0.1, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.3),
        torch.optim.AdamW,
        {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.3},
    ),
    (optim.Nadam(lr=0.1), torch.optim.NAdam, {"lr": 0.1}),
    (
        optim.Nadam(lr=0.1, betas=(0.7, 0.9), eps=1e-3, momentum_decay=0.1, weight_decay=0.3),
        torch.optim.NAdam,
        {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-3, "momentum_decay": 0.1, "weight_decay": 0.3},
    ),
]


@pytest.fixture
def torch_counts_in():
    """PyTorch keeps an optimizer's own numbers (NAdam's product) in its default dtype."""
    before = torch.get_default_dtype()
    yield torch.set_default_dtype
    torch.set_default_dtype(before)


def gradients_along(rng, dtype):
    """Gradients for two tensors over the steps, of very different sizes."""
    sizes = 10.0 ** rng.uniform(-3, 2, size=STEPS)
    return [
        [(size * rng.standard_normal(shape)).astype(dtype) for shape in ((4, 3), (5,))]
        for size in sizes
    ]


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-5)])
@pytest.mark.parametrize(("mine", "kind", "settings"), PAIRS, ids=str)
def test_twenty_steps_are_pytorchs(mine, kind, settings, dtype, rtol, torch_counts_in, rng):
    torch_counts_in(getattr(torch, dtype))
    start = [rng.standard_normal(shape).astype(dtype) for shape in ((4, 3), (5,))]
    theirs = [torch.tensor(values, requires_grad=True) for values in start]
    their_optimizer = kind(theirs, **settings)
    for kernels in (True, False):
        ours = [Tensor(values.copy(), needs_grad=True) for values in start]
        optimizer = mine.renewed()
        optimizer.attach(ours)
        for gradients in gradients_along(np.random.default_rng(1), dtype):
            for tensor, other, dw in zip(ours, theirs, gradients, strict=True):
                tensor.grad, other.grad = dw, torch.tensor(dw)
            if kernels:
                their_optimizer.step()
                optimizer.step()
            else:
                with plain_rules():
                    optimizer.step()
        for tensor, other, values in zip(ours, theirs, start, strict=True):
            assert tensor.data.dtype == dtype
            assert not np.allclose(tensor.data, values)
            assert_allclose(tensor.data, other.detach().numpy(), rtol=rtol, atol=rtol)


def test_every_optimizer_is_compared():
    kinds = {k for k in vars(optim).values() if isinstance(k, type)}
    kinds = {k for k in kinds if issubclass(k, optim.Optimizer)}
    # SGDW and Muon have no exact counterpart: test_sgd.py and test_muon.py write them out.
    assert kinds - {type(mine) for mine, _, _ in PAIRS} == {
        optim.Optimizer,
        optim.SGDW,
        optim.Muon,
    }
