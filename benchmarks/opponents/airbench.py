"""The fastest published training on CIFAR-10 of its time, in plain PyTorch, as for one's own CPU.

A port of the idea and the numbers of airbench94 (Jordan 2024, arXiv 2404.00498, section 3 and the
listing it ends with): the network, its start, SGD, lookahead and the six views of the test. In
channels-last memory; in bfloat16 where the processor multiplies it, in float32 elsewhere.
"""

import math
from collections.abc import Iterator
from time import perf_counter

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812, torch's own name for it

EPOCHS = 9.9
BATCH = 1024
MOMENTUM = 0.85
SCALE = 1024 * (1 + 1 / (1 - MOMENTUM))
RATE = 11.5 / SCALE
BIAS_RATE = 64 * RATE
DECAY = 0.0153 / SCALE * BATCH
WHITENING_BIAS_EPOCHS = 3
WIDTHS = (64, 256, 256)
CHANNELS_LAST = torch.channels_last


def native_dtype() -> torch.dtype:
    """bfloat16 where the processor has instructions for it."""
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


class Network(nn.Module):
    """Whitened patches of 2x2, three blocks of two convolutions, a scaled linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.whiten.weight.requires_grad = False
        nn.init.zeros_(self.whiten.bias)
        blocks, channels = [], 24
        for width in WIDTHS:
            blocks.append(block(channels, width))
            channels = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels, 10, bias=False)

    def forward(self, x: torch.Tensor, *, bias_learns: bool = True) -> torch.Tensor:
        bias = self.whiten.bias if bias_learns else self.whiten.bias.detach()
        x = F.gelu(F.conv2d(x, self.whiten.weight, bias))
        x = F.max_pool2d(self.blocks(x), 3).flatten(1)
        return self.head(x) / 9

    @torch.no_grad()
    def look_at(self, images: torch.Tensor) -> None:
        """Take the filters that whiten these images' patches, each in both signs."""
        patches = F.unfold(images.float(), 2).movedim(1, 2).reshape(-1, 12)
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (vectors / (values + 5e-4).sqrt()).T.flip(0).reshape(12, 3, 2, 2)
        self.whiten.weight.copy_(torch.cat([filters, -filters]))


def block(channels: int, width: int) -> nn.Sequential:
    """Two convolutions of 3x3, a max pooling between them."""
    return nn.Sequential(
        convolution(channels, width),
        nn.MaxPool2d(2),
        normalisation(width),
        nn.GELU(),
        convolution(width, width),
        normalisation(width),
        nn.GELU(),
    )


def convolution(channels: int, width: int) -> nn.Conv2d:
    """3x3 without a bias, beginning as the identity."""
    layer = nn.Conv2d(channels, width, 3, padding="same", bias=False)
    nn.init.dirac_(layer.weight.data[:channels])
    return layer


def normalisation(width: int) -> nn.BatchNorm2d:
    """Batch norm without a scale, whose running statistics follow quickly."""
    layer = nn.BatchNorm2d(width, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad = False
    return layer


class Training:
    """One training: the constructor makes everything ready, run() is what is timed."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor, *, seed: int) -> None:
        """images: (N, 3, 32, 32) uint8; labels: (N,)."""
        torch.manual_seed(seed)
        self.dtype = native_dtype()
        pixels = images.float() / 255
        self.mean = pixels.mean((0, 2, 3), keepdim=True)
        self.std = pixels.std((0, 2, 3), keepdim=True)
        self.images, self.labels = self._inputs(images), labels
        self.network = Network().to(self.dtype, memory_format=CHANNELS_LAST)
        for layer in self.network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.float()
        self.network.look_at(self.images[:5000])
        biases = [p for p in self.network.parameters() if p.requires_grad and p.ndim < 2]
        weights = [p for p in self.network.parameters() if p.requires_grad and p.ndim >= 2]
        self.optimizer = torch.optim.SGD(
            [
                {"params": biases, "lr": BIAS_RATE, "weight_decay": DECAY / BIAS_RATE},
                {"params": weights, "lr": RATE, "weight_decay": DECAY / RATE},
            ],
            momentum=MOMENTUM,
            nesterov=True,
        )
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.slow = {k: v.clone() for k, v in self._moving().items()}
        self.per_epoch = len(images) // BATCH
        self.steps = math.ceil(EPOCHS * self.per_epoch)

    def run(self, steps: int | None = None) -> float:
        """The seconds of so many steps of the training, of all unless given."""
        self.network.train()
        wanted = steps or self.steps
        begin = perf_counter()
        for done, (x, labels) in enumerate(self._batches(wanted)):
            self.step(x, labels, done)
        if wanted == self.steps:
            self._look_ahead(1.0)
        return perf_counter() - begin

    def step(self, x: torch.Tensor, labels: torch.Tensor, done: int) -> None:
        """Learn from one batch, after so many others."""
        learns = done < WHITENING_BIAS_EPOCHS * self.per_epoch
        scores = self.network(x, bias_learns=learns)
        loss = F.cross_entropy(scores.float(), labels, label_smoothing=0.2, reduction="sum")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * self._triangle(done)
        self.optimizer.step()
        if done % 5 == 4:
            self._look_ahead(0.95**5 * (done / self.steps) ** 3)

    def _triangle(self, done: int) -> float:
        passed = done / self.steps
        if passed < 0.23:
            return 0.2 + 0.8 * passed / 0.23
        return 0.07 + 0.93 * (1 - passed) / (1 - 0.23)

    def _moving(self) -> dict[str, torch.Tensor]:
        """All that learning changes, running statistics among them."""
        state = self.network.state_dict()
        return {name: value for name, value in state.items() if value.is_floating_point()}

    @torch.no_grad()
    def _look_ahead(self, kept: float) -> None:
        """Move slow weights towards the fast ones, and the fast ones there."""
        for name, fast in self._moving().items():
            self.slow[name].lerp_(fast, 1 - kept)
            fast.copy_(self.slow[name])

    def _batches(self, steps: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches of moved and mirrored images, every image mirrored every other epoch."""
        first = torch.rand(len(self.images)) < 0.5
        for epoch in range(math.ceil(steps / self.per_epoch)):
            images = shifted(self.images, 2)
            sides = (first ^ bool(epoch % 2)).view(-1, 1, 1, 1)
            images = torch.where(sides, images.flip(3), images)
            order = torch.randperm(len(images))
            for batch in range(min(self.per_epoch, steps - epoch * self.per_epoch)):
                some = order[batch * BATCH : (batch + 1) * BATCH]
                x = images[some].contiguous(memory_format=CHANNELS_LAST)
                yield x, self.labels[some]

    @torch.no_grad()
    def accuracy(self, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        """On test images: as they are, and by the mean over six views."""
        self.network.eval()
        right = torch.zeros(2)
        for some in torch.arange(len(images)).split(500):
            x = self._inputs(images[some])
            around = F.pad(x, (1, 1, 1, 1), mode="reflect")
            moved = [around[:, :, :32, :32], around[:, :, 2:, 2:]]
            here, away = self._both_sides(x), sum(map(self._both_sides, moved)) / 2
            for place, scores in enumerate((self.network(x), (here + away) / 2)):
                right[place] += (scores.argmax(1) == labels[some]).sum()
        plain, six_views = (right / len(images)).tolist()
        return plain, six_views

    def _both_sides(self, x: torch.Tensor) -> torch.Tensor:
        return (self.network(x) + self.network(x.flip(3))) / 2

    def _inputs(self, images: torch.Tensor) -> torch.Tensor:
        x = (images.float() / 255 - self.mean) / self.std
        return x.to(self.dtype).contiguous(memory_format=CHANNELS_LAST)


def shifted(images: torch.Tensor, most: int) -> torch.Tensor:
    """Each image moved by up to so many pixels; what comes in is the image mirrored at its edge."""
    around = F.pad(images, (most,) * 4, mode="reflect")
    down, right = torch.randint(0, 2 * most + 1, (2, len(images)))
    moved = torch.empty_like(images)
    H, W = images.shape[2:]
    for i in range(2 * most + 1):
        for j in range(2 * most + 1):
            here = (down == i) & (right == j)
            moved[here] = around[here, :, i : i + H, j : j + W]
    return moved
