"""Decoupled weight decay: weights shrink by themselves, not through the gradient."""

from chainrule.backends import Array, Namespace
from chainrule.optim.optimizer import Optimizer


class DecoupledDecay(Optimizer):
    """What optimizers with decoupled weight decay share.

    Rule      w = w * (1 - lr * weight_decay), and the gradient stays as it is. For plain SGD that
              is the L2 penalty; an optimizer that remembers or rescales gradients would do the same
              to the penalty's part of them, and does not to this decay.
    Source    Loshchilov and Hutter 2019, arXiv 1711.05101
    """

    def prepare(self, xp: Namespace, lr: Array) -> None:
        """The rule's own, and the factor by which weights shrink."""
        super().prepare(xp, lr)
        self.shrink = xp.asarray(1 - lr * self.weight_decay)

    def with_decay(self, w: Array, dw: Array) -> Array:
        """The gradient as it is: the decay is not part of it."""
        return dw

    def shrunk(self, xp: Namespace, w: Array) -> Array:
        """The weights after this step's decay."""
        return w * xp.astype(self.shrink, w.dtype) if self.weight_decay else w
