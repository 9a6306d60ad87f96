"""The rules are written against the array-API standard: they run on other libraries as they are.

array_api_strict offers what the standard says and nothing else; PyTorch is the library that people
have. Two small backends here are all that either needs.
"""

import array_api_compat.torch
import array_api_strict
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule import ops, optim
from chainrule.backends import Backend, backend_named, register, registry
from chainrule.backends.hashing import hashed_bytes
from chainrule.errors import BackendError
from chainrule.tape import Tensor, tensor
from chainrule.testing import run, samples


class StrictBackend(Backend):
    name = "strict"
    array_type = type(array_api_strict.asarray(0))
    xp = array_api_strict

    def asarray(self, values, dtype=None, *, like=None):
        return array_api_strict.asarray(np.asarray(values, dtype=dtype))

    def to_numpy(self, array):
        return np.asarray(array)

    def random_bytes(self, key, shape):
        return self.asarray(hashed_bytes(self.to_numpy(key), shape))

    def compile(self, function):
        return function


class TorchBackend(Backend):
    name = "torch"
    array_type = torch.Tensor
    xp = array_api_compat.torch

    def asarray(self, values, dtype=None, *, like=None):
        return torch.asarray(np.asarray(values, dtype=dtype))

    def to_numpy(self, array):
        return array.numpy()

    def random_bytes(self, key, shape):
        return self.asarray(hashed_bytes(self.to_numpy(key), shape))

    def compile(self, function):
        return function


@pytest.fixture(params=[StrictBackend, TorchBackend], ids=lambda library: library.name)
def library(request, monkeypatch):
    """A backend that is registered for one test, without anything beyond the standard."""
    monkeypatch.setattr(registry, "_by_name", dict(registry._by_name))
    monkeypatch.setattr(registry, "_by_type", dict(registry._by_type))
    backend = request.param()
    register(backend)
    only_the_standard = array_api_strict.ArrayAPIStrictFlags(
        api_version="2024.12",
        boolean_indexing=False,
        data_dependent_shapes=False,
        enabled_extensions=(),
    )
    with only_the_standard:
        yield backend


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sample", samples(), ids=str)
def test_an_operation_gives_what_it_gives_on_numpy(sample, dtype, library, rng, monkeypatch):
    monkeypatch.setattr(backend_named("numpy"), "kernels", {})
    arrays = sample.arrays(rng, dtype)
    wanted = run(sample.make, *arrays, rng=np.random.default_rng(1), needs=sample.needs)
    result = run(
        sample.make, *arrays, rng=np.random.default_rng(1), needs=sample.needs, backend=library
    )
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    results = zip((result.y, *result.gradients), (wanted.y, *wanted.gradients), strict=True)
    for got, expected in results:
        assert (got is None) == (expected is None)
        if expected is not None:
            assert got.dtype == expected.dtype
            largest = float(np.max(np.abs(expected), initial=0))
            assert_allclose(got, expected, rtol=tolerance, atol=tolerance * largest)


def test_a_whole_network_learns(library):
    def leaf(shape, seed):
        values = np.random.default_rng(seed).standard_normal(shape).astype("float32")
        return tensor(values, needs_grad=True, dtype="float32", backend=library)

    x = tensor(leaf((4, 1, 6, 6), 1).numpy(), dtype="float32", backend=library)
    t = Tensor(library.asarray(np.array([0, 1, 2, 1])))
    weights = [leaf((2, 1, 3, 3), 2), leaf((2,), 3), leaf((3, 18), 4), leaf((3,), 5)]
    losses = []
    for _ in range(5):
        w1, b1, w2, b2 = weights
        hidden = ops.max_pool2d(ops.relu(ops.conv2d(x, w1, b1, padding=1)), 2)
        loss = ops.softmax_cross_entropy(ops.affine(ops.flatten(hidden), w2, b2), t)
        loss.backward(keep=False)
        losses.append(loss.item())
        weights = [Tensor(w.data - 0.01 * w.grad, needs_grad=True) for w in weights]
    assert losses == sorted(losses, reverse=True)


def test_numbers_and_operators_work(library):
    x = tensor([1.0, 2.0, 4.0], needs_grad=True, backend=library)
    y = ((2 - x) * 3 / 2 + x**2 - 1).mean()
    y.backward()
    assert y.item() == pytest.approx(5.5)
    assert_allclose(library.to_numpy(x.grad), (2 * np.array([1.0, 2, 4]) - 1.5) / 3, rtol=1e-6)
    assert x[1].item() == 2
    assert repr(x) == "tensor([1. 2. 4.], needs_grad=True)"


def test_random_bytes_are_those_of_numpy(library):
    key = np.array([1, 2], dtype="uint32")
    drawn = library.to_numpy(library.random_bytes(library.asarray(key), (3, 5)))
    assert drawn.tolist() == hashed_bytes(key, (3, 5)).tolist()


def test_a_library_is_unknown_until_it_is_registered(monkeypatch):
    monkeypatch.setattr(registry, "_by_type", {})
    with pytest.raises(BackendError, match=r"type torch\.Tensor belongs to no backend"):
        _ = Tensor(torch.zeros(2)).backend


OPTIMIZERS = [
    optim.SGDW(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1).clip(norm=1.0),
    optim.AdaGrad(initial=0.1).clip(value=0.5),
    optim.AdaDelta(weight_decay=0.1),
    optim.RMSProp(momentum=0.9, centered=True),
    optim.Adam(),
    optim.AdamW(),
    optim.Nadam(),
    optim.Muon(),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: type(kind).__name__)
def test_an_optimizer_steps_as_on_numpy(kind, dtype, library, rng):
    numpy = backend_named("numpy")
    start = [rng.standard_normal(shape).astype(dtype) for shape in ((4, 3), (2, 1, 3, 3), (3,))]
    gradients = [[rng.standard_normal(w.shape).astype(dtype) for w in start] for _ in range(3)]
    ends = []
    for backend in (numpy, library):
        weights = [Tensor(backend.asarray(w.copy())) for w in start]
        optimizer = kind.renewed()
        optimizer.attach([optim.Group(weights[:1], lr=0.05), optim.Group(weights[1:])])
        for step, gradient in enumerate(gradients):
            for w, dw in zip(weights, gradient, strict=True):
                w.grad = backend.asarray(dw)
            optimizer.step(optimizer.lr / (1 + step))
            saved = optimizer.state_dict()
            optimizer.load_state_dict(saved)
        ends.append([*(w.numpy() for w in weights), *saved.values()])
    for got, expected in zip(*ends, strict=True):
        assert got.dtype == expected.dtype
        assert_allclose(got, expected, rtol=1e-4 if dtype == "float32" else 1e-9, atol=1e-6)
