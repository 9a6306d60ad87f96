"""PyTorch: eager with its default settings, as people write it; and tuned as its guide teaches.

Tuned: channels-last memory, the optimizer fused, optionally bfloat16 by autocast and the model with
its loss compiled; races.py gives its process the memory settings of chainrule.
"""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812, torch's own name for it

import networks
from opponents import Train, slices, timed


def build(
    race: Any,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    tuned: bool = False,
    precision: str = "float32",
    compiled: bool = False,
) -> Train:
    """As people write it, unless tuned."""
    model = built(race.network, race.shape).train()
    memory = torch.channels_last if tuned else torch.contiguous_format
    model = model.to(memory_format=memory)
    optimizer = _optimizer(model, race.rule, fused=tuned)
    pixels = torch.from_numpy(images).contiguous(memory_format=memory)
    targets = torch.from_numpy(labels)
    coming = slices(len(images), race.batch_size)
    lowered = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")

    def loss_of(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        with lowered:
            return F.cross_entropy(model(x.float() / 255), t)

    if compiled:
        loss_of = torch.compile(loss_of)

    def step() -> float:
        here = next(coming)
        loss = loss_of(pixels[here], targets[here])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return timed(step)


def _optimizer(model: nn.Module, rule: Any, *, fused: bool) -> torch.optim.Optimizer:
    learned = [p for p in model.parameters() if p.requires_grad]
    options = {"fused": True} if fused else {}
    if rule.name == "adam":
        return torch.optim.Adam(learned, lr=rule.lr, **options)
    return torch.optim.SGD(
        learned,
        lr=rule.lr,
        momentum=rule.momentum,
        nesterov=rule.nesterov,
        weight_decay=rule.weight_decay,
        **options,
    )


def built(network: networks.Network, shape: tuple[int, int, int]) -> nn.Sequential:
    """The pieces as torch's layers; sizes are found by sending an image through."""
    layers: list[nn.Module] = []
    x = torch.zeros(1, *shape)
    for piece in network:
        layers.append(_layer(piece, x))
        with torch.no_grad():
            x = layers[-1].eval()(x)
    return nn.Sequential(*layers)


def _layer(piece: networks.Piece, x: torch.Tensor) -> nn.Module:
    C = x.shape[1]
    match piece:
        case networks.Conv(filters, size, padding, bias, frozen):
            layer = nn.Conv2d(C, filters, size, padding=padding, bias=bias)
            return layer.requires_grad_(not frozen)
        case networks.Norm(scale):
            norm = nn.BatchNorm1d(C) if x.ndim == 2 else nn.BatchNorm2d(C)
            norm.weight.requires_grad = scale
            return norm
        case networks.Activation(name):
            return nn.ReLU() if name == "relu" else nn.GELU("tanh")
        case networks.MaxPool():
            return nn.MaxPool2d(2)
        case networks.Dropout(p):
            return nn.Dropout(p)
        case networks.Flatten():
            return nn.Flatten()
        case networks.Dense(units, bias):
            return nn.Linear(C, units, bias=bias)
        case networks.Residual(filters, stride):
            return Residual(C, filters, stride)
        case networks.Global(kind):
            pool = nn.AdaptiveAvgPool2d(1) if kind == "mean" else nn.AdaptiveMaxPool2d(1)
            return nn.Sequential(pool, nn.Flatten())
        case networks.Scale(factor):
            return Scale(factor)


class Residual(nn.Module):
    """A basic block whose way around learns nothing."""

    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride, self.missing = stride, filters - channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.missing))
        return F.relu(y + x)


class Scale(nn.Module):
    """Everything times a number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor
