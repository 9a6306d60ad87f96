"""Adam: each value gets a step of its own size; and AdamW, with honest weight decay."""

from chainrule.backends import Array, Namespace
from chainrule.optim.optimizer import Optimizer


class Adam(Optimizer):
    """Divide each value's averaged gradient by its usual size.

    Rule      g = dw + weight_decay * w
              m = beta1 * m + (1 - beta1) * g          the average gradient
              v = beta2 * v + (1 - beta2) * g**2       the average squared gradient
              w = w - lr * (m / c1) / (sqrt(v / c2) + eps)
              c1 = 1 - beta1**t, c2 = 1 - beta2**t at step t: m and v start at 0, and these undo it
    Keeps     m, v
    Raises    UsageError for betas outside [0, 1) or eps not over 0
    Source    Kingma and Ba 2015, arXiv 1412.6980, algorithm 1
    """

    keeps = ("m", "v")

    def __init__(
        self,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr=lr, weight_decay=weight_decay)
        for name, beta in zip(("beta1", "beta2"), betas, strict=True):
            self.require(name, beta, 0 <= beta < 1, "in [0, 1)")
        self.require("eps", eps, eps > 0, "over 0")
        self.beta1, self.beta2 = betas
        self.eps = eps

    def prepare(self, xp: Namespace, lr: Array) -> None:
        """The corrections for m and v, which are the same for all tensors."""
        self.rate = lr / (1 - self.beta1**self.steps)
        self.root_correction = xp.sqrt(1 - self.beta2**self.steps)

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        m = state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * g**2
        usual_size = xp.sqrt(v) / xp.astype(self.root_correction, w.dtype) + self.eps
        return w - xp.astype(self.rate, w.dtype) * m / usual_size


class AdamW(Adam):
    """Adam, with weights shrunk directly instead of through the gradient.

    Rule      w = w * (1 - lr * weight_decay), then as Adam with weight_decay 0. An L2 penalty would
              be divided by the usual gradient like everything else; this decay is not.
    Keeps     m, v
    Raises    UsageError as Adam
    Source    Loshchilov and Hutter 2019, arXiv 1711.05101
    """

    def __init__(
        self,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def prepare(self, xp: Namespace, lr: Array) -> None:
        """Adam's corrections, and the factor by which weights shrink."""
        super().prepare(xp, lr)
        self.shrink = 1 - lr * self.weight_decay

    def with_decay(self, w: Array, dw: Array) -> Array:
        """The gradient as it is: the decay is not part of it."""
        return dw

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        return super().update(xp, w * xp.astype(self.shrink, w.dtype), dw, state)
