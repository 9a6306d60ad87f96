"""What torch's compiler is given: every operation is one graph, forward and backward."""

import numpy as np
import pytest
import torch

from chainrule import nn, ops
from chainrule.backends import backend_named
from chainrule.errors import ShapeError
from chainrule.tape import Tensor, tensor
from chainrule.testing import samples

TORCH = backend_named("torch")
FIRST = {sample.function: sample for sample in reversed(samples())}
"""One sample of each Function."""


def traced(function):
    """The function as torch's tracer sees it, without a compiler behind it; and the graphs."""
    graphs = []

    def keep(graph, _):
        graphs.append(graph)
        return graph.forward

    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, dynamic=False, backend=keep), graphs


@pytest.mark.parametrize("sample", FIRST.values(), ids=str)
def test_an_operation_and_its_gradients_are_one_graph(sample, rng):
    def both_rules(dy, *arrays):
        inputs = [
            Tensor(array, needs_grad=needed)
            for array, needed in zip(arrays, sample.needs, strict=True)
        ]
        y = sample.make()(*inputs)
        y.backward(dy, keep=False)
        return y.data, [x.grad for x in inputs if x.needs_grad]

    arrays = [TORCH.asarray(array) for array in sample.arrays(rng, "float32")]
    shape = sample.make()(*arrays).shape
    dy = TORCH.asarray(rng.standard_normal(shape), dtype="float32")
    y, gradients = both_rules(dy, *arrays)
    one_graph, graphs = traced(both_rules)
    with torch.no_grad():
        y_traced, gradients_traced = one_graph(dy, *arrays)
    assert len(graphs) == 1
    torch.testing.assert_close(y_traced, y)
    torch.testing.assert_close(gradients_traced, gradients)


def test_every_operation_is_tried():
    assert len(FIRST) >= 60


def test_an_embedding_is_looked_up_in_a_graph_that_refuses_rows_that_are_not_there():
    table = nn.Embedding(5, 3).to(TORCH)
    look_up, graphs = traced(lambda i: table(Tensor(i)).data)
    with torch.no_grad():
        rows = torch.tensor([[0, 4], [4, 1]])
        assert torch.equal(look_up(rows), table.weight.data[rows])
        for wrong in ([[0, 5], [1, 2]], [[0, -1], [1, 2]]):
            with pytest.raises(
                RuntimeError, match=r"take: i reaches outside: x \(5, 3\) has rows 0"
            ):
                look_up(torch.tensor(wrong))
    assert len(graphs) == 1


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_row_that_is_not_there_is_refused_whatever_its_dtype(backend):
    there = backend_named(backend)
    x = tensor(np.ones((300, 2)), backend=there)
    for i in (np.array([255, 0], "uint8"), np.array([299], "int64")):
        assert ops.take(x, there.asarray(i)).shape == (len(i), 2)
    for i in (np.array([-1], "int8"), np.array([300], "int16")):
        with pytest.raises(
            ShapeError, match=r"Take: i reaches from .* x \(300, 2\) has rows 0 to 299"
        ):
            x[there.asarray(i)]
