"""The fully connected layer."""

from chainrule import ops
from chainrule.nn import init
from chainrule.nn.module import Module, positive
from chainrule.tape import Tensor


class Linear(Module):
    """Fully connected: every output a weighted sum of every input. (N, D) -> (N, M).

    weight: (M, D); bias: (M,) unless bias=False; see ops.Affine

    Raises    UsageError for sizes below 1
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        weights: init.Initialiser = init.glorot_uniform,
    ) -> None:
        positive("Linear", in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        self.weight = init.parameter(weights, (out_features, in_features))
        self.bias = init.parameter(init.zeros, (out_features,)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return ops.affine(x, self.weight, self.bias)

    def formula(self) -> str:
        inputs = f"({self.in_features} + 1)" if self.bias is not None else f"{self.in_features}"
        return f"{inputs} * {self.out_features}"

    def settings(self) -> str:
        bias = ", bias=False" if self.bias is None else ""
        return f"{self.in_features}, {self.out_features}{bias}"
