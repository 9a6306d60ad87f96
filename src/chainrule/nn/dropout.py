"""Dropout as a layer, and where its randomness comes from."""

from chainrule import ops
from chainrule.backends import Array
from chainrule.backends.hashing import key_array
from chainrule.errors import UsageError
from chainrule.nn.module import Buffer, Module
from chainrule.tape import Tensor


class Dropout(Module):
    """While training, remove each value with probability p; in use, pass everything.

    p: a probability in [0, 1), rounded to 1/256; see ops.Dropout. The masks follow from the key,
    which reseed sets, and from how often the layer was called since.

    Raises    UsageError for p outside [0, 1)
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p < 1:
            raise UsageError(f"Dropout: p is {p}, but a probability in [0, 1) is needed")
        self.p = p
        self.key = Buffer(key_array(0), saved=False)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        key = self.key.data + x.backend.asarray(self.calls, dtype="uint32")
        self.calls += 1
        return ops.dropout(x, self.bits(x, key), p=self.p)

    def bits(self, x: Tensor, key: Array) -> Array:
        """Random bytes of x's shape; of images in the order of channels-last memory."""
        if x.ndim != 4:
            return x.backend.random_bytes(key, x.shape)
        N, C, H, W = x.shape
        channels_last = x.backend.random_bytes(key, (N, H, W, C))
        return x.backend.xp.permute_dims(channels_last, (0, 3, 1, 2))

    def settings(self) -> str:
        return f"{self.p}"


def reseed(model: Module, seed: int, step: int) -> None:
    """Give every random layer of a model its key for one training step.

    The masks then depend on (seed, step, which layer) alone: a resumed run draws the same ones.
    """
    layers = [module for _, module in model.named_modules() if isinstance(module, Dropout)]
    for index, layer in enumerate(layers):
        layer.key.data = layer.key.backend.asarray(key_array(seed, step, index))
        layer.calls = 0
