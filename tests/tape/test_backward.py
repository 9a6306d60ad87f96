"""The chain rule run backwards: what every tensor gets, and what is freed or kept."""

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import ops
from chainrule.backends import backend_named
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Function, Tensor, dtype_name, tensor


def leaf(values, name=None):
    return tensor(values, name=name, needs_grad=True)


def test_the_example_of_the_deck():
    w, x, b = leaf(-2.0), leaf(5.0), leaf(3.0)
    f = w * x + b
    f.backward()
    assert f.item() == -7
    assert (w.grad, x.grad, b.grad) == (5, -2, 1)


def test_an_input_used_twice_gets_the_sum_of_both_gradients():
    x = leaf(3.0)
    (x * x).backward()
    assert x.grad == 6


def test_a_diamond_adds_up_where_its_paths_meet():
    x = leaf(2.0)
    a = x * 3.0
    left, right = a * a, a + 1.0
    (left * right).backward()
    assert a.grad == 2 * 6 * 7 + 36
    assert x.grad == 3 * a.grad


def test_a_tensor_waits_until_all_its_users_have_answered():
    x = leaf(1.0)
    early = x * 2.0
    late = early
    for _ in range(5):
        late = late + 1.0
    (early * late).backward()
    assert early.grad == 2 + 7
    assert x.grad == 18


def test_a_chain_of_5000_nodes_goes_backward_and_away():
    x = leaf(1.0)
    y = x
    for _ in range(5000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1
    del y
    gc.collect()


def test_a_leaf_without_needs_grad_gets_none():
    x, constant = leaf(2.0), tensor(3.0)
    (x * constant).backward()
    assert x.grad == 3
    assert constant.grad is None


def test_what_needs_no_gradient_leaves_no_tape():
    y = tensor(2.0) * tensor(3.0)
    assert y.creator is None
    assert not y.needs_grad


def test_backward_on_a_leaf_gives_one():
    x = leaf(2.0)
    x.backward()
    assert x.grad == 1


def test_keep_leaves_the_gradients_between_for_people_to_look_at():
    x = leaf(2.0)
    y = x * 3.0
    z = y * y
    z.backward()
    assert (z.grad, y.grad, x.grad) == (1, 12, 36)
    assert isinstance(z.creator, ops.Multiply)
    assert z.creator.inputs == (y, y)


def test_without_keep_the_tape_is_freed_and_the_leaves_stay():
    x = leaf([1.0, 2.0])
    y = x * 3.0
    z = y.sum()
    functions = [weakref.ref(y.creator), weakref.ref(z.creator)]
    z.backward(keep=False)
    assert_array_equal(x.grad, [3, 3])
    assert y.grad is None
    assert z.grad is None
    assert [function() for function in functions] == [None, None]


def test_without_keep_an_operation_is_freed_before_the_next_one_runs_backward():
    alive = []

    class Watch(Function):
        def forward(self, xp, x):
            return x + 0

        def backward(self, xp, dy):
            alive.append(later() is not None)
            return dy

    x = leaf(1.0)
    y = ops.exp(Watch()(x))
    later = weakref.ref(y.creator)
    y.backward(keep=False)
    assert alive == [False]


def test_backward_twice_adds_up_on_leaves_but_not_between():
    x = leaf(2.0)
    y = x * 3.0
    z = y * 5.0
    z.backward()
    z.backward()
    assert x.grad == 30
    assert (y.grad, z.grad) == (5, 1)


def test_two_losses_over_one_part_add_up_on_the_leaves():
    x = leaf(2.0)
    y = x * 3.0
    (y * 5.0).backward()
    (y * 7.0).backward()
    assert x.grad == 36
    assert y.grad == 7


def test_dy_may_be_given():
    x = leaf([1.0, 2.0, 3.0])
    (x * 2.0).backward(np.array([1.0, 10.0, 100.0], dtype="float32"))
    assert_array_equal(x.grad, [2, 20, 200])


def test_a_single_value_of_any_shape_needs_no_dy():
    x = leaf([[3.0]])
    (x * x).backward()
    assert_array_equal(x.grad, [[6]])


def test_more_than_one_value_without_dy_is_refused_with_the_shape():
    message = r"backward: a tensor of shape \(3,\) has no single value .* or pass dy"
    with pytest.raises(UsageError, match=message):
        (leaf([1.0, 2.0, 3.0]) * 2.0).backward()


def test_dy_of_another_shape_is_refused():
    message = r"^backward: dy has shape \(2,\), but .* tensor of shape \(3,\) has that shape"
    with pytest.raises(ShapeError, match=message):
        (leaf([1.0, 2.0, 3.0]) * 2.0).backward(np.ones(2))


def test_a_tensor_without_history_is_refused_with_advice():
    with pytest.raises(UsageError, match="depends on nothing that needs a gradient"):
        (tensor(1.0) * 2.0).backward()


def test_a_gradient_of_the_wrong_shape_is_refused_with_the_name():
    class Careless(Function):
        def forward(self, xp, x):
            return xp.sum(x)

        def backward(self, xp, dy):
            return dy

    y = Careless()(leaf([1.0, 2.0], name="weight"))
    message = r"a gradient of shape \(\) came for weight of shape \(2,\): a backward rule returns"
    with pytest.raises(ShapeError, match=message):
        y.backward()


def test_gradients_keep_single_precision():
    x = Tensor(np.ones(3, dtype="float32"), needs_grad=True)
    ((2.0 * x - 1) / 3 + x**2).mean().backward()
    assert x.grad.dtype == "float32"


def test_a_second_backward_over_a_freed_tape_is_refused():
    x = tensor([1.0, 2.0], needs_grad=True)
    y = (x * x).sum()
    y.backward(keep=False)
    with pytest.raises(UsageError, match="depends on nothing that needs a gradient"):
        y.backward()


def test_one_function_object_serves_one_call():
    relu = ops.ReLU()
    relu(tensor([1.0], needs_grad=True))
    with pytest.raises(UsageError, match="one object, one call"):
        relu(tensor([2.0], needs_grad=True))


def test_a_soft_target_that_wants_a_gradient_is_refused():
    scores = tensor([[1.0, 2.0]], needs_grad=True)
    target = tensor([[0.5, 0.5]], name="target", needs_grad=True)
    with pytest.raises(UsageError, match="SoftmaxCrossEntropy has no gradient for target"):
        ops.softmax_cross_entropy(scores, target).backward()


def test_a_single_value_has_a_truth_but_no_length():
    assert not tensor(0.0)
    assert tensor([2.0])
    with pytest.raises(TypeError, match="no length"):
        list(tensor(1.0))


def test_what_two_losses_share_and_the_first_has_freed_is_refused():
    w = leaf(2.0)
    h = w * 3.0
    first, second = h * 1.0, h * 10.0
    first.backward(keep=False)
    with pytest.raises(UsageError, match=r"freed by an earlier backward\(keep=False\)"):
        second.backward(keep=False)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_gradient_has_the_dtype_of_its_tensor_whatever_it_meets(backend):
    there = backend_named(backend)
    w = tensor([1.0, 2.0], backend=there, needs_grad=True)
    x = tensor([3.0, 4.0], dtype="float64", backend=there)
    y = w * x + w
    y.backward(there.asarray([1.0, 1.0], dtype="float32"))
    assert (dtype_name(w.grad), dtype_name(y.grad)) == ("float32", "float64")
    assert w.grad.tolist() == [4, 5]


def test_a_whole_number_that_wants_a_gradient_gets_a_fraction():
    x = Tensor(np.array([2]), needs_grad=True)
    (x * 0.5).sum().backward()
    assert x.grad.tolist() == [0.5]


@pytest.mark.parametrize("ask", [Tensor.item, bool], ids=["item", "bool"])
def test_several_values_are_neither_a_number_nor_a_truth(ask):
    message = r"a tensor of shape \(2,\) has no single value .* reduce it to one"
    with pytest.raises(UsageError, match=message):
        ask(tensor([1.0, 2.0]))


def test_dy_may_be_an_array_a_tensor_or_a_number():
    for dy in (np.ones(2, np.float32), tensor([1.0, 1.0])):
        x = leaf([1.0, 2.0])
        (x * x).backward(dy)
        assert isinstance(x.grad, np.ndarray)
        assert_array_equal(x.grad, [2, 4])
    x = leaf(3.0)
    (x * x).backward(2.0)
    assert x.grad == 12


def test_dy_that_does_not_fit_is_refused():
    x = leaf([1.0, 2.0])
    with pytest.raises(ShapeError, match=r"backward: dy has shape \(\)"):
        (x * x).backward(2.0)
    with pytest.raises(UsageError, match="a tensor or a number was expected"):
        (x * x).backward([1.0, 1.0])
