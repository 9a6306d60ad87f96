"""A recipe: data, network and every number of a training, with its unit and where it comes from."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from chainrule.backends import NUMPY, Backend
from chainrule.data import Augmentation, Flip, Images, Preprocessing, Split, split, split_last
from chainrule.errors import UsageError
from chainrule.nn import Module, freeze
from chainrule.nn.penalty import weights
from chainrule.optim import (
    SGD,
    SGDW,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    Cosine,
    Exponential,
    Group,
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
    Triangle,
    constant,
)
from chainrule.optim.decay import DecoupledDecay
from chainrule.sentence import Sentence
from chainrule.training import Trainer, graded
from chainrule.training.losses import LOSSES, HelpedCrossEntropy, Loss, class_weights
from chainrule.training.test_time import TEST_TIMES
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
    "muon": lambda s: Muon(
        lr=s.lr,
        momentum=s.momentum or 0.95,
        weight_decay=s.weight_decay,
        others=None if s.others_lr is None else AdamW(lr=s.others_lr, betas=(0.9, 0.95)),
    ),
}

SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": StepDecay(every=1 / 3, factor=0.1),
    "exponential": Exponential(final=0.01),
    "warmup": LinearWarmup(0.1),
    "cosine": Cosine(warmup=0.1),
    "one-cycle": OneCycle(),
    "linear": Triangle(warmup=0, final=0),
    "triangle": Triangle(),
    "plateau": Plateau(factor=0.3, patience=2),
}

SCALINGS = ("standardise", "unit")
HOLDING_OUT = ("stratified", "last")


@dataclass(frozen=True)
class Settings:
    """How to train: plain values only, so that a run's record can hold them.

    network       a name in zoo.NETWORKS
    epochs        passes over the training images
    batch_size    images per step
    optimizer     a name in OPTIMIZERS; lr, weight_decay and, for the SGDs and RMSProp, momentum are
                  its numbers. With Muon a momentum of 0 means its usual 0.95, and weight_decay is
                  its own alone: what it leaves to AdamW has AdamW's usual 0.01
    others_lr     the rate of what Muon leaves to AdamW: biases, norms and the last layer
    schedule      a name in SCHEDULES: the learning rate's factor over the run
    loss          a name in training.LOSSES
    label_smoothing  the share of certainty that goes to all classes alike, in [0, 1)
    class_balance how much more a rare class's image counts: by 1 / count**class_balance, in [0, 1]
    l2            adds l2 * sum(w**2) over all matrices and filters to what is minimised, as Keras's
                  kernel_regularizer does; biases and norms are free. weight_decay acts on all,
                  but for what Muon leaves to AdamW
    scaling       "standardise": mean 0 and deviation 1 per channel; "unit": pixels in 0..1
    validation    images held out from the training part: a fraction below 1, or a count; 0: none
    held_out      which: "stratified", the same share of every class at random; or "last", the last
                  ones unshuffled, as Keras's validation_split does
    patience      epochs without a better one after which to stop; None: never
    shift         augmentation: the largest random shift, in pixels
    flip          augmentation: mirror images, left and right: half of them at random, or
                  "alternating": each one every other epoch
    rotation      augmentation: the largest random turn, in degrees
    zoom          augmentation: the largest random change of size; 0.1: by 0.9 to 1.1
    colour        augmentation: the largest random change of brightness, contrast and saturation
    cutout        augmentation: the side of a random square painted over, in pixels
    mixup         augmentation: blend pairs of images by shares from Beta(mixup, mixup)
    test_time     a name in TEST_TIMES: of which views of an image an answer is the mean
    freeze        parts that keep what they have learned, with commas between: see nn.freeze
    layer_decay   factor on the learning rates, others_lr too, from each stage to the one below:
                  see training.graded

    Raises    UsageError for a name that is none, and a number that cannot work
    """

    network: str
    epochs: int
    batch_size: int
    optimizer: str = "adam"
    lr: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    others_lr: float | None = None
    schedule: str = "constant"
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    class_balance: float = 0.0
    l2: float = 0.0
    scaling: str = "standardise"
    validation: float = 0.1
    held_out: str = "stratified"
    patience: int | None = None
    shift: int = 0
    flip: Flip = False
    rotation: float = 0.0
    zoom: float = 0.0
    colour: float = 0.0
    cutout: int = 0
    mixup: float = 0.0
    test_time: str = "plain"
    freeze: str | None = None
    layer_decay: float = 1.0

    def __post_init__(self) -> None:
        for name, known in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("scaling", SCALINGS),
            ("loss", LOSSES),
            ("held_out", HOLDING_OUT),
            ("test_time", TEST_TIMES),
        ):
            if getattr(self, name) not in known:
                raise UsageError(f"{name} {getattr(self, name)!r} is not one of {', '.join(known)}")
        for name in ("epochs", "batch_size", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise UsageError(f"{name} is {value}, but a whole number from 1 is needed")
        if not (0 <= self.validation < 1 or (self.validation >= 1 and self.validation % 1 == 0)):
            raise UsageError(
                f"validation is {self.validation}, but a share below 1 or a count is needed"
            )
        if isinstance(self.make_schedule(), Listener) and not self.validation:
            raise UsageError(
                f"schedule {self.schedule!r} goes by the validation loss, so validation cannot be "
                f"{self.validation}: hold out 0.1, for example"
            )
        self._check_help()
        optimizer = self.make_optimizer()  # refuses a learning rate of 0, for example
        if not self.l2 >= 0:
            raise UsageError(f"l2 is {self.l2}, but 0 or more is needed")
        if self.l2 and isinstance(optimizer, DecoupledDecay):
            raise UsageError(
                f"l2 is {self.l2}, but {self.optimizer} shrinks weights itself: give weight_decay"
            )
        if self.others_lr is not None and not isinstance(optimizer, Muon):
            raise UsageError(
                f"others_lr is {self.others_lr}, but {self.optimizer} leaves nothing to others: "
                "give lr alone, or use muon"
            )
        if not 0 < self.layer_decay <= 1:
            raise UsageError(
                f"layer_decay is {self.layer_decay}, but a number over 0 and up to 1 is needed"
            )
        self.make_augmentation()

    def _check_help(self) -> None:
        """Refuse help for learning that is none, or is not for this loss."""
        if not 0 <= self.label_smoothing < 1:
            raise UsageError(
                f"label_smoothing is {self.label_smoothing}, but a share in [0, 1) is needed"
            )
        if not 0 <= self.class_balance <= 1:
            raise UsageError(
                f"class_balance is {self.class_balance}, but a number in [0, 1] is needed"
            )
        if (self.label_smoothing or self.class_balance) and self.loss != "cross_entropy":
            raise UsageError(
                f"label_smoothing and class_balance are for the loss cross_entropy: leave them at "
                f"0 for {self.loss}"
            )

    def at_rates(self, factor: float) -> "Settings":
        """The same, but for all learning rates so many times as high."""
        others = None if self.others_lr is None else factor * self.others_lr
        return replace(self, lr=factor * self.lr, others_lr=others)

    def make_optimizer(self) -> Optimizer:
        """The optimizer with these numbers."""
        return OPTIMIZERS[self.optimizer](self)

    def make_schedule(self) -> Schedule:
        """The learning rate's factor over the run."""
        return SCHEDULES[self.schedule]

    def make_loss(self, class_counts: Sequence[int] | None, backend: Backend) -> str | Loss:
        """What is minimised; class_counts: the training images of each class, for class_balance."""
        if not self.label_smoothing and not self.class_balance:
            return self.loss
        if not self.class_balance:
            return HelpedCrossEntropy(self.label_smoothing)
        if class_counts is None:
            raise UsageError(
                f"class_balance is {self.class_balance}, so the images of each class have to be "
                "known: give class_counts"
            )
        weights = backend.asarray(class_weights(class_counts, self.class_balance))
        return HelpedCrossEntropy(self.label_smoothing, weights)

    def make_augmentation(self) -> Augmentation:
        """The random changes to training images."""
        return Augmentation(**{f.name: getattr(self, f.name) for f in fields(Augmentation)})

    def part(self, whole: Split, seed: int) -> tuple[Split, Split]:
        """(rest, held out): the images to learn from, and those for validation."""
        if not self.validation:
            return whole, whole.subset(slice(0))
        if self.held_out == "last":
            return split_last(whole, self.validation)
        return split(whole, self.validation, seed=seed)

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
        class_counts: Sequence[int] | None = None,
        callbacks: Sequence[Callback] = (),
        folder: Path | None = None,
        backend: Backend = NUMPY,
    ) -> Trainer:
        """A Trainer that goes by these settings; fit takes epochs, batch_size and patience.

        class_counts: the training images of each class, which class_balance needs
        """
        self.freeze_parts(model)
        return Trainer(
            model,
            optimizer=self.make_optimizer(),
            parameters=self.groups(model),
            loss=self.make_loss(class_counts, backend),
            seed=seed,
            schedule=self.make_schedule(),
            preprocessing=preprocessing,
            augmentation=self.make_augmentation(),
            callbacks=callbacks,
            folder=folder,
            backend=backend,
            test_time=self.test_time,
        )

    def freeze_parts(self, model: Module) -> None:
        """Freeze what the settings name; UsageError for a part that is not there."""
        if self.freeze:
            freeze(model, *[part.strip() for part in self.freeze.split(",")])

    def groups(self, model: Module) -> list[Group]:
        """What the model learns, those parameters apart that learn by numbers of their own."""
        priced = {id(w) for w in weights(model)} if self.l2 else set[int]()
        groups, rule, head = [], self.make_optimizer(), None
        matrices = [p for p in model.parameters() if p.ndim >= 2 and p.needs_grad]
        if isinstance(rule, Muon) and matrices:
            head = matrices[-1]
            groups.append(Group([head], rule=rule.others))
        for tensors, factor in graded(model, self.layer_decay):
            rate = _at_rates(rule, factor) if factor < 1 else {}
            inside = [p for p in tensors if id(p) in priced]
            others = [p for p in tensors if id(p) not in priced and p is not head]
            if inside:
                # The gradient of l2 * sum(w**2) is 2 * l2 * w; weight decay adds weight_decay * w.
                groups.append(Group(inside, weight_decay=self.weight_decay + 2 * self.l2, **rate))
            if others:
                groups.append(Group(others, **rate))
        return groups

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


def _at_rates(rule: Optimizer, factor: float) -> dict[str, Any]:
    """A group's changes by which all rates of a rule are so many times as high."""
    changes: dict[str, Any] = {"lr": factor * rule.lr}
    if isinstance(rule, Muon):
        changes["others"] = rule.others.renewed(lr=factor * rule.others.lr)
    return changes


@dataclass(frozen=True)
class Recipe:
    """A training that has a name.

    name      what the command line calls it
    about     one line for people
    data      a name that data.load knows
    settings  all its numbers
    source    where network and numbers come from
    keras_count  whether the source counts running statistics as parameters, as Keras does
    reasons   why these numbers, one sentence each, where they were chosen for the images
    """

    name: str
    about: str
    data: str
    settings: Settings
    source: str
    keras_count: bool = False
    reasons: tuple[Sentence, ...] = ()
