"""Changes of shape as layers."""

from chainrule import ops
from chainrule.nn.module import Module
from chainrule.tape import Tensor


class Flatten(Module):
    """Everything but the batch in one row, in row-major order. (N, C, H, W) -> (N, C*H*W).

    Forward   y = reshape(x, (N, -1))
    """

    def forward(self, x: Tensor) -> Tensor:
        return ops.flatten(x)
