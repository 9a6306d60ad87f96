"""PyTorch eager, as people write it, with its default settings."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn


def cnn(images: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """The CIFAR-10 network, ready to train."""
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Conv2d(32, 32, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(3136, 512),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(512, 10),
    )
    return _step(model, torch.optim.Adam(model.parameters(), lr=1e-3), images, labels)


def mlp(images: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """The MNIST network, ready to train."""
    model = nn.Sequential(nn.Linear(784, 50), nn.Sigmoid(), nn.Linear(50, 10))
    return _step(model, torch.optim.SGD(model.parameters(), lr=0.1), images, labels)


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, images: np.ndarray, labels: np.ndarray
) -> Callable[[], float]:
    x, t = torch.from_numpy(images), torch.from_numpy(labels)
    loss_function = nn.CrossEntropyLoss()

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_function(model(x), t)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


NETWORKS = {"cnn": cnn, "mlp": mlp}
