"""Every operation and its gradients against an independent expression in PyTorch."""

import math

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


def conv_transpose2d(op, x, w, b=None):
    return F.conv_transpose2d(
        x, w, b, op.stride, op.padding, op.output_padding, op.groups, op.dilation
    )


def standardise(op, x):
    variance = x.var(op.axes, correction=0, keepdim=True)
    return (x - x.mean(op.axes, keepdim=True)) / torch.sqrt(variance + op.eps)


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


def places(op, x):
    """Where in x flattened the part lies, by NumPy: torch has no slices that go backwards."""
    return torch.from_numpy(np.arange(x.numel()).reshape(x.shape)[op.key].copy())


def set_item(op, x, v):
    where = places(op, x)
    y = x.flatten().index_put((where,), v.expand(where.shape))
    return y.reshape(x.shape)


def every_axis(op, x):
    return tuple(range(x.ndim)) if op.axis is None else op.axis


def one_hot(x, t):
    return t if t.shape == x.shape else F.one_hot(t, x.shape[1]).to(x.dtype)


def cross_entropy(op, x, t):
    return F.cross_entropy(x, t, label_smoothing=op.label_smoothing, reduction=op.reduction)


def clipped(x, op):
    return torch.clamp(x, op.epsilon, 1 - op.epsilon)


def kl_divergence(op, x, t):
    log_p, q = torch.clamp(x, op.epsilon, 1).log(), torch.clamp(t, op.epsilon, 1)
    return F.kl_div(log_p, q, reduction="none").sum(dim=1)


def multi_class_hinge(op, x, t):
    if op.divide == "classes" and t.ndim == 1:
        return F.multi_margin_loss(x, t, op.power, op.margin, reduction="none")
    losses = []
    for row, shares in zip(x, one_hot(x, t), strict=True):
        terms = [
            (1 if op.all_j else 1 - share) * F.relu(op.margin + score - shares @ row) ** op.power
            for score, share in zip(row, shares, strict=True)
        ]
        d = {"none": 1, "others": len(row) - 1, "classes": len(row)}[op.divide]
        losses.append(sum(terms, row.sum() * 0) / d)
    return torch.stack(losses)


def cosine_similarity(op, x, t):
    def direction(a):
        return a / torch.sqrt(torch.clamp((a**2).sum(1, keepdim=True), min=op.epsilon**2))

    return -(direction(x) * direction(t)).sum(dim=1)


def laplace_mixture(op, x, mu, g, t):
    parts = torch.distributions.Laplace(mu, g)
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=x), parts
    )
    return -mixture.log_prob(t)


EXPRESSIONS = {
    ops.Abs: lambda op, x: torch.abs(x),
    ops.AdaptiveAvgPool2d: lambda op, x: F.adaptive_avg_pool2d(x, op.output_size),
    ops.AdaptiveMaxPool2d: lambda op, x: F.adaptive_max_pool2d(x, op.output_size),
    ops.Add: lambda op, a, b: a + b,
    ops.Affine: lambda op, x, w, b=None: F.linear(x, w, b),
    ops.AvgPool2d: avg_pool2d,
    ops.BatchNorm: lambda op, x, gamma, beta: F.batch_norm(
        x, None, None, gamma, beta, training=True, eps=op.eps
    ),
    ops.Concat: lambda op, *parts: torch.cat(parts, op.axis),
    ops.Conv2d: conv2d,
    ops.ConvTranspose2d: conv_transpose2d,
    ops.Divide: lambda op, a, b: a / b,
    ops.Dropout: lambda op, x, bits: x * (bits >= op.threshold) / (1 - op.threshold / 256),
    ops.Exp: lambda op, x: torch.exp(x),
    ops.GetItem: lambda op, x: x.flatten()[places(op, x)],
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
    ops.SoftmaxCrossEntropy: cross_entropy,
    ops.Sqrt: lambda op, x: torch.sqrt(x),
    ops.Standardise: standardise,
    ops.Subtract: lambda op, a, b: a - b,
    ops.Sum: lambda op, x: torch.sum(x, every_axis(op, x), op.keepdims),
    ops.Take: lambda op, x, i: x[i],
    ops.Tanh: lambda op, x: torch.tanh(x),
    ops.Transpose: transpose,
    ops.AbsoluteError: lambda op, x, t: F.l1_loss(x, t, reduction="none"),
    ops.AbsolutePercentageError: lambda op, x, t: (
        100 * torch.abs((t - x) / torch.clamp(t.abs(), min=op.epsilon))
    ),
    ops.BinaryCrossEntropy: lambda op, x, t: F.binary_cross_entropy(
        clipped(x, op), t.to(x.dtype), reduction="none"
    ),
    ops.CategoricalCrossEntropy: lambda op, x, t: (
        -(one_hot(x, t) * clipped(x, op).log()).sum(dim=1)
    ),
    ops.CategoricalHinge: lambda op, x, t: F.relu(
        1 + ((1 - t) * x).amax(dim=1) - (t * x).sum(dim=1)
    ),
    ops.CosineSimilarity: cosine_similarity,
    ops.ELU: lambda op, x: F.elu(x, op.alpha),
    ops.GELU: lambda op, x: F.gelu(x),
    ops.GaussianNLL: lambda op, mu, sigma, t: -torch.distributions.Normal(mu, sigma).log_prob(t),
    ops.Hinge: lambda op, x, t: F.relu(1 - t * x) ** op.power,
    ops.Huber: lambda op, x, t: F.huber_loss(x, t, reduction="none", delta=op.delta),
    ops.KLDivergence: kl_divergence,
    ops.LaplaceMixtureNLL: laplace_mixture,
    ops.LaplaceNLL: lambda op, mu, b, t: -torch.distributions.Laplace(mu, b).log_prob(t),
    ops.LeakyReLU: lambda op, x: F.leaky_relu(x, op.slope),
    ops.LogCosh: lambda op, x, t: torch.logaddexp(x - t, t - x) - math.log(2),
    ops.Maxout: lambda op, x: x.unflatten(1, (-1, op.pieces)).amax(dim=2),
    ops.MultiClassHinge: multi_class_hinge,
    ops.NegativeLogLikelihood: lambda op, x, t: (
        F.nll_loss(x, t, reduction="none") if t.ndim == 1 else -(t * x).sum(dim=1)
    ),
    ops.PoissonNLL: lambda op, x, t: F.poisson_nll_loss(
        x, t, log_input=False, eps=op.epsilon, reduction="none"
    ),
    ops.SiLU: lambda op, x: F.silu(x),
    ops.SigmoidCrossEntropy: lambda op, x, t: F.binary_cross_entropy_with_logits(
        x, t.to(x.dtype), reduction="none"
    ),
    ops.Softplus: lambda op, x: torch.logaddexp(x, torch.zeros_like(x)),
    ops.SquaredError: lambda op, x, t: F.mse_loss(x, t, reduction="none"),
    ops.SquaredLogarithmicError: lambda op, x, t: (
        ((torch.clamp(x, min=op.epsilon) + 1).log() - (torch.clamp(t, min=op.epsilon) + 1).log())
        ** 2
    ),
    ops.Step: lambda op, x: (x > 0).to(x.dtype) + 0 * x,
    ops.TanhGELU: lambda op, x: F.gelu(x, approximate="tanh"),
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
