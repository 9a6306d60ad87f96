"""Who races on which network, by what rules, and which lead is the least we want."""

import os
from dataclasses import dataclass, field

import networks

KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "GOMP_SPINCOUNT": "10000",
}
"""What chainrule sets for itself: memory stays with the process, and threads do not spin long."""


@dataclass(frozen=True)
class Rule:
    """How the weights change: "adam" or "sgd" with its numbers."""

    name: str
    lr: float
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Floors:
    """Our speed as a multiple of the others', at least: None where nothing was promised."""

    eager: float | None = None
    tuned: float | None = None
    keras: float | None = None


@dataclass(frozen=True)
class Race:
    """A network and its training step.

    ours    its name in chainrule.zoo
    floors  by our precision; "best": whichever of ours is fastest
    """

    name: str
    title: str
    ours: str
    network: networks.Network
    shape: tuple[int, int, int]
    batch_size: int
    rule: Rule = Rule("adam", 1e-3)
    floors: dict[str, Floors] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    """A way to train: one of opponents/, with options.

    kind       "ours", "eager", "tuned", "keras" or "other": what the floors speak of
    needs      the libraries it imports
    options    for the opponent's build function
    surroundings  variables of its process
    """

    name: str
    title: str
    opponent: str
    kind: str
    needs: tuple[str, ...] = ()
    precision: str = "float32"
    options: dict[str, object] = field(default_factory=dict)
    surroundings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """All variables of its process."""
        return {**os.environ, **self.surroundings}


def _ours(name: str, title: str, backend: str, precision: str = "float32") -> Contender:
    needs = ("torch",) if backend == "torch" else ()
    options: dict[str, object] = {"backend": backend, "precision": precision}
    return Contender(name, title, "ours", "ours", needs, precision, options)


def _tuned(precision: str, compiled: bool) -> Contender:
    short = {"float32": "f32", "bfloat16": "bf16"}[precision]
    return Contender(
        f"pytorch-tuned-{short}" + ("-compiled" if compiled else ""),
        f"PyTorch tuned, {precision}" + (", torch.compile" if compiled else ""),
        "pytorch",
        "tuned",
        ("torch",),
        precision,
        {"tuned": True, "precision": precision, "compiled": compiled},
        KEPT_MEMORY,
    )


CONTENDERS = (
    _ours("numpy", "chainrule on NumPy alone", "numpy"),
    _ours("torch-f32", "chainrule on torch, float32", "torch"),
    _ours("torch-bf16", "chainrule on torch, bfloat16", "torch", "bfloat16"),
    Contender("pytorch", "PyTorch eager", "pytorch", "eager", ("torch",)),
    _tuned("float32", compiled=False),
    _tuned("float32", compiled=True),
    _tuned("bfloat16", compiled=False),
    _tuned("bfloat16", compiled=True),
    Contender(
        "keras-torch",
        "Keras 3 on torch",
        "keras3",
        "keras",
        ("keras", "torch"),
        surroundings={"KERAS_BACKEND": "torch"},
    ),
    Contender(
        "keras-jax",
        "Keras 3 on JAX",
        "keras3",
        "keras",
        ("keras", "jax"),
        surroundings={"KERAS_BACKEND": "jax"},
    ),
    Contender("jax", "JAX, plain functions", "plain_jax", "other", ("jax",)),
    Contender("textbook", "the textbook way, NumPy", "textbook", "other"),
)

MOMENTUM = Rule("sgd", 0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
CIFAR, MNIST = (3, 32, 32), (1, 28, 28)

RACES = {
    race.name: race
    for race in (
        Race(
            "cifar10-74",
            "the deck's CIFAR-10 network, 1,639,914 parameters",
            "cifar10-74",
            networks.CIFAR10_74,
            CIFAR,
            128,
            floors={"bfloat16": Floors(3.5, 1.8, 4.5), "float32": Floors(1.5, 1.3, 2.0)},
        ),
        Race(
            "cifar10-74-b32",
            "the same, as in the deck",
            "cifar10-74",
            networks.CIFAR10_74,
            CIFAR,
            32,
            floors={"bfloat16": Floors(3.0, 1.6, 4.0)},
        ),
        Race(
            "mnist-mlp",
            "MNIST 784-50-10 with batch norm",
            "mnist-mlp",
            networks.MNIST_MLP,
            MNIST,
            100,
            floors={"best": Floors(3.0, 1.3, 8.0)},
        ),
        Race(
            "mnist-cnn",
            "MNIST, two convolutions",
            "mnist-cnn",
            networks.MNIST_CNN,
            MNIST,
            128,
            floors={"best": Floors(3.0, 1.5, 4.0)},
        ),
        Race(
            "fashion-cnn",
            "Fashion-MNIST, two convolutions",
            "fashion-cnn",
            networks.FASHION_CNN,
            MNIST,
            128,
            floors={"best": Floors(3.0, 1.5, 4.0)},
        ),
        Race(
            "resnet20",
            "ResNet-20 for CIFAR",
            "resnet20",
            networks.RESNET20,
            CIFAR,
            128,
            MOMENTUM,
            floors={"bfloat16": Floors(2.0, 1.3, 3.0)},
        ),
        Race(
            "cifar10-record",
            "the network of cifar10-record",
            "cifar10-record",
            networks.CIFAR10_RECORD,
            CIFAR,
            500,
            MOMENTUM,
        ),
    )
}
