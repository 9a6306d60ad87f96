"""What an operation refuses, and the sentence it says."""

import re

import numpy as np
import pytest

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.ops import Conv2d, Window
from chainrule.tape import tensor


def of(*shape):
    return np.ones(shape)


SHAPES = {
    "Add: shapes (2, 3) and (4,) do not broadcast": lambda: ops.add(of(2, 3), of(4)),
    "Subtract: shapes (2,) and (3,) do not": lambda: ops.subtract(of(2), of(3)),
    "Multiply: shapes (2, 3) and (2, 1, 2) do not broadcast: counted from the right, 3 meets 2, "
    "and neither is 1; reshape one of them": lambda: ops.multiply(of(2, 3), of(2, 1, 2)),
    "Divide: shapes (2,) and (3,) do not": lambda: ops.divide(of(2), of(3)),
    "Maximum: shapes (2,) and (3,) do not": lambda: ops.maximum(of(2), of(3)),
    "less: shapes (2,) and (3,) do not broadcast": lambda: ops.less(of(2), of(3)),
    "less_equal: shapes (2,) and (3,) do not broadcast": lambda: ops.less_equal(of(2), of(3)),
    "equal: shapes (2,) and (3,) do not broadcast": lambda: ops.equal(of(2), of(3)),
    "Where: shapes (3,) and (2,) do not broadcast": lambda: ops.where(
        np.ones(3, dtype=bool), of(2), of(2)
    ),
    "Where: shapes (3,) and (4, 2) do not broadcast": lambda: ops.where(
        np.ones(3, dtype=bool), of(), of(4, 2)
    ),
    "Where: shapes (2,) and (3,) do not": lambda: ops.where(np.array(True), of(2), of(3)),
    "Sum: shape (2, 3) has no axis 2": lambda: ops.sum(of(2, 3), 2),
    "Mean: shape (2, 3) has no axis -3": lambda: ops.mean(of(2, 3), (0, -3)),
    "Max: shape () has no axis 0": lambda: ops.max(of(), 0),
    "Mean: x of shape (0, 3) has no values": lambda: ops.mean(of(0, 3), 0),
    "Max: x of shape (3, 0) has no values along its axes (1,)": lambda: ops.max(of(3, 0), 1),
    "Max: x of shape (0,) has no values along its axes (0,)": lambda: ops.max(of(0)),
    "Softmax: shape (2, 3) has no axis 2": lambda: ops.softmax(of(2, 3), 2),
    "LogSoftmax: shape () has no axis -1": lambda: ops.log_softmax(of()),
    "Reshape: x (2, 3) has 6 values, which do not fit (4, 2)": lambda: ops.reshape(
        of(2, 3), (4, 2)
    ),
    "which do not fit (-1, 4)": lambda: ops.reshape(of(2, 3), (-1, 4)),
    "which do not fit (-1, -1)": lambda: ops.reshape(of(2, 3), (-1, -1)),
    "Transpose: (0, 0) does not name each axis of (2, 3) once": lambda: ops.transpose(
        of(2, 3), (0, 0)
    ),
    "Transpose: shape (2, 3) has no axis 5": lambda: ops.transpose(of(2, 3), (0, 5)),
    "GetItem: x of shape (2, 3) has no part (2, Ellipsis)": lambda: ops.get_item(of(2, 3), 2),
    "GetItem: x of shape (2,) has no part (slice(None, None, -1), 0, Ellipsis)": lambda: (
        ops.get_item(of(2), (slice(None, None, -1), 0))
    ),
    "GetItem: x of shape () has no part (slice(None, None, -1), Ellipsis)": lambda: ops.get_item(
        of(), slice(None, None, -1)
    ),
    "GetItem: x of shape (2,) has no part (0, 0, Ellipsis)": lambda: ops.get_item(of(2), (0, 0)),
    "SetItem: x of shape (3,) has no part (5, Ellipsis)": lambda: ops.SetItem(5)(of(3), of()),
    "SetItem: x of shape (3,) has no part (0, 0, Ellipsis)": lambda: ops.SetItem((0, 0))(
        of(3), of()
    ),
    "Take: i reaches from 0 to 3, but x (3, 2) has rows 0 to 2": lambda: ops.take(
        of(3, 2), np.array([0, 3])
    ),
    "Take: i reaches from -1 to 0": lambda: ops.take(of(3, 2), np.array([0, -1])),
    "Take: x has shape (3, 2) and i (1, 1), but (K, ...) and (M,) are needed": lambda: ops.take(
        of(3, 2), np.array([[0]])
    ),
    "Take: x has shape () and i (1,)": lambda: ops.take(of(), np.array([0])),
    "Pad: 1 pairs of widths came for the 2 axes of x (2, 3)": lambda: ops.pad(of(2, 3), [(1, 1)]),
    "Concat: shape (2, 3) has no axis 2": lambda: ops.concat([of(2, 3)], 2),
    "Concat: (2, 4) and (2, 3) differ in more than axis 0": lambda: ops.concat(
        [of(2, 3), of(2, 4)]
    ),
    "Concat: (2,) and (2, 3) differ in their number of axes": lambda: ops.concat(
        [of(2, 3), of(2)], 1
    ),
    "Concat: (2, 3, 1) and (2, 3) differ in their number of axes": lambda: ops.concat(
        [of(2, 3), of(2, 3, 1)], -1
    ),
    "concat: no tensors came": lambda: ops.concat([]),
    "MatMul: shapes (3,) and (3, 2) came, but both need two axes or more": lambda: ops.matmul(
        of(3), of(3, 2)
    ),
    "MatMul: (2, 3) @ (4, 2): the inner sizes 3 and 4 must be equal": lambda: ops.matmul(
        of(2, 3), of(4, 2)
    ),
    "MatMul: shapes (2,) and (3,) do not broadcast": lambda: ops.matmul(of(2, 4, 5), of(3, 5, 4)),
    "Affine: x has shape (2, 3), but weight (4, 5) needs (N, 5)": lambda: ops.affine(
        of(2, 3), of(4, 5)
    ),
    "Affine: x has shape (2, 1, 5) (flatten it first), but weight": lambda: ops.affine(
        of(2, 1, 5), of(4, 5)
    ),
    "Affine: weight has shape (5,), but (M, D) is needed": lambda: ops.affine(of(2, 5), of(5)),
    "Affine: bias has shape (1,), but weight (4, 5) needs (4,)": lambda: ops.affine(
        of(2, 5), of(4, 5), of(1)
    ),
    "Conv2d: x has 32 channels, but weight (64, 16, 3, 3) needs 16": lambda: ops.conv2d(
        of(2, 32, 8, 8), of(64, 16, 3, 3)
    ),
    "but weight (4, 2, 3, 3) needs 4 in 2 groups": lambda: ops.conv2d(
        of(2, 3, 8, 8), of(4, 2, 3, 3), groups=2
    ),
    "weight (3, 2, 1, 1) has 3 filters, which do not divide into 2 groups": lambda: ops.conv2d(
        of(1, 4, 8, 8), of(3, 2, 1, 1), groups=2
    ),
    "Conv2d: x has shape (3, 8, 8), but images (N, 3, H, W) are needed": lambda: ops.conv2d(
        of(3, 8, 8), of(4, 3, 3, 3)
    ),
    "weight has shape (4, 3), but filters (F, C/G, KH, KW) are needed": lambda: ops.conv2d(
        of(1, 3, 8, 8), of(4, 3)
    ),
    "Conv2d: bias has shape (1,), but weight (4, 3, 1, 1) needs (4,)": lambda: ops.conv2d(
        of(1, 3, 8, 8), of(4, 3, 1, 1), of(1)
    ),
    "Conv2d: a 3x3 window spans 5x5 cells, more than the 4x4 cells of the padded image: "
    "pad more, or use a smaller window": lambda: ops.conv2d(
        of(1, 1, 2, 2), of(1, 1, 3, 3), dilation=2, padding=1
    ),
    "MaxPool2d: x has shape (2, 3), but images (N, C, H, W) are needed": lambda: ops.max_pool2d(
        of(2, 3), 2
    ),
    "AvgPool2d: a 3x3 window spans 3x3 cells": lambda: ops.avg_pool2d(of(1, 1, 2, 5), 3),
    "BatchNorm: x has shape (2, 3), but (N, 4, ...) is needed": lambda: ops.batch_norm(
        of(2, 3), of(4), of(4)
    ),
    "BatchNorm: x of shape (1, 3) has less than two values per channel": lambda: ops.batch_norm(
        of(1, 3), of(3), of(3)
    ),
    "BatchNorm: x of shape (0, 3) has less than two": lambda: ops.batch_norm(
        of(0, 3), of(3), of(3)
    ),
    "gamma has shape (3,) and beta (1,), but both need (C,)": lambda: ops.batch_norm(
        of(2, 3), of(3), of(1)
    ),
    "Dropout: bits (3,) and x (2, 3) must have one shape": lambda: ops.dropout(
        of(2, 3), np.zeros(3, dtype="uint8")
    ),
    "SoftmaxCrossEntropy: x has shape (3,), but scores (N, K)": lambda: ops.softmax_cross_entropy(
        of(3), np.array([0])
    ),
    "SoftmaxCrossEntropy: x has shape (0, 3)": lambda: ops.softmax_cross_entropy(
        of(0, 3), np.zeros(0, dtype="int64")
    ),
    "x (2, 3) needs labels (2,) or probabilities (2, 3), but t has shape (3,)": lambda: (
        ops.softmax_cross_entropy(of(2, 3), np.array([0, 1, 2]))
    ),
}

USAGE = {
    "but [0, 0] came: rows by their numbers are take(x, i)": lambda: ops.get_item(of(2, 3), [0, 0]),
    "getitem: slice(None, None, 0) has a step of 0": lambda: ops.get_item(
        of(2), slice(None, None, 0)
    ),
    "but None came": lambda: ops.get_item(of(2, 3), (None, 0)),
    "but True came": lambda: ops.get_item(of(2, 3), True),
    "take: rows have whole numbers, but i is bool": lambda: ops.take(
        of(2, 3), np.array([True, False])
    ),
    "take: rows have whole numbers, but i is float64": lambda: ops.take(of(2, 3), of(1)),
    "where: the condition is float32, but truth values are needed: compare with <, <=, >, >= or "
    "ops.equal (== asks whether two tensors are one object)": lambda: ops.where(
        tensor([1.0, 2.0]) == 2.0, of(2), of(2)
    ),
    "where: the condition is float64": lambda: ops.where(of(2), of(2), of(2)),
    "where: the condition is int64": lambda: ops.where(np.array([0, 1]), of(2), of(2)),
    "pad: widths ((0, 0), (-1, 0)) came, but none may be negative": lambda: ops.pad(
        of(2, 3), [(0, 0), (-1, 0)]
    ),
    "conv2d: stride is 0, but one whole number or two (height, width), each 1 or more, are "
    "needed": lambda: ops.conv2d(of(1, 1, 3, 3), of(1, 1, 1, 1), stride=0),
    "conv2d: dilation is (1, 2, 3)": lambda: ops.conv2d(
        of(1, 1, 3, 3), of(1, 1, 1, 1), dilation=(1, 2, 3)
    ),
    "conv2d: padding is -1": lambda: ops.conv2d(of(1, 1, 3, 3), of(1, 1, 1, 1), padding=-1),
    "conv2d: padding is 1.5": lambda: ops.conv2d(of(1, 1, 3, 3), of(1, 1, 1, 1), padding=1.5),
    'conv2d: padding is \'full\', but "same", "valid" or cells are needed': lambda: ops.conv2d(
        of(1, 1, 3, 3), of(1, 1, 1, 1), padding="full"
    ),
    'conv2d: padding="same" keeps the size only at stride 1, but stride is (2, 2)': lambda: (
        ops.conv2d(of(1, 1, 3, 3), of(1, 1, 3, 3), padding="same", stride=2)
    ),
    "conv2d: groups is 0, but 1 or more are needed": lambda: Conv2d(groups=0),
    "max_pool2d: kernel_size is None": lambda: ops.max_pool2d(of(1, 1, 4, 4), None),
    "max_pool2d: padding (2, 2) is more than half of kernel_size (3, 3): some windows would see "
    "no image": lambda: ops.max_pool2d(of(1, 1, 4, 4), 3, padding=2),
    "avg_pool2d: stride is 0": lambda: ops.avg_pool2d(of(1, 1, 4, 4), 2, stride=0),
    "dropout: p is 1, but a probability in [0, 1) is needed": lambda: ops.Dropout(1),
    "dropout: p is -0.1": lambda: ops.Dropout(-0.1),
    "label 3 is none of the 3 classes 0 to 2": lambda: ops.softmax_cross_entropy(
        of(2, 3), np.array([0, 3])
    ),
    "label -1 is none of the 3 classes": lambda: ops.softmax_cross_entropy(
        of(2, 3), np.array([-1, 2])
    ),
    "labels are whole numbers, but t is float64: one-hot rows need shape": lambda: (
        ops.softmax_cross_entropy(of(2, 3), of(2))
    ),
}


@pytest.mark.parametrize(("message", "call"), SHAPES.items(), ids=SHAPES)
def test_shapes_that_do_not_fit_are_refused_with_both_shapes(message, call):
    with pytest.raises(ShapeError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(("message", "call"), USAGE.items(), ids=USAGE)
def test_values_that_cannot_work_are_refused_with_what_was_needed(message, call):
    with pytest.raises(UsageError, match=re.escape(message)):
        call()


def test_a_window_larger_than_the_padded_image_has_no_places():
    with pytest.raises(ShapeError, match="a 2x5 window spans 2x5 cells, more than the 3x4 cells"):
        Window((2, 5)).places(3, 4)
