"""Muon, by the singular values that it is about."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule.backends import NUMPY
from chainrule.optim import AdamW, Group, Muon
from chainrule.optim.muon import orthogonalised
from chainrule.tape import Tensor


def by_singular_values(g, iterations):
    """What the iteration comes to, without matrix products: the polynomial on each value."""
    g = g.reshape(len(g), -1)
    u, s, vt = np.linalg.svd(g, full_matrices=False)
    s = s / (np.sqrt((g**2).sum()) + 1e-7)
    for _ in range(iterations):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return (u * s) @ vt


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5), (1, 6), (6, 1)])
def test_the_iteration_is_a_polynomial_of_every_singular_value(shape, rng):
    g = rng.standard_normal(shape)
    for iterations in (1, 5):
        expected = by_singular_values(g, iterations)
        assert_allclose(orthogonalised(NUMPY.xp, g, iterations), expected, rtol=1e-9, atol=1e-12)


def test_five_iterations_make_the_singular_values_about_one(rng):
    values = np.linalg.svd(orthogonalised(NUMPY.xp, rng.standard_normal((64, 128))))[1]
    assert 0.6 < values.min() <= values.max() < 1.25


def test_a_gradient_of_nothing_is_no_step():
    assert not orthogonalised(NUMPY.xp, np.zeros((3, 4))).any()


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("shape", [(8, 3), (3, 8), (6, 2, 3, 3), (20, 2, 3, 3)])
def test_twenty_steps_are_those_of_the_singular_values(shape, nesterov, rng):
    lr, momentum, decay = 0.02, 0.9, 0.3
    tensor = Tensor(rng.standard_normal(shape), needs_grad=True)
    w, v = tensor.data.copy(), np.zeros(shape)
    rows, columns = shape[0], int(np.prod(shape[1:]))
    optimizer = Muon(lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=decay, iterations=3)
    optimizer.attach([tensor])
    for _ in range(20):
        tensor.grad = dw = rng.standard_normal(shape)
        optimizer.step()
        v = momentum * v + dw
        g = dw + momentum * v if nesterov else v
        step = by_singular_values(g, 3).reshape(shape) * max(1, rows / columns) ** 0.5
        w = (1 - lr * decay) * w - lr * step
    assert_allclose(tensor.data, w, rtol=1e-9, atol=1e-12)


def test_it_goes_where_pytorchs_goes_which_computes_in_bfloat16(rng):
    start = rng.standard_normal((16, 8)).astype("float32")
    theirs = torch.tensor(start, requires_grad=True)
    their_optimizer = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1)
    ours = Tensor(start.copy(), needs_grad=True)
    optimizer = Muon(lr=0.02, weight_decay=0.1)
    optimizer.attach([ours])
    for _ in range(20):
        ours.grad = dw = rng.standard_normal((16, 8)).astype("float32")
        theirs.grad = torch.tensor(dw)
        optimizer.step()
        their_optimizer.step()
    moved = np.linalg.norm(ours.data - start)
    apart = np.linalg.norm(ours.data - theirs.detach().numpy())
    assert ours.data.dtype == np.float32
    assert apart < 0.02 * moved


def test_biases_learn_by_the_other_rule(rng):
    values = rng.standard_normal(5)
    alone, beside = Tensor(values.copy()), Tensor(values.copy())
    matrix = Tensor(rng.standard_normal((5, 5)))
    others = AdamW(lr=0.05, weight_decay=0.1)
    muon, adamw = Muon(lr=0.02, others=others), others.renewed()
    muon.attach([beside, matrix])
    adamw.attach([alone])
    for _ in range(5):
        alone.grad = beside.grad = rng.standard_normal(5)
        matrix.grad = rng.standard_normal((5, 5))
        muon.step()
        adamw.step()
    assert_allclose(beside.data, alone.data, rtol=1e-12)


def test_a_group_may_keep_a_matrix_from_it(rng):
    inner, last = (Tensor(rng.standard_normal((3, 3))) for _ in range(2))
    before = last.data.copy()
    optimizer = Muon()
    optimizer.attach([Group([inner]), Group([last], rule=AdamW(lr=0.1, weight_decay=0.0))])
    inner.grad = last.grad = np.full((3, 3), 7.0)
    optimizer.step()
    assert_allclose(before - last.data, np.full((3, 3), 0.1), rtol=1e-6)  # Adam's first step


def test_it_may_have_nothing_but_biases_to_learn():
    tensor = Tensor(np.ones(3))
    optimizer = Muon()
    optimizer.attach([tensor])
    tensor.grad = np.ones(3)
    optimizer.step()
    assert (tensor.data < 1).all()
