"""A start for a network's linear layers from images alone: each learns to say its input again."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.backends import NUMPY, Backend, using
from chainrule.data import Preprocessing, Split, batches
from chainrule.errors import UsageError
from chainrule.nn import Linear, Sequential, init
from chainrule.optim import Adam, Optimizer
from chainrule.tape import Tensor, no_grad
from chainrule.training.step import make_training_step
from chainrule.training.taking_part import gradients_only_for


@dataclass(frozen=True)
class PretrainedLayer:
    """How well a layer learned to say its input again.

    layer   its name in the network
    losses  mean squared error per value of its input, over each epoch
    """

    layer: str
    losses: tuple[float, ...]


def pretrain(
    model: Sequential,
    examples: Split,
    *,
    epochs: int = 5,
    batch_size: int = 128,
    corruption: float = 0.0,
    optimizer: Optimizer | None = None,
    preprocessing: Preprocessing | None = None,
    seed: int = 0,
    backend: Backend = NUMPY,
    progress: Callable[[PretrainedLayer], Any] | None = None,
) -> list[PretrainedLayer]:
    """Pre-train a network as a stack of autoencoders; what they learn stays in its weights.

    From the first on, each linear layer but the last, with the activation after it, encodes what
    the layers before it make of the images; a second linear layer, thrown away afterwards, decodes
    that, and the two learn to keep the squared error small. Dropout rests meanwhile. The last layer
    gives the scores and is left to the training that follows.

    examples       their labels are not looked at
    corruption     the share of inputs set to 0 before they are encoded, while the whole input is
                   to come out: with any, these are denoising autoencoders
    optimizer      how each pair learns; Adam() unless given
    preprocessing  the one of the training that follows; fitted to the examples unless given
    progress       called after each epoch with the layer's losses so far

    Raises    UsageError without two linear layers, or for numbers out of range
    Source    Bengio, Lamblin, Popovici and Larochelle 2006; denoising: Vincent et al. 2008
    """
    if epochs < 1:
        raise UsageError(f"pretrain: epochs is {epochs}, but a whole number from 1 is needed")
    if not 0 <= corruption < 1:
        raise UsageError(f"pretrain: corruption is {corruption}, but a share in [0, 1) is needed")
    positions = [number for number, part in enumerate(model) if isinstance(part, Linear)]
    if len(positions) < 2:
        raise UsageError(
            f"pretrain: the network has {len(positions)} linear layers in its row, but needs two: "
            "one to pre-train and, after it, the one that gives the scores"
        )
    preprocessing = preprocessing or Preprocessing.fit(examples.images)
    optimizer = optimizer or Adam()
    was_training = model.training
    model.to(backend).eval()
    result = []
    for start, end in pairwise(positions):
        stage = _Stage(model, start, end, optimizer, corruption, seed, backend)
        losses: list[float] = []
        for epoch in range(1, epochs + 1):
            with using(backend), gradients_only_for(stage.learner.tensors, stage.autoencoder):
                losses.append(stage.learn(examples, preprocessing, batch_size, epoch))
            learned = PretrainedLayer(stage.name, tuple(losses))
            if progress is not None:
                progress(learned)
        result.append(learned)
    model.train(was_training)
    return result


class _Stage:
    """One linear layer and its decoder, above the layers that have learned before."""

    def __init__(
        self,
        model: Sequential,
        start: int,
        end: int,
        optimizer: Optimizer,
        corruption: float,
        seed: int,
        backend: Backend,
    ) -> None:
        names, parts = zip(*model.children(), strict=True)
        encoder = parts[start]
        with init.seeded(seed):
            decoder = Linear(encoder.out_features, encoder.in_features).to(backend)
        self.autoencoder = Sequential(*parts[start:end], decoder)
        self.learner = optimizer.renewed()
        self.learner.attach([*encoder.parameters(), *decoder.parameters()])
        self.name: str = names[start]
        self.below = Sequential(*parts[:start])
        self.step = make_training_step(self.autoencoder, self.learner, _squared_error)
        self.lr = backend.asarray([self.learner.lr], dtype="float64")
        self.corruption, self.seed, self.backend = corruption, (seed, start), backend

    def learn(
        self, examples: Split, preprocessing: Preprocessing, batch_size: int, epoch: int
    ) -> float:
        """One pass over the images; the mean squared error meanwhile."""
        total = 0.0
        noise = np.random.default_rng((*self.seed, epoch))
        for images, _ in batches(examples, batch_size, seed=self.seed[0], epoch=epoch):
            with no_grad():
                x = self.below(Tensor(self.backend.asarray(preprocessing(images)))).data
            kept = self.backend.asarray(noise.random(x.shape) >= self.corruption, dtype="float32")
            loss, _ = self.step(x * kept, x, self.lr)
            total += float(loss) * len(images)
        return total / len(examples)


def _squared_error(reconstruction: Tensor, x: Tensor) -> Tensor:
    return ((reconstruction - x) ** 2).mean()
