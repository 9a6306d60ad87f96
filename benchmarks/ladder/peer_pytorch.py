"""The deck's CIFAR-10 networks in PyTorch as people write them: eager, all at its default."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, multi_margin_loss

from chainrule.zoo import Settings

VERSIONS = {"torch": torch.__version__}


def conv(inputs: int, outputs: int, padding: str | int = "same") -> list[nn.Module]:
    """3x3 filters with ReLU."""
    return [nn.Conv2d(inputs, outputs, 3, padding=padding), nn.ReLU()]


def head(inputs: int) -> list[nn.Module]:
    """From maps to ten scores over 512 units."""
    return [
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(inputs, 512),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(512, 10),
    ]


def cifar10_linear() -> nn.Module:
    """One template per class."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))


def cifar10_74() -> nn.Module:
    """Three convolutions and 3136-512-10."""
    return nn.Sequential(
        *conv(3, 32, padding=0),
        nn.Dropout(0.2),
        *conv(32, 32),
        nn.MaxPool2d(2),
        *conv(32, 64),
        nn.MaxPool2d(2),
        *head(3136),
    )


def normalised() -> list[nn.Module]:
    """The convolutions of the 74 % network, each after a batch norm."""
    return [
        nn.BatchNorm2d(3),
        *conv(3, 32, padding=0),
        nn.Dropout(0.2),
        nn.BatchNorm2d(32),
        *conv(32, 32),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(32),
        *conv(32, 64),
        nn.MaxPool2d(2),
    ]


def cifar10_79() -> nn.Module:
    """With batch norm before each convolution."""
    return nn.Sequential(*normalised(), *head(3136))


def cifar10_84() -> nn.Module:
    """With a further stage of 128 filters."""
    stage = [nn.BatchNorm2d(64), *conv(64, 128), nn.MaxPool2d(2)]
    return nn.Sequential(*normalised(), *stage, *head(1152))


def cifar10_88() -> nn.Module:
    """Six convolutions, batch norm after each."""
    layers, channels = list[nn.Module](), 3
    for filters, dropped in ((32, 0.2), (64, 0.3), (128, 0.4)):
        for _ in range(2):
            layers += [
                nn.Conv2d(channels, filters, 3, padding="same"),
                nn.ELU(),
                nn.BatchNorm2d(filters),
            ]
            channels = filters
        layers += [nn.MaxPool2d(2), nn.Dropout(dropped)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 10))


def hinge(scores: torch.Tensor, labels: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    """The multiclass SVM loss, summed over the classes; PyTorch's own takes their mean."""
    return multi_margin_loss(scores, labels, reduction=reduction) * scores.shape[1]


NETWORKS = {
    "cifar10-linear": cifar10_linear,
    "cifar10-74": cifar10_74,
    "cifar10-79": cifar10_79,
    "cifar10-84": cifar10_84,
    "cifar10-88": cifar10_88,
}
OPTIMIZERS = ("adam", "sgd")
LOSSES = {"cross_entropy": cross_entropy, "hinge": hinge}


class Learner:
    """A network that learns batch by batch, with the recipe's numbers.

    steps: of the whole training
    """

    def __init__(self, settings: Settings, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed = seed
        self.model = NETWORKS[settings.network]()
        priced = [p for p in self.model.parameters() if p.ndim >= 2]
        others = [p for p in self.model.parameters() if p.ndim < 2]
        # The gradient of l2 * sum(w**2) is 2 * l2 * w, which is what weight_decay adds.
        groups = [{"params": priced, "weight_decay": 2 * settings.l2}, {"params": others}]
        self.loss = LOSSES[settings.loss]
        self.optimizer: torch.optim.Optimizer
        if settings.optimizer == "sgd":
            self.optimizer = torch.optim.SGD(groups, lr=settings.lr, momentum=settings.momentum)
        else:
            self.optimizer = torch.optim.Adam(groups, lr=settings.lr)
        schedule = settings.make_schedule()
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: schedule(min(step, steps - 1), steps)
        )

    def count(self) -> int:
        """Parameters, running statistics among them, as Keras counts."""
        states = self.model.state_dict().items()
        return sum(v.numel() for name, v in states if not name.endswith("num_batches_tracked"))

    def learn(
        self, batches: Iterable[tuple[np.ndarray, np.ndarray]], epoch: int
    ) -> tuple[float, float]:
        """One epoch; its mean loss and accuracy, while the weights were changing."""
        torch.manual_seed(1000 * self.seed + epoch)  # a resumed epoch drops the same units
        self.model.train()
        loss_sum, right, seen = 0.0, 0, 0
        for images, labels in batches:
            x, t = torch.from_numpy(images), torch.from_numpy(labels)
            self.optimizer.zero_grad()
            scores = self.model(x)
            loss = self.loss(scores, t)
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            loss_sum += loss.item() * len(t)
            right += int((scores.argmax(1) == t).sum())
            seen += len(t)
        return loss_sum / seen, right / seen

    def measure(self, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
        """Mean loss and accuracy, without learning."""
        self.model.eval()
        loss_sum, right, seen = 0.0, 0, 0
        with torch.no_grad():
            for images, labels in batches:
                scores, t = self.model(torch.from_numpy(images)), torch.from_numpy(labels)
                loss_sum += self.loss(scores, t, reduction="sum").item()
                right += int((scores.argmax(1) == t).sum())
                seen += len(t)
        return loss_sum / seen, right / seen

    def save(self, folder: Path, name: str) -> None:
        """All that going on takes."""
        parts = {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule}
        torch.save({key: part.state_dict() for key, part in parts.items()}, folder / name)

    def load(self, folder: Path, name: str) -> None:
        """What save wrote."""
        state = torch.load(folder / name, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
