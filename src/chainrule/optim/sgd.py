"""Gradient descent, stochastic gradient descent, momentum and Nesterov's look ahead."""

from chainrule.backends import Array, Namespace
from chainrule.optim.decay import DecoupledDecay
from chainrule.optim.optimizer import Optimizer


class SGD(Optimizer):
    """Step against the gradient; with momentum, keep rolling.

    Rule      g = dw + weight_decay * w
              v = momentum * v + g
              w = w - lr * v                       or, with nesterov: w - lr * (g + momentum * v)
    Keeps     v, with momentum
    Raises    UsageError for momentum outside [0, 1), or nesterov without momentum
    Source    Robbins and Monro 1951; Polyak 1964; Nesterov 1983, as in Sutskever et al. 2013
    """

    def __init__(
        self,
        *,
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
        self.require("momentum", momentum, 0 <= momentum < 1, "in [0, 1)")
        self.require("nesterov", nesterov, momentum > 0 or not nesterov, "False without momentum")
        self.momentum = float(momentum)
        self.nesterov = nesterov
        self.keeps = ("v",) if momentum else ()

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        if self.momentum:
            v = state["v"] = self.momentum * state["v"] + g
            g = g + self.momentum * v if self.nesterov else v
        return w - xp.astype(self.rate, w.dtype) * g


class SGDW(DecoupledDecay, SGD):
    """SGD, with weights shrunk directly: momentum does not remember the decay.

    Rule      w = w * (1 - lr * weight_decay), then as SGD with weight_decay 0
              Without momentum the two are the same.
    Keeps     v, with momentum
    Raises    UsageError as SGD
    Source    Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 1; the decay scaled by lr, as
              PyTorch's AdamW has it
    """

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        return super().update(xp, self.shrunk(xp, w), dw, state)


class GradientDescent(SGD):
    """Step against the gradient of the loss over all the data.

    Rule      w = w - lr * (dw + weight_decay * w)
              That is SGD's rule without momentum. What makes it gradient descent is where dw comes
              from: all examples at once (batch_size=len(train)), not a random batch.
    Keeps     nothing
    Raises    UsageError as Optimizer
    Source    Cauchy 1847
    """

    def __init__(self, *, lr: float, weight_decay: float = 0.0) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
