"""Tensors as people write them: operators, numbers, indexing, looks."""

import subprocess
import sys
from array import array

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import ops
from chainrule.backends import backend_named
from chainrule.errors import BackendError, UsageError
from chainrule.tape import Tensor, as_tensor, tensor

OPERATORS = {
    "tensor + 2": (lambda t: t + 2, 5, 1),
    "2 + tensor": (lambda t: 2 + t, 5, 1),
    "tensor - 2": (lambda t: t - 2, 1, 1),
    "2 - tensor": (lambda t: 2 - t, -1, -1),
    "tensor * 2": (lambda t: t * 2, 6, 2),
    "2 * tensor": (lambda t: 2 * t, 6, 2),
    "tensor / 2": (lambda t: t / 2, 1.5, 0.5),
    "2 / tensor": (lambda t: 2 / t, 2 / 3, -2 / 9),
    "tensor ** 2": (lambda t: t**2, 9, 6),
    "-tensor": (lambda t: -t, -3, -1),
    "float64 * tensor": (lambda t: np.float64(2) * t, 6, 2),
    "tensor / float32": (lambda t: t / np.float32(2), 1.5, 0.5),
    "int64 - tensor": (lambda t: np.int64(2) - t, -1, -1),
}


@pytest.mark.parametrize(("compute", "value", "slope"), OPERATORS.values(), ids=OPERATORS)
def test_numbers_and_tensors_mix_on_both_sides(compute, value, slope):
    t = tensor(3.0, needs_grad=True)
    y = compute(t)
    y.backward()
    assert isinstance(y, Tensor)
    assert y.dtype == t.grad.dtype == "float32"
    assert_allclose((y.data, t.grad), (value, slope), rtol=1e-6)


@pytest.mark.parametrize(
    "compute",
    [
        lambda a, t: a + t,
        lambda a, t: a - t,
        lambda a, t: a * t,
        lambda a, t: a / t,
        lambda a, t: a @ t,
    ],
    ids=["+", "-", "*", "/", "@"],
)
def test_an_array_on_the_left_leaves_the_tensor_to_answer(compute):
    array, values = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    t = Tensor(values, needs_grad=True)
    y = compute(array, t)
    assert isinstance(y, Tensor)
    assert_array_equal(y.data, compute(array, values))
    y.sum().backward()
    assert t.grad.shape == (2, 2)


def test_whole_numbers_and_float_constants_give_floats():
    t = Tensor(np.array([1, 2, 3]))
    assert_allclose((t * 0.5).data, [0.5, 1, 1.5])
    assert_allclose((1 / t).data, [1, 1 / 2, 1 / 3])


def test_python_numbers_become_single_precision():
    assert tensor([1, 2]).dtype == "float32"
    assert tensor(1.5, dtype="float64").dtype == "float64"


def test_an_array_keeps_its_dtype():
    assert tensor(np.array([1, 2])).dtype == "int64"
    assert tensor(np.array([1.0])).dtype == "float64"
    assert tensor(np.array([1.0]), dtype="float32").dtype == "float32"


def test_a_number_takes_the_dtype_of_the_tensor_it_meets():
    assert (tensor([1.0], dtype="float64") * 0.1).data[0] == 0.1


def test_methods_are_the_operations():
    t = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert t.sum().item() == 21
    assert_array_equal(t.sum(0, keepdims=True).data, [[5, 7, 9]])
    assert_array_equal(t.mean(-1).data, [2, 5])
    assert t.sum([0, 1]).item() == t.sum((np.int64(0), np.int64(-1))).item() == 21
    assert_array_equal(t.sum(np.int64(0)).data, [5, 7, 9])
    assert_array_equal(t.max(axis=1).data, [3, 6])
    assert t.reshape(3, -1).shape == (3, 2)
    assert t.reshape((3, -1)).shape == t.reshape([3, 2]).shape == (3, 2)
    assert t.transpose((1, 0)).shape == (3, 2)
    assert tensor(1.0).reshape(()).shape == tensor(1.0).transpose(()).shape == ()
    assert t.T.shape == t.transpose().shape == t.transpose(1, 0).shape == (3, 2)
    assert (t.ndim, t.shape, len(t)) == (2, (2, 3), 2)


def test_a_tensor_is_indexed_and_iterated_row_by_row():
    t = tensor([[1.0, 2.0], [3.0, 4.0]], needs_grad=True)
    rows = list(t)
    assert [row.shape for row in rows] == [(2,), (2,)]
    assert [value.item() for value in rows[1]] == [3, 4]
    assert t[1, 0].item() == 3
    assert t[..., 1].shape == (2,)
    (rows[0].sum() + t[1, 1] * 5.0).backward()
    assert_array_equal(t.grad, [[1, 1], [0, 5]])


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_tensor_is_turned_round_by_a_slice(backend):
    t = tensor([1.0, 2.0, 3.0], backend=backend_named(backend), needs_grad=True)
    (t[::-1] * tensor(np.array([1, 10, 100], "float32"), backend=t.backend)).sum().backward()
    assert t[::-1].numpy().tolist() == [3, 2, 1]
    assert t.grad.tolist() == [100, 10, 1]


def test_a_tensor_shows_its_values_its_name_and_its_need():
    assert repr(tensor(2.5)) == "tensor(2.5)"
    weight = tensor([[1.0, 2.0], [3.0, 4.0]], name="w", needs_grad=True)
    assert repr(weight) == "tensor([[1. 2.]\n        [3. 4.]], name='w', needs_grad=True)"


def test_numpy_and_item_give_plain_values():
    t = tensor([[2.0]])
    assert type(t.numpy()) is np.ndarray
    assert type(t.item()) is float


def test_results_without_axes_are_arrays_too():
    t = Tensor(np.array([1.0, 2.0]), needs_grad=True)
    y = t.sum()
    assert type(y.data) is np.ndarray
    y.backward()
    assert type(y.grad) is np.ndarray


@pytest.mark.parametrize("value", ["text", None, [1.0, 2.0], object()])
def test_what_is_neither_tensor_nor_number_is_refused(value):
    with pytest.raises(UsageError, match=r"a tensor or a number was expected.*wrap it with tensor"):
        tensor(1.0) + value


def test_an_array_of_an_unknown_library_is_refused_by_its_type():
    unknown = Tensor(array("d", [1.0]))
    with pytest.raises(BackendError, match=r"an array of type array\.array .*known are .*'numpy'"):
        _ = unknown.backend


def test_a_tensor_passes_as_tensor_untouched():
    t = tensor(1.0)
    assert as_tensor(t) is t


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_a_number_beside_a_condition_is_like_the_values(dtype):
    x = tensor(np.array([1.0, 3.0], dtype))
    y = ops.where(x < 2, 0.1, x)
    assert y.dtype == dtype
    assert y.data[0] == np.asarray(0.1, dtype)


def test_an_array_of_a_subtype_keeps_its_dtype_too(tmp_path):
    np.save(tmp_path / "x.npy", np.array([1.0, 2.0]))
    there = tensor(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert (type(there.data), there.dtype) == (np.ndarray, "float64")
    weights = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    assert type(tensor(weights).data) is torch.Tensor
    assert (tensor(weights) * 2.0).dtype == torch.float64
    assert not tensor(weights).data.requires_grad


def test_an_array_of_torch_s_is_known_before_anybody_named_the_backend():
    program = """
import torch
from chainrule.backends import is_array
from chainrule.tape import tensor
x = tensor(torch.ones(2, dtype=torch.float64))
print(x.backend.name, x.dtype, is_array(x.data), is_array(x.dtype))
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout == "torch torch.float64 True False\n", said.stderr


def test_an_array_goes_to_the_backend_that_is_asked_for():
    torch = backend_named("torch")
    there = tensor(np.array([1.0, 2.0]), backend=torch)
    assert there.backend is torch
    assert str(there.dtype) == "torch.float64"
    assert tensor(there.data).backend is torch
    assert tensor(there.data, dtype="float32").backend is torch
    assert tensor(there.data, backend=backend_named("numpy")).backend.name == "numpy"
