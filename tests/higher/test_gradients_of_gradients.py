"""Second derivatives from first-order rules: every sample, and what people use them for."""

import numpy as np
import pytest
import torch

from chainrule import nn, ops
from chainrule.errors import UsageError
from chainrule.higher import gradients, hessian_vector_product
from chainrule.tape import Tensor, tensor
from chainrule.testing import samples

STEP = 1e-5
CONSTANT = {"Power: zero, at 0 too"}
"""Samples whose gradient is a constant without a history."""


def leaves(sample, arrays):
    return [
        Tensor(np.asarray(array), needs_grad=needed)
        for array, needed in zip(arrays, sample.needs, strict=True)
    ]


def needing(tensors):
    return [x for x in tensors if x.needs_grad]


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_recorded_gradients_equal_the_plain_ones(sample, rng):
    arrays = sample.arrays(rng, "float64")
    plain, recorded = leaves(sample, arrays), leaves(sample, arrays)
    y = sample.make()(*plain)
    dy = rng.standard_normal(y.shape)
    y.backward(np.asarray(dy))
    found = gradients(sample.make()(*recorded), needing(recorded), Tensor(np.asarray(dy)))
    for x, dx in zip(needing(plain), found, strict=True):
        np.testing.assert_allclose(dx.data, x.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "sample", [s for s in samples() if s.smooth and str(s) not in CONSTANT], ids=str
)
def test_second_derivatives_equal_differences_of_first_ones(sample, rng):
    arrays = sample.arrays(rng, "float64")
    xs = leaves(sample, arrays)
    y = sample.make()(*xs)
    dy = rng.standard_normal(y.shape)
    vs = [rng.standard_normal(x.shape) for x in needing(xs)]

    def slope_along_vs(moved):
        """sum(v * dL/dx) by the first-order rules alone."""
        tensors = leaves(sample, moved)
        sample.make()(*tensors).backward(np.asarray(dy))
        return sum(np.sum(x.grad * v) for x, v in zip(needing(tensors), vs, strict=True))

    # dy needs a gradient too, so that a rule without x in its gradient still has a history.
    first = gradients(y, needing(xs), Tensor(np.asarray(dy), needs_grad=True))
    along = ops.sum(ops.concat([ops.reshape(g * v, (-1,)) for g, v in zip(first, vs, strict=True)]))
    second = dict(zip(map(id, needing(xs)), gradients(along, needing(xs)), strict=True))
    for position, x in enumerate(xs):
        if not x.needs_grad:
            continue
        direction = rng.standard_normal(x.shape)

        def at(step, position=position, direction=direction):
            moved = list(arrays)
            moved[position] = np.asarray(arrays[position] + step * direction)
            return slope_along_vs(moved)

        by_rule = np.sum(second[id(x)].data * direction)
        by_differences = (at(STEP) - at(-STEP)) / (2 * STEP)
        scale = 1 + abs(by_differences) + np.linalg.norm(second[id(x)].data)
        assert abs(by_rule - by_differences) < 1e-6 * scale


def test_the_derivatives_of_a_cube():
    x = tensor(3.0, needs_grad=True)
    (first,) = gradients(x**3, [x])
    (second,) = gradients(first, [x])
    (third,) = gradients(second, [x])
    assert (first.item(), second.item(), third.item()) == (27.0, 18.0, 6.0)


def test_a_single_value_may_have_any_shape():
    x = tensor([[3.0]], needs_grad=True)
    (slope,) = gradients(x**3, [x])
    (curvature,) = gradients(slope, [x])
    assert (slope.item(), curvature.item()) == (27, 18)


def test_what_y_does_not_depend_on_has_gradient_zero():
    x, other = tensor(3.0, needs_grad=True), tensor([1.0, 2.0], needs_grad=True)
    _, none = gradients(x * x, [x, other])
    assert none.data.tolist() == [0.0, 0.0]


def test_grad_attributes_are_left_alone():
    x = tensor(3.0, needs_grad=True)
    gradients(x * x, [x])
    assert x.grad is None


def test_a_tensor_without_history_is_refused():
    with pytest.raises(UsageError, match="depends on nothing"):
        gradients(tensor(1.0), [])


def test_a_part_that_an_earlier_backward_freed_is_refused_not_taken_for_zero():
    w = tensor(3.0, needs_grad=True)
    h = w * w
    first, second = h * 2.0, h * 5.0
    first.backward(keep=False)
    message = r"gradients: .* was freed by an earlier backward\(keep=False\)"
    with pytest.raises(UsageError, match=message):
        gradients(second, [w])


def test_several_values_without_dy_are_refused():
    x = tensor([1.0, 2.0], needs_grad=True)
    with pytest.raises(UsageError, match="reduce it to one value or give dy"):
        gradients(x * x, [x])


def network():
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding="same"),
        nn.BatchNorm2d(3),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(12, 1),
    )


def test_a_gradient_penalty_has_the_gradients_torch_gives(rng):
    model = network()
    twin = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3, padding="same"),
        torch.nn.BatchNorm2d(3),
        torch.nn.Tanh(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(12, 1),
    ).double()
    for p in model.parameters():
        p.data = rng.standard_normal(p.shape)
    names = dict(model.named_parameters())
    twin.load_state_dict(
        {name: torch.from_numpy(p.data) for name, p in names.items()}, strict=False
    )
    images = rng.standard_normal((4, 1, 4, 4))

    x = Tensor(images, needs_grad=True)
    (slope,) = gradients(ops.sum(model(x)), [x])
    penalty = ops.mean((ops.sqrt(ops.sum(slope**2, (1, 2, 3))) - 1) ** 2)
    found = gradients(penalty, list(names.values()))

    t = torch.from_numpy(images).requires_grad_()
    (its_slope,) = torch.autograd.grad(twin(t).sum(), t, create_graph=True)
    its_penalty = ((its_slope.pow(2).sum((1, 2, 3)).sqrt() - 1) ** 2).mean()
    expected = torch.autograd.grad(its_penalty, list(twin.parameters()), allow_unused=True)

    assert penalty.item() == pytest.approx(its_penalty.item(), rel=1e-9)
    for mine, its in zip(found, expected, strict=True):
        wanted = np.zeros(mine.shape) if its is None else its.numpy()
        np.testing.assert_allclose(mine.data, wanted, rtol=1e-8, atol=1e-10)


def test_a_hessian_vector_product_equals_torchs(rng):
    a, b = rng.standard_normal((3, 4)), rng.standard_normal((4, 2))
    va, vb = rng.standard_normal((3, 4)), rng.standard_normal((4, 2))

    def f(a, b):
        return ops.sum(ops.softmax(ops.tanh(a @ b)) ** 2)

    def f_torch(a, b):
        return (torch.softmax(torch.tanh(a @ b), -1) ** 2).sum()

    xs = [Tensor(a, needs_grad=True), Tensor(b, needs_grad=True)]
    mine = hessian_vector_product(f, xs, [va, vb])
    tensors = tuple(map(torch.from_numpy, (a, b)))
    _, its = torch.autograd.functional.hvp(f_torch, tensors, tuple(map(torch.from_numpy, (va, vb))))
    for product, expected in zip(mine, its, strict=True):
        np.testing.assert_allclose(product.data, expected.numpy(), rtol=1e-9)


def test_newtons_method_solves_a_logistic_regression_in_a_few_steps(rng):
    x = np.concatenate([rng.standard_normal((40, 2)), np.ones((40, 1))], axis=1)
    t = (x @ [1.0, -2.0, 0.5] + rng.standard_normal(40) > 0).astype(float)

    def loss(w):
        p = ops.sigmoid(Tensor(x) @ w)
        y = t[:, None]
        return -ops.mean(y * ops.log(p) + (1 - y) * ops.log(1 - p))

    w = tensor(np.zeros((3, 1)), needs_grad=True)
    for _ in range(8):
        (slope,) = gradients(loss(w), [w])
        columns = [hessian_vector_product(loss, [w], [unit[:, None]])[0].data for unit in np.eye(3)]
        w = tensor(
            w.data - np.linalg.solve(np.concatenate(columns, 1), slope.data), needs_grad=True
        )
    (slope,) = gradients(loss(w), [w])
    assert np.linalg.norm(slope.data) < 1e-10


def test_the_hessian_of_a_linear_function_is_zero():
    x = tensor([1.0, 2.0], needs_grad=True)
    (product,) = hessian_vector_product(lambda x: ops.sum(3.0 * x), [x], [np.ones(2)])
    assert product.data.tolist() == [0.0, 0.0]


def test_an_x_that_needs_no_gradient_is_refused_not_zero():
    w, x = tensor(2.0, needs_grad=True), tensor(3.0)
    with pytest.raises(UsageError, match="needs no gradient: give it needs_grad=True first"):
        gradients(w * x, [w, x])
