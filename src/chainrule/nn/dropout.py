"""Layers that remove parts of the signal while training, and where their randomness comes from."""

from typing import ClassVar

from chainrule import ops
from chainrule.backends import Array
from chainrule.backends.hashing import key_array, key_of_call
from chainrule.errors import ShapeError, UsageError
from chainrule.nn.init import layer_key
from chainrule.nn.module import Buffer, Module
from chainrule.tape import Tensor


class Random(Module):
    """A layer that draws random numbers while training.

    What it draws follows from its key and from how often it drew since it got it. Each layer that a
    thread makes has another key, which follows from nn.seed, until reseed sets it.
    """

    def __init__(self) -> None:
        self.key = Buffer(layer_key(), saved=False)
        self.calls = 0

    def next_key(self) -> Array:
        """The key of this call."""
        key = key_of_call(self.key.backend.xp, self.key.data, self.calls)
        self.calls += 1
        return key


class Dropout(Random):
    """While training, remove each value with probability p; in use, pass everything.

    p: a probability in [0, 1), rounded to 1/256; see ops.Dropout

    Raises    UsageError for p outside [0, 1)
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p < 1:
            raise UsageError(
                f"{type(self).__name__}: p is {p}, but a probability in [0, 1) is needed"
            )
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        return ops.dropout(x, self.bits(x, self.next_key()), p=self.p)

    def bits(self, x: Tensor, key: Array) -> Array:
        """Random bytes of x's shape; of images in the order of channels-last memory."""
        if x.ndim != 4:
            return x.backend.random_bytes(key, x.shape)
        N, C, H, W = x.shape
        channels_last = x.backend.random_bytes(key, (N, H, W, C))
        return x.backend.xp.permute_dims(channels_last, (0, 3, 1, 2))

    def settings(self) -> str:
        return f"{self.p}"


class PartDropout(Dropout):
    """What Dropout1d, Dropout2d and StochasticDepth share: whole parts of x stay or go.

    drawn: how many of x's first axes have a random byte for each of their places
    """

    drawn: ClassVar[int]

    def bits(self, x: Tensor, key: Array) -> Array:
        xp, shape = x.backend.xp, x.shape
        drawn = x.backend.random_bytes(key, shape[: self.drawn])
        wide = (*drawn.shape, *[1] * (x.ndim - self.drawn))
        return xp.broadcast_to(xp.reshape(drawn, wide), shape)


class Dropout1d(PartDropout):
    """While training, remove each channel of a sequence (N, C, L) with probability p.

    Forward   y[n, c] = x[n, c] * keep[n, c] / (1 - p); see ops.Dropout

    Raises    UsageError for p outside [0, 1); ShapeError when x has not three axes
    Source    Tompson et al. 2015, arXiv 1411.4280: neighbours say the same, so drop them together
    """

    drawn = 2

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 3:
            raise ShapeError(f"x has shape {x.shape}, but sequences (N, C, L) are needed")
        return super().forward(x)


class Dropout2d(PartDropout):
    """While training, remove each channel of an image (N, C, H, W) with probability p.

    Forward   y[n, c] = x[n, c] * keep[n, c] / (1 - p); see ops.Dropout

    Raises    UsageError for p outside [0, 1); ShapeError when x is no batch of images
    Source    Tompson et al. 2015, arXiv 1411.4280: neighbours say the same, so drop them together
    """

    drawn = 2

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4:
            raise ShapeError(f"x has shape {x.shape}, but images (N, C, H, W) are needed")
        return super().forward(x)


class StochasticDepth(PartDropout):
    """While training, remove an example's whole signal with probability p: (N, ...).

    Forward   y[n] = x[n] * keep[n] / (1 - p); see ops.Dropout

    The last module of a Residual's body: for the examples it removes, the block is its shortcut.

    Raises    UsageError for p outside [0, 1); ShapeError when x has no batch
    Source    Huang et al. 2016, arXiv 1603.09382, scaled while training as dropout is
    """

    drawn = 1

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim == 0:
            raise ShapeError("x is a single number, but a batch (N, ...) is needed")
        return super().forward(x)


def reseed(model: Module, seed: int, step: int) -> None:
    """Give every random layer of a model its key for one training step.

    What they draw then depends on (seed, step, which layer) alone: a resumed run draws the same.
    """
    layers = [module for _, module in model.named_modules() if isinstance(module, Random)]
    for index, layer in enumerate(layers):
        key = layer.key.data
        layer.key.data = layer.key.backend.asarray(key_array(seed, step, index), like=key)
        layer.calls = 0
