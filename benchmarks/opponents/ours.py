"""chainrule on NumPy, through the step that its Trainer runs."""

from collections.abc import Callable

import numpy as np

from chainrule import nn, optim
from chainrule.kernels import one_blas_thread
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step
from chainrule.zoo.cifar10 import cifar10_74


def cnn(images: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """The CIFAR-10 network, ready to train."""
    return _step(cifar10_74((3, 32, 32), 10), optim.Adam(lr=1e-3), images, labels)


def mlp(images: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """The MNIST network, ready to train."""
    model = nn.Sequential(nn.Linear(784, 50), nn.Sigmoid(), nn.Linear(50, 10))
    return _step(model, optim.SGD(lr=0.1), images, labels)


def _step(
    model: nn.Module, optimizer: optim.Optimizer, images: np.ndarray, labels: np.ndarray
) -> Callable[[], float]:
    optimizer.attach(model.parameters())
    train = make_training_step(model, optimizer, cross_entropy)
    lr = np.asarray(optimizer.lr)
    draws = any(isinstance(module, nn.Dropout) for _, module in model.named_modules())
    done = 0

    def step() -> float:
        nonlocal done
        if draws:
            nn.reseed(model, 0, done)
        done += 1
        with one_blas_thread:
            loss, _ = train(images, labels, lr)
        return float(loss)

    return step


NETWORKS = {"cnn": cnn, "mlp": mlp}
