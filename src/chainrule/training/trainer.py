"""Trainer: epochs of steps over shuffled batches, watched, measured, saved, and resumable."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend
from chainrule.data import (
    Augmentation,
    Feed,
    Images,
    Labels,
    Preprocessing,
    Shares,
    Split,
    split,
)
from chainrule.errors import RunError, TrainingError, UsageError
from chainrule.kernels import one_blas_thread
from chainrule.nn import Module, Random, reseed
from chainrule.optim import Group, Listener, Optimizer, Schedule, constant
from chainrule.tape import Tensor
from chainrule.training.checks import (
    check_fit,
    check_trainer,
    require_examples,
    require_finite,
    require_same_plan,
)
from chainrule.training.evaluator import Evaluator
from chainrule.training.history import Epoch, History
from chainrule.training.interrupt import Interruption, held_back
from chainrule.training.losses import Loss, loss_named, measured_by, watched_by
from chainrule.training.memory import batch_that_fits
from chainrule.training.metrics import Evaluation
from chainrule.training.pace import PacedStep
from chainrule.training.saving import Files, Position
from chainrule.training.step import make_training_step
from chainrule.training.taking_part import batches_learned, gradients_only_for


@dataclass(frozen=True)
class Progress:
    """What a callback is told after each step.

    batch              of batches, in this epoch, from 1
    loss, accuracy     means over this epoch so far
    finished           the epoch's record, on its last step only
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    learning_rate: float
    finished: Epoch | None = None

    @property
    def done(self) -> int:
        """Steps of the whole training so far."""
        return (self.epoch - 1) * self.batches + self.batch

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.epochs * self.batches


Callback = Callable[[Progress], Any]
"""Called after each step; an answer of True ends the training after this epoch."""


class Trainer:
    """Train a model, measure it, use it.

    model          its last layer gives one score per class
    optimizer      takes charge of the model's parameters
    parameters     those of them that learn, or optim.Groups of them; all unless given
    loss           a name in training.losses.LOSSES, or a function (scores, labels) -> one value
    seed           decides shuffling, augmentation, dropout and the validation split
    schedule       factor on the learning rate, a function (step, steps), or an optim.Listener
    preprocessing  from pixels to inputs; standardised by the images of the first fit unless given
    augmentation   random changes to training images
    callbacks      functions called with Progress after each step
    folder         where to save the history and checkpoints while training, in place of older
                   ones; None: nowhere
    backend        the array library to compute with, on its device and in its precision
    accumulate     parts in which a batch is learned, one after the other, to save memory
    test_time      a name in TEST_TIMES: of which views of an image an answer is the mean
    """

    def __init__(
        self,
        model: Module,
        *,
        optimizer: Optimizer,
        parameters: Sequence[Tensor] | Sequence[Group] | None = None,
        loss: str | Loss = "cross_entropy",
        seed: int = 0,
        schedule: Schedule = constant,
        preprocessing: Preprocessing | None = None,
        augmentation: Augmentation | None = None,
        callbacks: Sequence[Callback] = (),
        folder: Path | str | None = None,
        backend: Backend = NUMPY,
        accumulate: int = 1,
        test_time: str = "plain",
    ) -> None:
        check_trainer(optimizer, accumulate)
        self.model = model.to(backend)
        self.optimizer = optimizer
        self.loss = loss_named(loss)
        self.seed = seed
        self.schedule = schedule
        self.preprocessing = preprocessing
        self.augmentation = augmentation or Augmentation()
        self.callbacks = tuple(callbacks)
        self.files = Files(folder) if folder else None
        self.backend = backend
        self.history = History()
        self._accumulate = accumulate
        self._draws = any(isinstance(part, Random) for _, part in model.named_modules())
        self._classes = 0
        self._position = Position()
        self._plan: dict[str, int] = {}
        self._best: dict[str, Any] | None = None
        self.optimizer.attach(model.parameters() if parameters is None else parameters)
        self.test_time = test_time
        self._measures: Evaluator | None = None
        self._step: PacedStep | None = None

    def fit(
        self,
        examples: Split,
        *,
        validation: float | Split | None = None,
        epochs: int = 10,
        batch_size: int = 128,
        patience: int | None = None,
    ) -> History:
        """Learn from labelled images, and keep the best epoch's weights.

        validation  a fraction or a count of the examples to hold out, or other examples; by them
                    the best epoch is chosen. Without any, the last epoch is the best
        epochs      passes over the training images, in all: a resumed training does what is left
        patience    stop after so many epochs without a better one

        Raises    UsageError for what cannot work; TrainingError when the loss is no longer a
                  number; KeyboardInterrupt on Ctrl-C, after saving. After a TrainingError another
                  fit is another training, unless resume comes first; else it goes on where it was
        """
        train, held_out = self._parts(require_examples(examples), validation)
        check_fit(
            len(train),
            len(held_out or ()),
            epochs=epochs,
            batch_size=batch_size,
            patience=patience,
            schedule=self.schedule,
        )
        self._look_at(train, held_out)
        self._keep_to_plan(seed=self.seed, batch_size=batch_size, images=len(train))
        feed = Feed(
            train,
            batch_size,
            self.augmentation,
            classes=self._classes,
            seed=self.seed,
            backend=self.backend,
        )
        self._paced_step().begin(batch_size)
        # What is no longer a number is refused in words, so NumPy need not warn of it. BLAS's own
        # threads keep spinning after each product, in the way of the kernels'.
        quiet = np.errstate(over="ignore", invalid="ignore")
        others_rest = gradients_only_for(self.optimizer.tensors, self.model)
        try:
            with held_back() as interruption, quiet, one_blas_thread, others_rest:
                while self._position.epoch <= epochs and not self._out_of_patience(patience):
                    began = time.perf_counter() - self._position.seconds
                    wants_to_stop = self._pass(feed, epochs, interruption, began)
                    wants_to_stop |= self._close_epoch(held_out, epochs, began)
                    if interruption.requested:
                        raise KeyboardInterrupt
                    if wants_to_stop:
                        break
        except TrainingError:
            self._leave_plan()
            raise
        assert self._best is not None  # for there is one epoch at least
        self.model.load_state_dict(self._best)
        self.model.eval()
        self._leave_plan()
        return self.history

    @property
    def steps(self) -> str:
        """How the backend ran the steps, in words: "compiled (1 graph, 14 s)", or why not."""
        return self._step.in_words() if self._step else "not begun"

    @property
    def steps_taken(self) -> int:
        """How many there were."""
        return self._step.taken if self._step else 0

    @property
    def graphs(self) -> int:
        """How many graphs were compiled for the training steps."""
        return self._step.graphs if self._step else 0

    @property
    def compile_seconds(self) -> float:
        """How long compiling them took."""
        return self._step.compile_seconds if self._step else 0.0

    def evaluate(self, examples: Split) -> Evaluation:
        """Measure the model on labelled images, without learning."""
        return self._evaluator().evaluate(examples)

    def predict(self, images: Images) -> NDArray[np.float32]:
        """(N, K) probabilities for images (N, C, H, W), pixels as they come from files."""
        return self._evaluator().probabilities(images)

    def resume(self) -> None:
        """Go back to where the training in the folder was last saved; fit then does the rest.

        Raises    RunError without a folder, or when nothing whole was saved there
        """
        if self.files is None:
            raise RunError("resume: this Trainer has no folder to resume from: give folder=...")
        self._position, self._plan = self.files.load_last(self.model, self.optimizer)
        self.history = self.files.load_history(before=self._position.epoch)
        self._best = self.files.load_best() if self.history.epochs else None

    def _parts(
        self, examples: Split, validation: float | Split | None
    ) -> tuple[Split, Split | None]:
        if validation is None or isinstance(validation, Split):
            return examples, validation
        return split(examples, validation, seed=self.seed)

    def _look_at(self, train: Split, held_out: Split | None) -> None:
        """Know the pixels; refuse labels that are none of the model's classes."""
        if self.preprocessing is None:
            self.preprocessing = Preprocessing.fit(train.images)
        self._evaluator().adapt(train.images)
        self._classes = self._evaluator().check(train)
        if held_out is not None and len(held_out):
            self._evaluator().check(held_out)

    def _keep_to_plan(self, **plan: int) -> None:
        """Start afresh, or refuse to go on with a training whose steps would be others now."""
        if not self._plan or self._position == Position():
            self.history, self._best, self._plan = History(), None, plan
        require_same_plan(self._plan, plan)

    def _leave_plan(self) -> None:
        """Another fit is another training."""
        self._plan, self._position = {}, Position()

    def _pass(self, feed: Feed, epochs: int, interruption: Interruption, began: float) -> bool:
        """The steps of one epoch that are still to do; whether a callback wants to stop after."""
        self.model.train()
        position, wants_to_stop = self._position, False
        schedule = self._schedule_now()
        count = batches_learned(
            self.model, len(feed.split), feed.batch_size, accumulate=self._accumulate
        )
        with feed.ahead(position.epoch, first=position.batch) as coming:
            for images, labels in islice(coming, count - position.batch):
                step = (position.epoch - 1) * count + position.batch
                lr = self.optimizer.lr * schedule(step, epochs * count)
                loss, right = self._learn(images, labels, lr, step, epochs * count - step)
                position = position.after(loss, right, len(labels), lr)
                require_finite(loss, "loss", position)
                self._position = position
                if position.batch < count:  # the last step is told with the epoch's record
                    wants_to_stop |= self._tell(position, epochs, count, None)
                if interruption.requested:
                    self._position = replace(position, seconds=time.perf_counter() - began)
                    self._save_last()
                    raise KeyboardInterrupt
        return wants_to_stop

    def _schedule_now(self) -> Schedule:
        """The schedule of the epoch that begins; a listening one hears of those before."""
        if not isinstance(self.schedule, Listener):
            return self.schedule
        losses = [epoch.validation_loss for epoch in self.history]
        return self.schedule.after([loss for loss in losses if loss is not None])

    def _learn(
        self, images: Array, labels: Labels | Shares, lr: float, step: int, left: int
    ) -> tuple[float, int]:
        """Learn from a batch; its loss, and how many it got right."""
        if self._draws:
            reseed(self.model, self.seed, step)
        targets = self.backend.asarray(labels)
        rate, prepare = self.backend.asarray([lr], dtype="float64"), self._evaluator().prepare
        with batch_that_fits(self.model, self.loss, images, targets, self.backend, prepare=prepare):
            loss, scores = self._paced_step()(images, targets, rate, left=left)
        wanted = labels if labels.ndim == 1 else labels.argmax(axis=1)  # the larger share counts
        right = self.backend.to_numpy(scores).argmax(axis=1) == wanted
        return float(loss), int(right.sum())

    def _close_epoch(self, held_out: Split | None, epochs: int, began: float) -> bool:
        """Measure, record and save the epoch that has ended; whether a callback wants to stop."""
        position = self._position
        measured = None
        if held_out is not None and len(held_out):
            times = epochs - position.epoch + 1
            watched = watched_by(self.loss)
            measured = self._evaluator().evaluate(held_out, times=times, loss=watched)
            require_finite(measured.loss, "validation loss", position)
        epoch = Epoch(
            epoch=position.epoch,
            train_loss=position.loss,
            train_accuracy=position.accuracy,
            validation_loss=measured.loss if measured else None,
            validation_accuracy=measured.accuracy if measured else None,
            learning_rate=position.learning_rate,
            seconds=time.perf_counter() - began,
        )
        self.history.append(epoch)
        is_best = self.history.best is epoch
        if is_best:
            self._best = self.model.state_dict()
        self._position = Position(epoch=position.epoch + 1)
        if self.files:
            self.history.write(self.files.history)
            if is_best:
                self.files.save_best(self.model)
            self._save_last()
        return self._tell(position, epochs, position.batch, epoch)

    def _tell(self, position: Position, epochs: int, batches: int, finished: Epoch | None) -> bool:
        """Call the callbacks; whether one of them wants to stop."""
        progress = Progress(
            epoch=position.epoch,
            epochs=epochs,
            batch=position.batch,
            batches=batches,
            loss=position.loss,
            accuracy=position.accuracy,
            learning_rate=position.learning_rate,
            finished=finished,
        )
        answers = [callback(progress) for callback in self.callbacks]  # each is told
        return any(answer is True for answer in answers)

    def _out_of_patience(self, patience: int | None) -> bool:
        if patience is None or not self.history.epochs:
            return False
        return self.history[-1].epoch - self.history.best.epoch >= patience

    def _save_last(self) -> None:
        if self.files:
            self.files.save_last(self.model, self.optimizer, self._position, self._plan)

    def _evaluator(self) -> Evaluator:
        if self.preprocessing is None:
            raise UsageError("this Trainer has seen no data: fit it first, or give preprocessing")
        if self._measures is None or self._measures.preprocessing is not self.preprocessing:
            self._measures = Evaluator(
                self.model,
                self.preprocessing,
                loss=measured_by(self.loss),
                backend=self.backend,
                test_time=self.test_time,
            )
            self._step = None  # in whose graph pixels became inputs the former way
        return self._measures

    def _paced_step(self) -> PacedStep:
        prepare = self._evaluator().prepare
        if self._step is None:
            step = make_training_step(
                self.model,
                self.optimizer,
                self.loss,
                prepare=prepare,
                accumulate=self._accumulate,
            )
            self._step = PacedStep(step, self.backend)
        return self._step
