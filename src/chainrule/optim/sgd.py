"""Stochastic gradient descent, with momentum and Nesterov's look ahead."""

from chainrule.backends import Array, Namespace
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
        self.momentum = momentum
        self.nesterov = nesterov
        self.keeps = ("v",) if momentum else ()

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        if self.momentum:
            v = state["v"] = self.momentum * state["v"] + g
            g = g + self.momentum * v if self.nesterov else v
        return w - xp.astype(self.rate, w.dtype) * g
