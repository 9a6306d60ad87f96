"""A step that finds no memory: the answer is a batch size that does."""

import numpy as np
import pytest
import torch

from chainrule import nn, ops, optim
from chainrule.backends import NUMPY, backend_named
from chainrule.data import Preprocessing, Split
from chainrule.errors import TrainingError
from chainrule.training import Trainer

TORCH = backend_named("torch")


def network(most, error=MemoryError):
    """A network that finds no memory for more than so many images."""

    class Hungry(nn.Module):
        def forward(self, x):
            if len(x) > most:
                raise error
            return x

    return nn.Sequential(nn.Flatten(), Hungry(), nn.BatchNorm1d(4), nn.Linear(4, 2))


def fit(model, backend=NUMPY, **settings):
    images = np.random.default_rng(1).integers(0, 256, (100, 1, 2, 2), dtype="uint8")
    trainer = Trainer(model, optimizer=optim.SGD(lr=0.1), backend=backend, **settings)
    trainer.fit(Split(images, np.arange(100) % 2), epochs=1, batch_size=80)
    return trainer


@pytest.mark.parametrize("backend", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_the_largest_half_that_fits_is_named(backend):
    with pytest.raises(
        TrainingError,
        match=r"a batch of 80 images found no memory, but one of 20 does: choose batch size 20, "
        r"or learn 80 in parts, with Trainer\(accumulate=4\)",
    ) as refused:
        fit(network(most=39), backend)
    assert isinstance(refused.value.__cause__ or refused.value.__context__, MemoryError)


class Costly(Preprocessing):
    """It finds no memory for a batch of more than so many images."""

    most = 60

    def on(self, backend):
        prepare = super().on(backend)

        def hungry(images):
            if self.most < len(images) < 100:  # all 100 are looked at before the first step
                raise MemoryError
            return prepare(images)

        return hungry


def test_pixels_too_many_to_be_standardised_are_halved_as_well():
    with pytest.raises(TrainingError, match="80 images found no memory, but one of 40 does"):
        fit(network(most=80), preprocessing=Costly(1, 2, 2, mean=(0.0,), std=(1.0,)))


def test_a_batch_in_parts_needs_the_memory_of_a_part():
    assert len(fit(network(most=39), accumulate=4).history) == 1


def test_where_not_even_one_image_fits_no_size_is_advised():
    class Hopeless(nn.Module):
        def forward(self, x):
            if self.training:
                raise MemoryError
            return x

    with pytest.raises(TrainingError, match="80 images found no memory, and neither does a single"):
        fit(nn.Sequential(nn.Flatten(), Hopeless(), nn.Linear(4, 2)))


@pytest.mark.parametrize(
    "words",
    [
        "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried",
        "DefaultCPUAllocator: not enough memory: you tried to allocate 800 bytes.",
        "MPS backend out of memory (MPS allocated: 8 GB)",
    ],
)
def test_what_torch_says_for_want_of_memory_is_understood(words):
    assert TORCH.is_out_of_memory(RuntimeError(words))
    assert not NUMPY.is_out_of_memory(RuntimeError(words))


def test_torch_finds_no_memory_for_a_petabyte_and_says_so_in_known_words():
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**48)
    assert TORCH.is_out_of_memory(refused.value)
    assert TORCH.is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not TORCH.is_out_of_memory(RuntimeError("shapes do not match"))


def test_another_error_is_nobody_s_want_of_memory():
    def failing(scores, labels):
        if len(scores) > 1:
            raise ZeroDivisionError
        return ops.softmax_cross_entropy(scores, labels)

    with pytest.raises(ZeroDivisionError):
        fit(network(most=1000), loss=failing)


def test_gradients_of_the_trials_are_forgotten():
    model = network(most=39)
    with pytest.raises(TrainingError):
        fit(model)
    assert [p.grad for p in model.parameters()] == [None] * 4
