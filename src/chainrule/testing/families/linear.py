"""Samples of matrix products and losses."""

from chainrule.ops import Affine, MatMul, SoftmaxCrossEntropy
from chainrule.testing.sample import Sample, fixed, given, labels, normal, probabilities, whole

PRODUCTS = (
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

LOSSES = (
    Sample("labels", SoftmaxCrossEntropy, (normal(4, 3), labels(4, 3))),
    Sample("one example", SoftmaxCrossEntropy, (normal(1, 5), labels(1, 5))),
    Sample("one class", SoftmaxCrossEntropy, (normal(3, 1), labels(3, 1))),
    Sample(
        "an odd batch, larger", SoftmaxCrossEntropy, (normal(129, 10, scale=3), labels(129, 10))
    ),
    Sample("soft targets", SoftmaxCrossEntropy, (normal(4, 3), probabilities(4, 3))),
    Sample(
        "targets that do not sum to 1",
        SoftmaxCrossEntropy,
        (normal(2, 3), given(fixed([[2.0, 0.0, 1.0], [0.1, 0.2, 0.3]]))),
    ),
    Sample(
        "extremes",
        SoftmaxCrossEntropy,
        (fixed([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 0.0, -1e4]]), whole(0, 2, 2)),
    ),
)

SAMPLES = PRODUCTS + LOSSES
