"""check_backward itself: right rules pass, and each way of being wrong is named."""

import numpy as np
import pytest

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.tape import Function
from chainrule.testing import check_backward


class Square(Function):
    factor = 2.0

    def forward(self, xp, x):
        self.x = x
        return x**2

    def backward(self, xp, dy):
        return self.factor * self.x * dy


class AlmostSquare(Square):
    factor = 2.001


class ScaledSoftmax(ops.Softmax):
    """Wrong by a factor, which dy = 1 cannot see."""

    def backward(self, xp, dy):
        return 7 * super().backward(xp, dy)


class ForgetfulNorm(ops.BatchNorm):
    """Without the path through the variance."""

    def backward(self, xp, dy):
        _, dgamma, dbeta = super().backward(xp, dy)
        centred = dy - xp.mean(dy, axis=self.axes, keepdims=True)
        return self.gamma * self.s * centred, dgamma, dbeta


class SilentMultiply(ops.Multiply):
    def backward(self, xp, dy):
        return dy * self.b, None


def test_a_right_rule_passes(rng):
    check_backward(Square, rng.standard_normal((3, 4)), rng=rng)


def test_single_precision_is_checked_in_double(rng):
    check_backward(Square, rng.standard_normal((3, 4)).astype("float32"), rng=rng)


def test_a_rule_wrong_by_a_thousandth_is_named_with_both_slopes(rng):
    pattern = (
        r"AlmostSquare: the gradient of x \(input 0\) says a slope of [-\d.e]+ .* give [-\d.]+"
    )
    with pytest.raises(AssertionError, match=pattern):
        check_backward(AlmostSquare, rng.standard_normal((3, 4)), rng=rng)


def test_a_softmax_wrong_by_a_factor_is_found(rng):
    with pytest.raises(AssertionError, match="ScaledSoftmax: the gradient of x"):
        check_backward(ScaledSoftmax, rng.standard_normal((3, 4)), rng=rng)


def test_a_batch_norm_that_forgets_the_variance_is_found(rng):
    arrays = [rng.standard_normal(shape) for shape in [(5, 3), (3,), (3,)]]
    with pytest.raises(AssertionError, match=r"ForgetfulNorm: the gradient of x \(input 0\)"):
        check_backward(ForgetfulNorm, *arrays, rng=rng)


def test_a_missing_gradient_is_named(rng):
    with pytest.raises(UsageError, match="SilentMultiply has no gradient for b of shape"):
        check_backward(SilentMultiply, *rng.standard_normal((2, 3)), rng=rng)


def test_an_input_that_needs_none_may_have_no_gradient(rng):
    check_backward(SilentMultiply, *rng.standard_normal((2, 3)), rng=rng, needs=(True, False))


def test_many_inputs_are_named_by_their_place(rng):
    class WrongConcat(ops.Concat):
        def backward(self, xp, dy):
            first, second = super().backward(xp, dy)
            return first, 2 * second

    with pytest.raises(AssertionError, match=r"of parts\[1\] \(input 1\)"):
        check_backward(WrongConcat, np.ones((2, 3)), np.ones((1, 3)), rng=rng)
