"""dw as a matrix product: the same gradient, and chosen where it is faster."""

import numpy as np
import pytest
import torch

from chainrule import nn, optim
from chainrule.backends import backend_named
from chainrule.kernels import torch_conv, torch_weights
from chainrule.ops import Conv2d
from chainrule.testing import run, samples
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step

TORCH = backend_named("torch")
CONVOLUTIONS = [sample for sample in samples() if sample.function is Conv2d]


@pytest.fixture
def always(monkeypatch):
    """Have every dw as a product, and count them."""
    counted = []

    def counting(x, dy, window):
        counted.append(window)
        return torch_weights.by_product(x, dy, window)

    monkeypatch.setattr(torch_conv, "product_pays", lambda *shapes: True)
    monkeypatch.setattr(torch_conv, "by_product", counting)
    return counted


@pytest.mark.parametrize("sample", CONVOLUTIONS, ids=str)
def test_the_product_is_the_plain_rule_s_gradient(sample, always, rng):
    from chainrule.kernels import plain_rules

    arrays = sample.arrays(rng)
    options = {"needs": sample.needs, "backend": TORCH}
    got = run(sample.make, *arrays, rng=np.random.default_rng(1), **options)
    with plain_rules(TORCH):
        expected = run(sample.make, *arrays, rng=np.random.default_rng(1), **options)
    np.testing.assert_allclose(got.gradients[1], expected.gradients[1], rtol=1e-10, atol=1e-10)
    assert len(always) == (1 if sample.make().groups == 1 else 0)


def test_the_two_ways_give_one_gradient():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn((4, 3, 9, 8), generator=generator, dtype=torch.float64)
    window = torch_weights.Window((3, 2), (2, 1), ((1, 1), (1, 1)), (1, 2))
    dy = torch.randn((4, 5, *window.places(9, 8)), generator=generator, dtype=torch.float64)
    torch.testing.assert_close(
        torch_weights.by_product(x, dy, window), torch_weights.by_library(x, dy, window)
    )


@pytest.fixture
def clock(monkeypatch):
    """clock(product=1, library=2): how long each of the two ways seems to take."""
    torch_weights._measured.cache_clear()

    def seems_to_take(product, library):
        times = [0.0]

        def ticking(seconds):
            def work(x, dy, window):
                times[0] += seconds

            return work

        monkeypatch.setattr(torch_weights, "by_product", ticking(product))
        monkeypatch.setattr(torch_weights, "by_library", ticking(library))
        monkeypatch.setattr(torch_weights.time, "perf_counter", lambda: times[0])

    yield seems_to_take
    torch_weights._measured.cache_clear()


def pays(height=3, batch=2):
    x = dy = (batch, 4, height, height)
    return torch_weights.product_pays(x, dy, (3, 3), (1, 1), (1, 1), (1, 1), "float32")


@pytest.mark.parametrize(("product", "taken"), [(0.7, True), (0.9, False), (2, False)])
def test_what_is_clearly_faster_is_taken(clock, product, taken):
    clock(product=product, library=1)
    assert pays() is taken


def test_a_shape_is_timed_once(clock):
    clock(product=1, library=2)
    assert pays()
    clock(product=2, library=1)
    assert pays()
    assert not pays(batch=3)


def test_large_maps_and_empty_batches_are_left_to_the_library(clock):
    clock(product=1, library=2)
    assert pays(height=8)
    assert not pays(height=9)
    assert not pays(batch=0)


def test_it_is_decided_while_the_step_is_traced_and_stays_in_the_graph(clock):
    clock(product=1, library=2)
    decided = pays(batch=4)
    assert decided
    model = nn.Sequential(nn.Conv2d(4, 4, 3, padding="same"), nn.Flatten(), nn.Linear(36, 2))
    optimizer = optim.SGD(lr=0.1)
    optimizer.attach(model.to(TORCH).parameters())
    step = make_training_step(model, optimizer, cross_entropy)
    made = []

    def keep(graph, inputs):
        made.append(graph)
        return graph.forward

    traced = torch.compile(step, backend=keep, fullgraph=True, dynamic=False)
    x = TORCH.asarray(np.ones((4, 4, 3, 3), "float32"))
    with torch.no_grad():
        traced(x, TORCH.asarray([0, 1, 0, 1]), TORCH.asarray(0.1, dtype="float64"))
    (graph,) = made
    assert "convolution_backward" in graph.code
    assert "stack" in graph.code
