"""The training step from end to end: 20 steps, each loss as PyTorch's autograd has it.

The same network in PyTorch starts from the same weights and gets the same batches, augmented and
preprocessed alike, the same learning rates and the same dropout masks.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule import data, nn, optim
from chainrule.data import Augmentation, Preprocessing
from chainrule.ops import softmax_cross_entropy
from chainrule.tape import Tensor
from chainrule.training import Trainer

SEED, BATCH, EPOCHS = 11, 32, 2
DROPPED = {"images": (0.2, (BATCH, 8, 4, 4)), "features": (0.25, (BATCH, 32))}


def network(m):
    return m.Sequential(
        m.Conv2d(1, 8, 3, padding="same", bias=False),  # batch norm takes a bias away again
        m.BatchNorm2d(8),
        m.ReLU(),
        m.MaxPool2d(2),
        m.Dropout(DROPPED["images"][0]),
        m.Conv2d(8, 16, 3, bias=False),
        m.BatchNorm2d(16),
        m.ReLU(),
        m.Flatten(),
        m.Linear(64, 32),
        m.ReLU(),
        m.Dropout(DROPPED["features"][0]),
        m.Linear(32, 10),
    )


def masks(step):
    """What a step's dropout layers multiply with, found by sending ones through their twins."""
    twins = nn.Sequential(*[nn.Dropout(p) for p, _ in DROPPED.values()])
    nn.reseed(twins, SEED, step)
    shapes = [shape for _, shape in DROPPED.values()]
    return [
        torch.tensor(twin(Tensor(np.ones(shape, dtype="float32"))).data)
        for twin, shape in zip(twins, shapes, strict=True)
    ]


class Masked(torch.nn.Module):
    """PyTorch's dropout with a mask from outside."""

    def forward(self, x):
        return x * self.mask


OPTIMIZERS = {
    "momentum": (
        lambda: optim.SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    ),
    "adam": (lambda: optim.Adam(lr=1e-2), lambda p: torch.optim.Adam(p, lr=1e-2)),
}


@pytest.mark.parametrize(("mine", "theirs"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_twenty_steps_lose_what_pytorch_loses(mine, theirs, digits):
    train = digits.train.subset(slice(0, 10 * BATCH))
    augmentation, schedule = Augmentation(shift=1), optim.Cosine(warmup=0.2)
    preprocessing = Preprocessing.fit(train.images)
    losses = []

    def noting(scores, labels):
        loss = softmax_cross_entropy(scores, labels)
        losses.append(loss.item())
        return loss

    with nn.init.seeded(SEED):
        model = network(nn)
    reference = network(torch.nn)
    reference.load_state_dict({k: torch.tensor(v) for k, v in model.state_dict().items()})
    for name in ("4", "11"):
        reference.add_module(name, Masked())
    optimizer = theirs(reference.parameters())

    trainer = Trainer(
        model,
        optimizer=mine(),
        loss=noting,
        seed=SEED,
        schedule=schedule,
        augmentation=augmentation,
    )
    trainer.fit(train, epochs=EPOCHS, batch_size=BATCH)

    expected, steps = [], EPOCHS * 10
    for step in range(steps):
        epoch, batch = step // 10 + 1, step % 10
        if batch == 0:
            order = data.batches(train, BATCH, seed=SEED, epoch=epoch)
        images, labels = next(order)
        images = preprocessing(augmentation(images, seed=SEED, epoch=epoch, batch=batch))
        reference[4].mask, reference[11].mask = masks(step)
        loss = torch.nn.functional.cross_entropy(
            reference(torch.tensor(images)), torch.tensor(labels)
        )
        optimizer.param_groups[0]["lr"] = trainer.optimizer.lr * schedule(step, steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.item())

    assert len(losses) == steps == 20
    assert np.mean(expected[-5:]) < 0.9 * np.mean(expected[:5])  # a curve, not a line
    for step, (ours, torchs) in enumerate(zip(losses, expected, strict=True)):
        # float32 sums in another order differ in the last digits, and every step adds to it.
        assert_allclose(ours, torchs, rtol=1e-5 * (1 + step), err_msg=f"step {step}")
    state = reference.state_dict()
    for name, values in model.state_dict().items():
        assert_allclose(values, state[name], rtol=2e-3, atol=2e-4, err_msg=name)
