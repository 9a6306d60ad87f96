"""Adam: each value gets a step of its own size; with honest weight decay, AdamW; ahead, Nadam."""

from chainrule.backends import Array, Namespace
from chainrule.optim.decay import DecoupledDecay
from chainrule.optim.optimizer import Optimizer
from chainrule.tape import Tensor


class Adam(Optimizer):
    """Divide each value's averaged gradient by its usual size.

    Rule      g = dw + weight_decay * w
              m = beta1 * m + (1 - beta1) * g          the average gradient
              v = beta2 * v + (1 - beta2) * g**2       the average squared gradient
              w = w - lr * (m / c1) / (sqrt(v / c2) + eps)
              c1 = 1 - beta1**t, c2 = 1 - beta2**t     at step t: m and v start at 0; these undo it
    Keeps     m, v
    Raises    UsageError for betas outside [0, 1) or eps not over 0
    Source    Kingma and Ba 2015, arXiv 1412.6980, algorithm 1

    t counts the optimizer's steps, not the tensor's: m and v of a tensor whose gradients begin late
    get hardly any correction.
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
        self.require("betas", betas, len(betas) == 2, "two numbers, (beta1, beta2)")
        for name, beta in zip(("beta1", "beta2"), betas, strict=True):
            self.require(name, beta, 0 <= beta < 1, "in [0, 1)")
        self.require("eps", eps, eps > 0, "over 0")
        beta1, beta2 = betas
        self.betas = self.beta1, self.beta2 = float(beta1), float(beta2)
        self.eps = float(eps)

    def prepare(self, xp: Namespace, lr: Array) -> None:
        """The corrections for m and v, which are the same for all tensors."""
        steps = xp.astype(self.steps, lr.dtype)  # float64, so that 1 - beta**steps keeps its digits
        self.rate = xp.asarray(lr / (1 - self.beta1**steps))
        self.root_correction = xp.asarray(xp.sqrt(1 - self.beta2**steps))

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        m, usual_size = self.remember(xp, self.with_decay(w, dw), state)
        return w - xp.astype(self.rate, w.dtype) * m / usual_size

    def remember(self, xp: Namespace, g: Array, state: dict[str, Array]) -> tuple[Array, Array]:
        """The averages with this gradient: m, and sqrt(v / c2) + eps."""
        m = state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * g**2
        return m, xp.sqrt(v) / xp.astype(self.root_correction, g.dtype) + self.eps


class AdamW(DecoupledDecay, Adam):
    """Adam, with weights shrunk directly instead of through the gradient.

    Rule      w = w * (1 - lr * weight_decay), then as Adam with weight_decay 0
              An L2 penalty would be divided by the usual gradient like everything else; this decay
              is not.
    Keeps     m, v
    Raises    UsageError as Adam
    Source    Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2
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

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        return super().update(xp, self.shrunk(xp, w), dw, state)


class Nadam(Adam):
    """Adam that looks ahead, as Nesterov's momentum does: the next step's share of m, and g itself.

    Rule      g, m, v, c2 as Adam's
              mu(t) = beta1 * (1 - 0.96**(t * momentum_decay) / 2)          momentum warms up
              p = p * mu(t)                                                 their product so far
              ahead = mu(t+1) * m / (1 - p * mu(t+1)) + (1 - mu(t)) * g / (1 - p)
              w = w - lr * ahead / (sqrt(v / c2) + eps)
    Keeps     m, v, product
    Raises    UsageError as Adam, and for momentum_decay below 0
    Source    Dozat 2016, "Incorporating Nesterov momentum into Adam"
    """

    def __init__(
        self,
        *,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        momentum_decay: float = 4e-3,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self.require("momentum_decay", momentum_decay, momentum_decay >= 0, "0 or more")
        self.momentum_decay = float(momentum_decay)

    def fresh(self, tensor: Tensor) -> dict[str, Array]:
        """m and v at 0, and the product of no momentum at all: float64 (1,).

        Not 0-d: of such an array torch would trace a step twice.
        """
        backend = tensor.backend
        one = backend.asarray(1.0, dtype="float64", like=tensor.data)
        return {**super().fresh(tensor), "product": backend.xp.reshape(one, (1,))}

    def prepare(self, xp: Namespace, lr: Array) -> None:
        """Adam's correction for v, and the momentum of this step and of the next."""
        super().prepare(xp, lr)
        self.rate = lr
        steps = xp.astype(self.steps, lr.dtype)
        self.mu, self.mu_next = (
            self.beta1 * (1 - 0.96 ** (t * self.momentum_decay) / 2) for t in (steps, steps + 1)
        )

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        g = self.with_decay(w, dw)
        m, usual_size = self.remember(xp, g, state)
        product = state["product"] = xp.asarray(state["product"] * self.mu)
        p = xp.reshape(product, ())
        share_of_m = xp.asarray(self.rate * self.mu_next / (1 - p * self.mu_next))
        share_of_g = xp.asarray(self.rate * (1 - self.mu) / (1 - p))
        ahead = xp.astype(share_of_m, w.dtype) * m + xp.astype(share_of_g, w.dtype) * g
        return w - ahead / usual_size
