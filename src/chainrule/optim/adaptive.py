"""AdaGrad, AdaDelta, RMSProp: a step of its own size for each value, by what came before."""

from chainrule.backends import Array, Namespace
from chainrule.optim.optimizer import Optimizer
from chainrule.tape import Tensor


class AdaGrad(Optimizer):
    """Divide by the root of all squared gradients so far: what moved much moves less and less.

    Rule      g = dw + weight_decay * w
              s = s + g**2
              w = w - lr * g / (sqrt(s) + eps)
    initial: what s starts at
    Keeps     s
    Raises    UsageError for initial below 0 or eps not over 0
    Source    Duchi, Hazan and Singer 2011
    """

    keeps = ("s",)

    def __init__(
        self,
        *,
        lr: float = 1e-2,
        initial: float = 0.0,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
        self.require("initial", initial, initial >= 0, "0 or more")
        self.require("eps", eps, eps > 0, "over 0")
        self.initial = float(initial)
        self.eps = float(eps)

    def fresh(self, tensor: Tensor) -> dict[str, Array]:
        return {name: zeros + self.initial for name, zeros in super().fresh(tensor).items()}

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        s = state["s"] = state["s"] + g**2
        return w - xp.astype(self.rate, w.dtype) * g / (xp.sqrt(s) + self.eps)


class AdaDelta(Optimizer):
    """Take steps as large as the last steps were, in proportion to the usual gradient.

    Rule      g = dw + weight_decay * w
              s = rho * s + (1 - rho) * g**2                     the average squared gradient
              d = g * sqrt(u + eps) / sqrt(s + eps)              a step in the units of w
              u = rho * u + (1 - rho) * d**2                     the average squared step
              w = w - lr * d
    lr: a factor on the rule's own step; 1 as published
    Keeps     s, u
    Raises    UsageError for rho outside [0, 1) or eps not over 0
    Source    Zeiler 2012, arXiv 1212.5701, algorithm 1
    """

    keeps = ("s", "u")

    def __init__(
        self,
        *,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
        self.require("rho", rho, 0 <= rho < 1, "in [0, 1)")
        self.require("eps", eps, eps > 0, "over 0")
        self.rho = float(rho)
        self.eps = float(eps)

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        s = state["s"] = self.rho * state["s"] + (1 - self.rho) * g**2
        d = g * xp.sqrt(state["u"] + self.eps) / xp.sqrt(s + self.eps)
        state["u"] = self.rho * state["u"] + (1 - self.rho) * d**2
        return w - xp.astype(self.rate, w.dtype) * d


class RMSProp(Optimizer):
    """Divide by the root of the average squared gradient: AdaGrad that forgets.

    Rule      g = dw + weight_decay * w
              s = alpha * s + (1 - alpha) * g**2
              size = sqrt(s) + eps
              v = momentum * v + g / size
              w = w - lr * v
    centered: subtract the average gradient's square, and so divide by the gradient's deviation:
              a = alpha * a + (1 - alpha) * g
              size = sqrt(s - a**2) + eps
    Keeps     s; v, with momentum; a, when centered
    Raises    UsageError for alpha or momentum outside [0, 1), or eps not over 0
    Source    Tieleman and Hinton 2012, lecture 6e; centered: Graves 2013, arXiv 1308.0850
    """

    def __init__(
        self,
        *,
        lr: float = 1e-2,
        alpha: float = 0.99,
        momentum: float = 0.0,
        centered: bool = False,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
        self.require("alpha", alpha, 0 <= alpha < 1, "in [0, 1)")
        self.require("momentum", momentum, 0 <= momentum < 1, "in [0, 1)")
        self.require("eps", eps, eps > 0, "over 0")
        self.alpha = float(alpha)
        self.momentum = float(momentum)
        self.centered = centered
        self.eps = float(eps)
        self.keeps = ("s", *(["v"] if momentum else []), *(["a"] if centered else []))

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        s = state["s"] = self.alpha * state["s"] + (1 - self.alpha) * g**2
        if self.centered:
            a = state["a"] = self.alpha * state["a"] + (1 - self.alpha) * g
            s = xp.clip(s - a**2, min=0)  # rounding can take a constant gradient's below 0
        v = g / (xp.sqrt(s) + self.eps)
        if self.momentum:
            v = state["v"] = self.momentum * state["v"] + v
        return w - xp.astype(self.rate, w.dtype) * v
