"""Batch normalisation as a layer: the batch's statistics in training, running ones in use."""

from chainrule import ops
from chainrule.backends import NUMPY, Array
from chainrule.errors import ShapeError, UsageError
from chainrule.nn import init
from chainrule.nn.module import Buffer, Module, Parameter, positive
from chainrule.tape import Tensor


class BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share; they differ only in the shapes they accept.

    weight, bias: (C,) the scale gamma and the shift beta, learned
    running_mean, running_var: (C,) what predictions use, followed while training by
        running = (1 - momentum) * running + momentum * batch      PyTorch's meaning of momentum:
    Keras's momentum is 1 minus it. running_var follows the unbiased variance (divided by n - 1).
    scale: whether gamma is learned; without, it stays 1
    """

    ranks: tuple[int, ...]
    """How many axes x may have."""

    def __init__(
        self,
        num_features: int,
        *,
        eps: float = 1e-5,
        momentum: float = 0.1,
        scale: bool = True,
    ) -> None:
        positive(type(self).__name__, num_features=num_features)
        if not 0 < momentum <= 1 or eps <= 0:
            raise UsageError(
                f"{type(self).__name__}: momentum {momentum} and eps {eps} came, "
                "but momentum in (0, 1] and eps over 0 are needed"
            )
        self.num_features = num_features
        self.eps = float(eps)
        self.momentum = float(momentum)
        gamma = init.parameter(init.ones, (num_features,))
        self.weight: Tensor = gamma if scale else Buffer(gamma.data)
        self.bias = init.parameter(init.zeros, (num_features,))
        self.running_mean = Buffer(NUMPY.xp.zeros(num_features, dtype="float32"))
        self.running_var = Buffer(NUMPY.xp.ones(num_features, dtype="float32"))
        self.num_batches_tracked = Buffer(NUMPY.asarray(0, dtype="int64"))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim not in self.ranks or x.shape[1] != self.num_features:
            raise ShapeError(f"x has shape {x.shape}, but {self.needed()} is needed")
        return self.batch_statistics(x) if self.training else self.running_statistics(x)

    def batch_statistics(self, x: Tensor) -> Tensor:
        """Standardise with the batch's own statistics, and follow them."""
        op = ops.BatchNorm(self.eps)
        y = op(x, self.weight, self.bias)
        self._follow(self.running_mean, op.mu)
        self._follow(self.running_var, op.v * (op.n / (op.n - 1)))
        tracked = self.num_batches_tracked
        tracked.data = tracked.backend.asarray(tracked.data + 1)
        return y

    def _follow(self, running: Buffer, batch: Array) -> None:
        xp, kept = running.backend.xp, 1 - self.momentum
        batch = xp.astype(xp.reshape(batch, (-1,)), running.dtype, copy=False)
        running.data = kept * running.data + self.momentum * batch

    def running_statistics(self, x: Tensor) -> Tensor:
        """Standardise with what was followed while training: one multiplication, one addition."""
        wide = (1, -1, *[1] * (x.ndim - 2))
        scale = self.weight / ops.sqrt(self.running_var + self.eps)
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(*wide) + shift.reshape(*wide)

    def needed(self) -> str:
        """The shapes that forward takes."""
        raise NotImplementedError

    def formula(self) -> str:
        learned = 2 if isinstance(self.weight, Parameter) else 1
        return f"{learned} * {self.num_features}"

    def settings(self) -> str:
        fixed = "" if isinstance(self.weight, Parameter) else ", scale=False"
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}{fixed}"


class BatchNorm1d(BatchNorm):
    """Batch normalisation of features (N, C) or sequences (N, C, L); see ops.BatchNorm."""

    ranks = (2, 3)

    def needed(self) -> str:
        return f"(N, {self.num_features}) or (N, {self.num_features}, L)"


class BatchNorm2d(BatchNorm):
    """Batch normalisation of images (N, C, H, W); see ops.BatchNorm."""

    ranks = (4,)

    def needed(self) -> str:
        return f"(N, {self.num_features}, H, W)"
