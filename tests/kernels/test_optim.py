"""The optimizers' kernels against the plain updates."""

import numpy as np
import pytest

from chainrule.backends import NUMPY
from chainrule.kernels import blocks, plain_rules
from chainrule.optim import SGD, Adam, AdamW, Optimizer
from chainrule.tape import Tensor

SETTINGS = [
    (SGD, {}),
    (SGD, {"weight_decay": 0.1}),
    (SGD, {"momentum": 0.9, "nesterov": True}),
    (Adam, {}),
    (Adam, {"weight_decay": 0.1}),
    (AdamW, {"weight_decay": 0.1}),
]


def after_steps(make, w, gradients):
    """The weights and what is remembered after a few steps."""
    tensor = Tensor(w.copy(), needs_grad=True)
    optimizer = make()
    optimizer.attach([tensor])
    for dw in gradients:
        tensor.grad = dw
        optimizer.step()
    return {"w": tensor.data, **optimizer.state[0]}


def test_every_optimizer_with_a_kernel_is_tried():
    assert {f for f in NUMPY.kernels if issubclass(f, Optimizer)} == {kind for kind, _ in SETTINGS}


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
@pytest.mark.parametrize("piece", [1 << 16, 7])
def test_the_blocked_update_equals_the_plain_one(kind, settings, piece, monkeypatch, rng):
    monkeypatch.setattr(blocks, "BLOCK", piece)
    w = rng.standard_normal((6, 5)).astype("float32")
    gradients = [rng.standard_normal((5, 6)).astype("float32").T for _ in range(4)]
    copies = [dw.copy() for dw in gradients]

    def make():
        return kind(lr=0.01, **settings)

    got = after_steps(make, w, gradients)
    with plain_rules():
        expected = after_steps(make, w, gradients)
    assert got.keys() == expected.keys()
    for name, values in expected.items():
        assert got[name].dtype == np.float32
        np.testing.assert_allclose(got[name], values, rtol=1e-5, atol=1e-7)
    for dw, copy in zip(gradients, copies, strict=True):
        np.testing.assert_array_equal(dw, copy)


def test_a_blocked_step_leaves_the_old_weights_to_whoever_holds_them(rng):
    tensor = Tensor(rng.standard_normal((6, 5)), needs_grad=True)
    held, before = tensor.data, tensor.data.copy()
    optimizer = Adam()
    optimizer.attach([tensor])
    tensor.grad = np.ones((6, 5))
    optimizer.step()
    np.testing.assert_array_equal(held, before)
    assert not np.array_equal(tensor.data, before)
