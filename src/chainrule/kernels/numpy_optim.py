"""Optimizers for NumPy: all of a tensor's update while a piece of it is in cache, on every core.

Adam on 1.6 million values, 2 cores: 4 ms against the plain rule's 11.
"""

import numpy as np

from chainrule.backends import Array, Namespace
from chainrule.kernels.blocks import by_blocks
from chainrule.optim.adam import Adam, AdamW
from chainrule.optim.sgd import SGD


class BlockedSGD(SGD):
    """SGD piece by piece while it has no momentum; with momentum, the plain rule."""

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        if self.momentum:
            return SGD.update(self, xp, w, dw, state)
        rate = -w.dtype.type(self.rate)

        def rule(w_new: Array, w: Array, g: Array) -> None:
            np.multiply(g, rate, out=w_new)
            w_new += w

        return by_blocks(rule, np.empty_like(w), w, self.with_decay(w, dw))


class BlockedAdam(Adam):
    """Adam piece by piece."""

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        return _update(self, w, self.with_decay(w, dw), state)


class BlockedAdamW(AdamW):
    """AdamW piece by piece."""

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        return _update(self, w * w.dtype.type(self.shrink), dw, state)


def _update(adam: Adam, w: Array, g: Array, state: dict[str, Array]) -> Array:
    rate, root_correction = w.dtype.type(adam.rate), w.dtype.type(adam.root_correction)

    def rule(
        w_new: Array, m_new: Array, v_new: Array, w: Array, g: Array, m: Array, v: Array
    ) -> None:
        np.multiply(m, adam.beta1, out=m_new)
        m_new += (1 - adam.beta1) * g
        np.multiply(v, adam.beta2, out=v_new)
        v_new += (1 - adam.beta2) * np.square(g)
        usual_size = np.sqrt(v_new)
        usual_size /= root_correction
        usual_size += adam.eps
        np.divide(m_new, usual_size, out=w_new)
        w_new *= rate
        np.subtract(w, w_new, out=w_new)

    w_new, m_new, v_new = (np.empty_like(w) for _ in range(3))
    by_blocks(rule, w_new, m_new, v_new, w, g, state["m"], state["v"])
    state["m"], state["v"] = m_new, v_new
    return w_new
