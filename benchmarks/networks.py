"""The networks of the races, as pieces that every opponent builds with its library's own layers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Conv:
    """size x size filters; "same" keeps the size of the map, "valid" adds no border."""

    filters: int
    size: int
    padding: str = "same"
    bias: bool = True
    frozen: bool = False


@dataclass(frozen=True)
class Norm:
    """Batch norm over whatever is not a channel."""

    scale: bool = True


@dataclass(frozen=True)
class Activation:
    """relu, or gelu in its tanh form."""

    name: str = "relu"


@dataclass(frozen=True)
class MaxPool:
    """The largest of each 2x2 window."""


@dataclass(frozen=True)
class Dropout:
    """Values removed with probability p."""

    p: float


@dataclass(frozen=True)
class Flatten:
    """One row per image."""


@dataclass(frozen=True)
class Dense:
    """A linear layer."""

    units: int
    bias: bool = True


@dataclass(frozen=True)
class Residual:
    """Two 3x3 convolutions with batch norm, and x past them; subsampled where the stride is 2."""

    filters: int
    stride: int = 1


@dataclass(frozen=True)
class Global:
    """One value per map: its mean, or its max."""

    kind: str


@dataclass(frozen=True)
class Scale:
    """Everything times a number."""

    factor: float


Piece = Conv | Norm | Activation | MaxPool | Dropout | Flatten | Dense | Residual | Global | Scale
Network = tuple[Piece, ...]

MNIST_MLP: Network = (Flatten(), Dense(50), Norm(), Activation(), Dense(10))

MNIST_CNN: Network = (
    *(Conv(10, 5, "valid"), Norm(), MaxPool(), Activation()),
    *(Conv(20, 5, "valid"), Norm(), MaxPool(), Activation()),
    *(Flatten(), Dense(50), Norm(), Activation(), Dense(10)),
)

FASHION_CNN: Network = (
    *(Conv(16, 3), Activation(), MaxPool()),
    *(Conv(64, 3), Activation(), MaxPool()),
    *(Flatten(), Dense(128), Norm(), Activation(), Dense(10)),
)

CIFAR10_74: Network = (
    *(Conv(32, 3, "valid"), Activation(), Dropout(0.2)),
    *(Conv(32, 3), Activation(), MaxPool()),
    *(Conv(64, 3), Activation(), MaxPool()),
    *(Flatten(), Dropout(0.2), Dense(512), Activation(), Dropout(0.2), Dense(10)),
)

RESNET20: Network = (
    *(Conv(16, 3, bias=False), Norm(), Activation()),
    *(Residual(16), Residual(16), Residual(16)),
    *(Residual(32, stride=2), Residual(32), Residual(32)),
    *(Residual(64, stride=2), Residual(64), Residual(64)),
    *(Global("mean"), Dense(10)),
)


def _record_stage(filters: int) -> Network:
    convolution, gelu = Conv(filters, 3, bias=False), Activation("gelu")
    norm = Norm(scale=False)
    return (convolution, MaxPool(), norm, gelu, convolution, norm, gelu)


CIFAR10_RECORD: Network = (
    *(Conv(24, 2, "valid", frozen=True), Activation("gelu")),
    *(_record_stage(64) + _record_stage(224) + _record_stage(256)),
    *(Global("max"), Dense(10, bias=False), Scale(1 / 9)),
)
