"""Samples of matrix products."""

from chainrule.ops import Affine, MatMul
from chainrule.testing.sample import Sample, given, normal

SAMPLES = (
    Sample("two matrices", MatMul, (normal(2, 3), normal(3, 4))),
    Sample("a row and a column", MatMul, (normal(1, 5), normal(5, 1))),
    Sample("two stacks", MatMul, (normal(2, 3, 4), normal(2, 4, 5))),
    Sample("a stack and one matrix", MatMul, (normal(2, 3, 4), normal(4, 2))),
    Sample("stacks that broadcast", MatMul, (normal(2, 1, 3, 4), normal(5, 4, 2))),
    Sample("a constant on the left", MatMul, (given(normal(2, 3)), normal(3, 4))),
    Sample("with bias", Affine, (normal(4, 3), normal(2, 3), normal(2))),
    Sample("no bias", Affine, (normal(4, 3), normal(2, 3))),
    Sample("one example", Affine, (normal(1, 3), normal(5, 3), normal(5))),
    Sample("one feature, one output", Affine, (normal(4, 1), normal(1, 1), normal(1))),
    Sample("an input that is data", Affine, (given(normal(4, 3)), normal(2, 3), normal(2))),
    Sample("an odd batch, wider", Affine, (normal(9, 48), normal(10, 48), normal(10))),
)
