"""The perceptron: one neuron that fires or does not, and the gates that few of them make."""

from collections.abc import Sequence

from chainrule import ops
from chainrule.backends import NUMPY
from chainrule.errors import UsageError
from chainrule.nn.module import Module, Parameter
from chainrule.tape import Tensor

GATES: dict[str, tuple[tuple[float, float], float]] = {
    "AND": ((0.5, 0.5), 0.7),
    "NAND": ((-0.5, -0.5), -0.7),
    "OR": ((0.5, 0.5), 0.2),
}
"""Weights and threshold of the gates that one perceptron can be."""


class Perceptron(Module):
    """Fire when the weighted sum of the inputs is over the threshold. (..., D) -> (...).

    Forward   y = 1 if w[0]*x[0] + w[1]*x[1] + ... > threshold else 0
                = step(w x + b)                               with b = -threshold
    weights: one per input; weight: (D,), bias: () in the state
    threshold, bias: one of the two

    Raises    UsageError without weights, or with both or none of threshold and bias
    Source    Rosenblatt 1958
    """

    def __init__(
        self,
        weights: Sequence[float],
        *,
        threshold: float | None = None,
        bias: float | None = None,
    ) -> None:
        if len(weights) == 0:
            raise UsageError("Perceptron: no weights came, but one per input is needed")
        if (threshold is None) == (bias is None):
            raise UsageError(
                f"Perceptron: threshold {threshold} and bias {bias} came, but exactly one of them "
                "is needed: bias is minus the threshold"
            )
        fires_by_itself = bias if threshold is None else -threshold
        self.weight = Parameter(NUMPY.asarray(weights, dtype="float32"))
        self.bias = Parameter(NUMPY.asarray(fires_by_itself, dtype="float32"))

    @property
    def threshold(self) -> float:
        """What the weighted sum has to exceed: minus the bias."""
        return -self.bias.item()

    def forward(self, x: Tensor) -> Tensor:
        return ops.step(ops.sum(x * self.weight, axis=-1) + self.bias)

    def settings(self) -> str:
        return f"{self.weight.numpy().tolist()}, threshold={self.threshold:g}"


class XOR(Module):
    """Either, but not both: two layers of perceptrons, for one alone cannot. (..., 2) -> (...).

    Forward   y = AND(NAND(x), OR(x))
    Source    Minsky and Papert 1969, on why one layer is not enough
    """

    def __init__(self) -> None:
        self.not_both = gate("NAND")
        self.either = gate("OR")
        self.both_hold = gate("AND")

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.both_hold(ops.stack([self.not_both(x), self.either(x)], axis=-1))
        return y


def gate(name: str) -> Module:
    """A logic gate of two inputs, 0 or 1: "AND", "NAND", "OR" or "XOR".

    Raises    UsageError for another name
    """
    if name == "XOR":
        return XOR()
    if name not in GATES:
        raise UsageError(f"gate: {name!r} came, but {', '.join(GATES)} or XOR is needed")
    weights, threshold = GATES[name]
    return Perceptron(weights, threshold=threshold)
