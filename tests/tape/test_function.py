"""Functions: what the tape tells them, how users write their own, and recording switched off."""

import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import ops
from chainrule.backends import NUMPY, backend_named
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Function, Tensor, no_grad, tensor
from chainrule.testing import check_backward


class Square(Function):
    """The example that the page of Function gives."""

    def forward(self, xp, x):
        self.x = x
        return x**2

    def backward(self, xp, dy):
        return 2 * self.x * dy


def test_the_example_on_the_page_of_function_works(rng):
    x = tensor([1.0, -3.0], needs_grad=True)
    y = Square()(x)
    y.sum().backward()
    assert_array_equal(y.data, [1, 9])
    assert_array_equal(x.grad, [2, -6])
    check_backward(Square, rng.standard_normal((2, 3)), rng=rng)


def test_the_example_on_the_page_of_function_is_the_one_tested():
    page = Function.__doc__
    assert "class Square(Function):" in page
    for line in ["self.x = x", "return x**2", "return 2 * self.x * dy"]:
        assert line in page


def test_a_function_takes_arrays_and_numbers_as_they_come():
    y = Square()(np.array([2.0]))
    assert isinstance(y, Tensor)
    assert Square()(3).item() == 9


def test_a_function_knows_which_inputs_need_a_gradient():
    op = ops.Multiply()
    op(tensor(1.0, needs_grad=True), tensor(2.0))
    assert op.needs == (True, False)


def test_a_function_keeps_its_inputs_only_where_backward_will_need_them():
    recorded, unrecorded = ops.Multiply(), ops.Multiply()
    x = tensor(1.0, needs_grad=True)
    recorded(x, x)
    unrecorded(tensor(1.0), tensor(2.0))
    assert recorded.inputs == (x, x)
    assert unrecorded.inputs == ()


def test_a_kernel_takes_the_place_of_the_rule(monkeypatch):
    class Kernel(Square):
        def forward(self, xp, x):
            self.x = x
            return 100 * x

        def backward(self, xp, dy):
            return 200 * self.x * dy

    monkeypatch.setitem(NUMPY.kernels, Square, Kernel)
    x = tensor(3.0, needs_grad=True)
    y = Square()(x)
    y.backward()
    assert type(y.creator) is Square
    assert y.creator.rule is Kernel
    assert (y.data, x.grad) == (300, 600)


def test_a_shape_error_is_signed_with_the_name_of_the_operation():
    class Picky(Function):
        def forward(self, xp, x):
            raise ShapeError("x is not to my taste")

    with pytest.raises(ShapeError, match=r"^Picky: x is not to my taste$"):
        Picky()(tensor(1.0))


def test_values_of_two_libraries_in_one_operation_are_refused():
    there, here = tensor(1.0, backend=backend_named("torch")), tensor(2.0)
    message = r"Add: arrays of 'torch' and 'numpy' came, .* model\.to\(\.\.\.\), or .* tensor\("
    with pytest.raises(UsageError, match=message):
        there + here
    with pytest.raises(UsageError, match="Where: arrays of 'numpy' and 'torch' came"):
        ops.where(here < 3, here, there)


def test_inside_no_grad_nothing_is_recorded():
    x = tensor(2.0, needs_grad=True)
    with no_grad():
        y = x * 3.0
    assert y.creator is None
    assert not y.needs_grad
    assert (x * 3.0).needs_grad


def test_no_grad_ends_with_its_block_even_in_an_error():
    x = tensor(2.0, needs_grad=True)
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert (x * 3.0).needs_grad


def test_no_grad_inside_no_grad_ends_with_the_outer_one():
    x = tensor(2.0, needs_grad=True)
    with no_grad():
        with no_grad():
            pass
        assert not (x * 3.0).needs_grad


def test_no_grad_holds_in_its_own_thread_only():
    x = tensor(2.0, needs_grad=True)
    seen = []
    with no_grad():
        other = threading.Thread(target=lambda: seen.append((x * 3.0).needs_grad))
        other.start()
        other.join()
    assert seen == [True]
