"""BatchNorm for torch's compiler: what is one value per channel is computed once per channel."""

import math

from chainrule.backends import Array, Namespace
from chainrule.kernels.torch_compiled import compiled_for_processor, computed
from chainrule.ops.norm import BatchNorm


class SettledBatchNorm(BatchNorm):
    """BatchNorm whose statistics are settled before any pixel uses them.

    Left alone, the compiler keeps sums, and makes a mean and 1 / sqrt(v + eps) of them again for
    every pixel: two divisions, a root and a reciprocal, which take longer than the memory does.
    Whole steps in turns, float32, two cores: mnist-cnn 12.4 and 11.5 ms, cifar10-record 1,653 and
    1,566. Keeps what the plain rule keeps.
    """

    def forward(self, xp: Namespace, x: Array, gamma: Array, beta: Array) -> Array:
        if not compiled_for_processor(x):
            return BatchNorm.forward(self, xp, x, gamma, beta)
        self.check(x, gamma, beta)
        self.axes = (0, *range(2, x.ndim))
        wide = (1, -1, *[1] * (x.ndim - 2))
        self.n = math.prod(x.shape) // x.shape[1]
        self.mu = computed(xp.mean(x, axis=self.axes, keepdims=True))
        self.v = computed(xp.mean((x - self.mu) ** 2, axis=self.axes, keepdims=True))
        self.s = computed(1 / xp.sqrt(self.v + self.eps))
        self.z = (x - self.mu) * self.s
        self.gamma = xp.reshape(gamma, wide)
        return self.gamma * self.z + xp.reshape(beta, wide)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, Array, Array]:
        if not compiled_for_processor(dy):
            return BatchNorm.backward(self, xp, dy)
        dbeta = computed(xp.sum(dy, axis=self.axes))
        dgamma = computed(xp.sum(dy * self.z, axis=self.axes))
        mean_dy, mean_dyz = (
            computed(xp.reshape(total / self.n, self.s.shape)) for total in (dbeta, dgamma)
        )
        dx = computed(self.gamma * self.s) * (dy - mean_dy - self.z * mean_dyz)
        return dx, dgamma, dbeta
