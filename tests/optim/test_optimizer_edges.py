"""Gradients of nothing, gradients that never change, and the page each optimizer has."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import optim
from chainrule.optim import AdaDelta, AdaGrad, GradientDescent, RMSProp
from chainrule.tape import Tensor

OPTIMIZERS = [
    optim.GradientDescent(lr=0.1),
    optim.SGD(lr=0.1, momentum=0.9),
    optim.SGDW(lr=0.1, momentum=0.9),
    optim.AdaGrad(),
    optim.AdaDelta(),
    optim.RMSProp(momentum=0.9),
    optim.RMSProp(centered=True),
    optim.Adam(),
    optim.AdamW(weight_decay=0.0),
    optim.Nadam(),
    optim.Muon(others=optim.AdamW(weight_decay=0.0)),
]


def path(optimizer, w, gradients):
    """Where one tensor goes, gradient by gradient."""
    tensor = Tensor(w)
    optimizer = optimizer.renewed()
    optimizer.attach([tensor])
    places = []
    for dw in gradients:
        tensor.grad = dw
        optimizer.step()
        places.append(tensor.data)
    return np.array(places)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0,), (1, 1), ()])
def test_without_a_slope_nothing_moves(optimizer, shape):
    w = np.full(shape, 2.0, "float32")
    places = path(optimizer, w, [np.zeros(shape, "float32")] * 5)
    assert places.dtype == np.float32
    assert_array_equal(places, np.full((5, *shape), 2.0))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("slope", [1e-30, 1e-3, 1.0, 1e4])
def test_a_slope_that_never_changes_is_followed_down_for_as_long_as_one_likes(optimizer, slope):
    dw = np.full(4, slope, "float32")
    places = path(optimizer, np.ones(4, "float32"), [dw] * 2000)
    assert np.isfinite(places).all()
    assert (places[-1] <= 1).all()
    assert (np.diff(places, axis=0) <= 0).all()


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW])
def test_a_tensor_whose_gradients_begin_late_is_not_corrected_as_the_page_says(kind):
    early, late = Tensor(np.zeros(1)), Tensor(np.zeros(1))
    optimizer = kind(lr=0.01, weight_decay=0.0)
    optimizer.attach([early, late])
    for step in range(20_000):
        early.grad, late.grad = np.ones(1), np.ones(1) if step == 19_999 else None
        optimizer.step()
    assert_allclose(late.data, -0.01 * (1 - 0.9) / np.sqrt(1 - 0.999), rtol=1e-6)
    assert "t counts the optimizer's steps, not the tensor's" in optim.Adam.__doc__


def test_a_tensor_without_a_gradient_stays():
    moved, still = Tensor(np.ones(2)), Tensor(np.ones(2))
    optimizer = optim.Adam()
    optimizer.attach([moved, still])
    moved.grad = np.ones(2)
    optimizer.step()
    assert (moved.data < 1).all()
    assert (still.data == 1).all()


def test_adagrads_steps_shrink_with_the_root_of_time():
    steps = -np.diff(path(AdaGrad(lr=1.0), np.zeros(1), [np.ones(1)] * 100)[:, 0], prepend=0)
    np.testing.assert_allclose(steps, 1 / np.sqrt(np.arange(1, 101)))


def test_rmsprops_steps_come_to_rest_at_the_rate_whatever_the_slope():
    for slope in (1e-3, 1e3):
        places = path(RMSProp(lr=0.1), np.zeros(1), [np.full(1, slope)] * 2000)[:, 0]
        assert places[-2] - places[-1] == pytest.approx(0.1, rel=1e-3)


def test_adadeltas_steps_do_not_depend_on_the_slopes_unit():
    slopes = np.random.default_rng(0).uniform(1, 2, size=(50, 1))
    one, thousandfold = (path(AdaDelta(), np.zeros(1), unit * slopes) for unit in (1.0, 1e3))
    np.testing.assert_allclose(thousandfold, one, rtol=1e-3)


def test_gradient_descent_with_the_right_rate_solves_a_parabola_in_one_step():
    w = np.array([3.0, -1.0])
    assert_array_equal(path(GradientDescent(lr=0.5), w, [2 * w])[0], [0, 0])


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_optimizer_has_a_page_a_student_can_learn_from(optimizer):
    page = type(optimizer).__doc__
    begun = [line.split()[0] for line in page.splitlines() if line.strip()]
    sections = [word for word in begun if word in ("Rule", "Keeps", "Raises", "Source")]
    assert sections == ["Rule", "Keeps", "Raises", "Source"]
    assert page.isascii()
