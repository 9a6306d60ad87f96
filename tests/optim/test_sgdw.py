"""Weight decay in the gradient and weight decay beside it are two things."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule.optim import SGD, SGDW, Adam, AdamW
from chainrule.tape import Tensor


def after(optimizer, gradients, w):
    tensor = Tensor(np.array(w), needs_grad=True)
    optimizer.attach([tensor])
    for dw in gradients:
        tensor.grad = np.array(dw)
        optimizer.step()
    return tensor.data


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgdw_shrinks_the_weights_and_remembers_only_gradients(nesterov, rng):
    lr, momentum, decay = 0.1, 0.9, 0.2
    w = rng.standard_normal(5)
    gradients = rng.standard_normal((20, 5))
    expected, v = w.copy(), np.zeros(5)
    for dw in gradients:
        expected -= lr * decay * expected
        v = momentum * v + dw
        expected -= lr * (dw + momentum * v if nesterov else v)
    optimizer = SGDW(lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    assert_allclose(after(optimizer, gradients, w), expected, rtol=1e-12)


def test_without_momentum_the_two_kinds_of_decay_are_one(rng):
    w, gradients = rng.standard_normal(5), rng.standard_normal((20, 5))
    one = after(SGD(lr=0.1, weight_decay=0.2), gradients, w)
    assert_allclose(after(SGDW(lr=0.1, weight_decay=0.2), gradients, w), one, rtol=1e-12)


@pytest.mark.parametrize(
    ("in_the_gradient", "beside_it", "settings"),
    [(SGD, SGDW, {"lr": 0.1, "momentum": 0.9}), (Adam, AdamW, {"lr": 0.1})],
)
def test_otherwise_they_differ(in_the_gradient, beside_it, settings, rng):
    w, gradients = rng.standard_normal(5), rng.standard_normal((20, 5))
    decayed = [
        after(kind(weight_decay=0.2, **settings), gradients, w)
        for kind in (in_the_gradient, beside_it)
    ]
    plain = [
        after(kind(weight_decay=0.0, **settings), gradients, w)
        for kind in (in_the_gradient, beside_it)
    ]
    assert_array_equal(*plain)
    assert np.abs(decayed[0] - decayed[1]).min() > 1e-3


def test_decay_alone_shrinks_by_lr_times_decay_with_adamw_and_not_with_adam():
    still = [[0.0, 0.0]] * 3
    assert_allclose(
        after(AdamW(lr=0.1, weight_decay=0.5), still, [1.0, 100.0]), [0.95**3, 95 * 0.95**2]
    )
    assert_allclose(after(Adam(lr=0.1, weight_decay=0.5), still, [1.0, 100.0]), [0.7, 99.7], 1e-2)
