"""Every operation and its gradients against an independent expression in PyTorch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (PyTorch's own habit)
from numpy.testing import assert_allclose

from chainrule import ops
from chainrule.testing import run, samples

torch.set_num_threads(1)  # several test processes share the cores; the arrays are small


def padded(x, padding, value=0.0):
    (top, bottom), (left, right) = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def conv2d(op, x, w, b=None):
    x = padded(x, op.padding)
    return F.conv2d(x, w, b, stride=op.stride, dilation=op.dilation, groups=op.groups)


def max_pool2d(op, x):
    window = op.window
    x = padded(x, window.padding, -float("inf"))
    return F.max_pool2d(x, window.size, window.stride, dilation=window.dilation)


def avg_pool2d(op, x):
    window = op.window
    x = padded(x, window.padding)
    N, C, H, W = x.shape
    seen = F.unfold(x.reshape(N * C, 1, H, W), window.size, window.dilation, 0, window.stride)
    return seen.mean(dim=1).reshape(N, C, *window.places(*op.x_shape[2:]))


def pad(op, x):
    return F.pad(x, [width for pair in reversed(op.widths) for width in pair])


def transpose(op, x):
    return x.permute(op.axes if op.axes is not None else tuple(reversed(range(x.ndim))))


def set_item(op, x, v):
    y = x.clone()
    y[op.key] = v
    return y


def every_axis(op, x):
    return tuple(range(x.ndim)) if op.axis is None else op.axis


EXPRESSIONS = {
    ops.Abs: lambda op, x: torch.abs(x),
    ops.Add: lambda op, a, b: a + b,
    ops.Affine: lambda op, x, w, b=None: F.linear(x, w, b),
    ops.AvgPool2d: avg_pool2d,
    ops.BatchNorm: lambda op, x, gamma, beta: F.batch_norm(
        x, None, None, gamma, beta, training=True, eps=op.eps
    ),
    ops.Concat: lambda op, *parts: torch.cat(parts, op.axis),
    ops.Conv2d: conv2d,
    ops.Divide: lambda op, a, b: a / b,
    ops.Dropout: lambda op, x, bits: x * (bits >= op.threshold) / (1 - op.threshold / 256),
    ops.Exp: lambda op, x: torch.exp(x),
    ops.GetItem: lambda op, x: x[op.key],
    ops.Log: lambda op, x: torch.log(x),
    ops.LogSoftmax: lambda op, x: F.log_softmax(x, dim=op.axis),
    ops.MatMul: lambda op, a, b: torch.matmul(a, b),
    ops.Max: lambda op, x: torch.amax(x, every_axis(op, x), op.keepdims),
    ops.MaxPool2d: max_pool2d,
    ops.Maximum: lambda op, a, b: torch.maximum(a, b),
    ops.Mean: lambda op, x: torch.mean(x, every_axis(op, x), op.keepdims),
    ops.Multiply: lambda op, a, b: a * b,
    ops.Negate: lambda op, x: -x,
    ops.Pad: pad,
    ops.SetItem: set_item,
    ops.Where: lambda op, condition, a, b: torch.where(condition, a, b),
    ops.Power: lambda op, x: x**op.exponent,
    ops.ReLU: lambda op, x: F.relu(x),
    ops.Reshape: lambda op, x: x.reshape(op.shape),
    ops.Sigmoid: lambda op, x: torch.sigmoid(x),
    ops.Softmax: lambda op, x: F.softmax(x, dim=op.axis),
    ops.SoftmaxCrossEntropy: lambda op, x, t: F.cross_entropy(x, t),
    ops.Sqrt: lambda op, x: torch.sqrt(x),
    ops.Subtract: lambda op, a, b: a - b,
    ops.Sum: lambda op, x: torch.sum(x, every_axis(op, x), op.keepdims),
    ops.Take: lambda op, x, i: x[i],
    ops.Tanh: lambda op, x: torch.tanh(x),
    ops.Transpose: transpose,
}


def assert_close(got, wanted, tolerance):
    largest = float(np.max(np.abs(wanted), initial=0))
    assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * largest)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
@pytest.mark.parametrize("sample", samples(), ids=str)
def test_outputs_and_gradients_equal_those_of_torch(sample, dtype, tolerance, rng):
    arrays = sample.arrays(rng, dtype)
    result = run(sample.make, *arrays, rng=np.random.default_rng(1), needs=sample.needs)

    leaves = [
        torch.from_numpy(array.copy()).requires_grad_(needed)
        for array, needed in zip(arrays, sample.needs, strict=True)
    ]
    op = sample.make()
    op.x_shape = arrays[0].shape
    y = EXPRESSIONS[sample.function](op, *leaves)
    dy = np.asarray(np.random.default_rng(1).standard_normal(tuple(y.shape)))
    y.backward(torch.from_numpy(dy).to(y.dtype))

    assert result.y.shape == tuple(y.shape)
    assert_close(result.y, y.detach().numpy(), tolerance)
    for got, leaf in zip(result.gradients, leaves, strict=True):
        if leaf.requires_grad:
            assert_close(got, leaf.grad.numpy(), tolerance)


def test_every_function_has_a_torch_expression():
    assert {sample.function for sample in samples()} == set(EXPRESSIONS)
