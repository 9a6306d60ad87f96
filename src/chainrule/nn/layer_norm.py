"""Normalisation inside each example: no batch is needed, and training and use are the same."""

from collections.abc import Sequence

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.nn.module import Module, positive
from chainrule.tape import Tensor


class LayerNorm(Module):
    """Standardise each example over its last axes; see ops.layer_norm. (..., D) -> (..., D).

    normalized_shape: the sizes of those axes, (D,) or D for the last one
    weight, bias: of that shape, the scale and the shift of each value

    Raises    UsageError for sizes below 1, or eps not over 0
    """

    def __init__(self, normalized_shape: int | Sequence[int], *, eps: float = 1e-5) -> None:
        if not isinstance(normalized_shape, Sequence):
            normalized_shape = (normalized_shape,)
        shape = tuple(normalized_shape)
        if not shape:
            raise UsageError("LayerNorm: normalized_shape is (), but one axis or more is needed")
        for size in shape:
            positive("LayerNorm", normalized_shape=size)
        check_eps("LayerNorm", eps)
        self.normalized_shape = shape
        self.eps = eps
        self.weight = init.parameter(init.ones, shape)
        self.bias = init.parameter(init.zeros, shape)

    def forward(self, x: Tensor) -> Tensor:
        return ops.layer_norm(x, self.weight, self.bias, eps=self.eps)

    def formula(self) -> str:
        return f"2 * {' * '.join(map(str, self.normalized_shape))}"

    def settings(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}"


class GroupNorm(Module):
    """Standardise each example, group of channels by group; see ops.group_norm. (N, C, ...).

    num_groups: 1 for all channels together, num_channels for each by itself (instance norm)
    affine: whether a scale and a shift follow
    weight, bias: (C,) the scale and the shift of each channel; None without

    Raises    UsageError for sizes below 1, groups that do not divide the channels, eps not over 0
    """

    def __init__(
        self, num_groups: int, num_channels: int, *, eps: float = 1e-5, affine: bool = True
    ) -> None:
        positive("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise UsageError(
                f"GroupNorm: {num_channels} channels do not divide into {num_groups} groups"
            )
        check_eps("GroupNorm", eps)
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.weight = init.parameter(init.ones, (num_channels,)) if affine else None
        self.bias = init.parameter(init.zeros, (num_channels,)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        return ops.group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)

    def formula(self) -> str:
        return f"2 * {self.num_channels}" if self.weight is not None else ""

    def settings(self) -> str:
        fixed = ", affine=False" if self.weight is None else ""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}{fixed}"


class LocalResponseNorm(Module):
    """Damp each value by its neighbours in other channels, as AlexNet did. (N, C, ...).

    size: how many channels count as neighbours; alpha, beta, k: see ops.local_response_norm

    Raises    UsageError for a size below 1, negative alpha or beta, or k not over 0
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        positive("LocalResponseNorm", size=size)
        if not (alpha >= 0 and beta >= 0 and k > 0):
            raise UsageError(
                f"LocalResponseNorm: alpha {alpha}, beta {beta} and k {k} came, but alpha and beta "
                "from 0 and k over 0 are needed"
            )
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        return ops.local_response_norm(x, self.size, alpha=self.alpha, beta=self.beta, k=self.k)

    def settings(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def check_eps(who: str, eps: float) -> None:
    """Raise UsageError unless eps keeps the division away from 0."""
    if not eps > 0:
        raise UsageError(f"{who}: eps is {eps}, but a number over 0 is needed")
