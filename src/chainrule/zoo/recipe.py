"""A recipe: data, network and every number of a training, with its unit and where it comes from."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any

from chainrule.backends import NUMPY, Backend
from chainrule.data import Augmentation, Images, Preprocessing
from chainrule.errors import UsageError
from chainrule.nn import Module
from chainrule.optim import (
    SGD,
    SGDW,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    Cosine,
    Exponential,
    LinearWarmup,
    Listener,
    Muon,
    Nadam,
    OneCycle,
    Optimizer,
    Plateau,
    RMSProp,
    Schedule,
    StepDecay,
    constant,
)
from chainrule.training import Trainer
from chainrule.training.trainer import Callback

Shape = tuple[int, int, int]
"""(C, H, W) of one image."""

Builder = Callable[[Shape, int], Module]
"""A network for images of a shape and a number of classes."""

OPTIMIZERS: dict[str, Callable[["Settings"], Optimizer]] = {
    "sgd": lambda s: SGD(lr=s.lr, momentum=s.momentum, weight_decay=s.weight_decay),
    "nesterov": lambda s: SGD(
        lr=s.lr, momentum=s.momentum, nesterov=True, weight_decay=s.weight_decay
    ),
    "sgdw": lambda s: SGDW(lr=s.lr, momentum=s.momentum, weight_decay=s.weight_decay),
    "adagrad": lambda s: AdaGrad(lr=s.lr, weight_decay=s.weight_decay),
    "adadelta": lambda s: AdaDelta(lr=s.lr, weight_decay=s.weight_decay),
    "rmsprop": lambda s: RMSProp(lr=s.lr, momentum=s.momentum, weight_decay=s.weight_decay),
    "adam": lambda s: Adam(lr=s.lr, weight_decay=s.weight_decay),
    "adamw": lambda s: AdamW(lr=s.lr, weight_decay=s.weight_decay),
    "nadam": lambda s: Nadam(lr=s.lr, weight_decay=s.weight_decay),
    "muon": lambda s: Muon(lr=s.lr, weight_decay=s.weight_decay),
}

SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": StepDecay(every=1 / 3, factor=0.1),
    "exponential": Exponential(final=0.01),
    "warmup": LinearWarmup(0.1),
    "cosine": Cosine(warmup=0.1),
    "one-cycle": OneCycle(),
    "plateau": Plateau(factor=0.3, patience=2),
}

SCALINGS = ("standardise", "unit")


@dataclass(frozen=True)
class Settings:
    """How to train: plain values only, so that a run's record can hold them.

    network       a name in zoo.NETWORKS
    epochs        passes over the training images
    batch_size    images per step
    optimizer     a name in OPTIMIZERS; lr, weight_decay and, for the SGDs and RMSProp, momentum are
                  its numbers
    schedule      a name in SCHEDULES: the learning rate's factor over the run
    scaling       "standardise": mean 0 and deviation 1 per channel; "unit": pixels in 0..1
    validation    images held out from the training part: a fraction below 1, or a count
    patience      epochs without a better one after which to stop; None: never
    shift         augmentation: the largest random shift, in pixels
    flip          augmentation: mirror every second image, left and right

    Raises    UsageError for a name that is none, and a number that cannot work
    """

    network: str
    epochs: int
    batch_size: int
    optimizer: str = "adam"
    lr: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"
    scaling: str = "standardise"
    validation: float = 0.1
    patience: int | None = None
    shift: int = 0
    flip: bool = False

    def __post_init__(self) -> None:
        for name, known in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("scaling", SCALINGS),
        ):
            if getattr(self, name) not in known:
                raise UsageError(f"{name} {getattr(self, name)!r} is not one of {', '.join(known)}")
        for name in ("epochs", "batch_size", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise UsageError(f"{name} is {value}, but a whole number from 1 is needed")
        if isinstance(self.make_schedule(), Listener) and not self.validation:
            raise UsageError(
                f"schedule {self.schedule!r} goes by the validation loss, so validation cannot be "
                f"{self.validation}: hold out 0.1, for example"
            )
        self.make_optimizer()  # refuses a learning rate of 0, for example
        self.make_augmentation()

    def make_optimizer(self) -> Optimizer:
        """The optimizer with these numbers."""
        return OPTIMIZERS[self.optimizer](self)

    def make_schedule(self) -> Schedule:
        """The learning rate's factor over the run."""
        return SCHEDULES[self.schedule]

    def make_augmentation(self) -> Augmentation:
        """The random changes to training images."""
        return Augmentation(shift=self.shift, flip=self.flip)

    def make_preprocessing(self, images: Images) -> Preprocessing:
        """From pixels to inputs, by what the training images are like."""
        fitted = Preprocessing.fit(images)
        if self.scaling == "standardise":
            return fitted
        C = fitted.channels
        return Preprocessing(C, fitted.height, fitted.width, mean=(0.0,) * C, std=(1.0,) * C)

    def make_trainer(
        self,
        model: Module,
        preprocessing: Preprocessing,
        *,
        seed: int,
        callbacks: Sequence[Callback] = (),
        folder: Path | None = None,
        backend: Backend = NUMPY,
    ) -> Trainer:
        """A Trainer that goes by these settings; fit takes epochs, batch_size and patience."""
        return Trainer(
            model,
            optimizer=self.make_optimizer(),
            seed=seed,
            schedule=self.make_schedule(),
            preprocessing=preprocessing,
            augmentation=self.make_augmentation(),
            callbacks=callbacks,
            folder=folder,
            backend=backend,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """What to_dict wrote; UsageError when a setting is unknown or missing."""
        known = {field.name for field in fields(cls)}
        needed = {field.name for field in fields(cls) if field.default is MISSING}
        for kind, names in (("unknown", set(values) - known), ("missing", needed - set(values))):
            if names:
                raise UsageError(f"{kind} settings: {', '.join(sorted(names))}")
        return cls(**values)


@dataclass(frozen=True)
class Recipe:
    """A training that has a name.

    name      what the command line calls it
    about     one line for people
    data      a name that data.load knows
    settings  all its numbers
    source    where network and numbers come from
    keras_count  whether the source counts running statistics as parameters, as Keras does
    """

    name: str
    about: str
    data: str
    settings: Settings
    source: str
    keras_count: bool = False
