"""What every optimizer shares: its tensors, its state, and one step over all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import UsageError
from chainrule.tape import Tensor, dtype_name


class Optimizer:
    """Change tensors against their gradients, a little at each step.

    lr: the learning rate, over 0
    weight_decay: L2 penalty; adds weight_decay * w to each gradient dw, 0 or more

    A new optimizer is a subclass with update, the rule for one tensor, and `keeps`, the names of
    what it remembers per tensor, each an array of the tensor's shape that starts at 0.

    Raises    UsageError for hyperparameters out of range
    """

    keeps: tuple[str, ...] = ()

    def __init__(self, *, lr: float, weight_decay: float = 0.0) -> None:
        self.require("lr", lr, lr > 0, "over 0")
        self.require("weight_decay", weight_decay, weight_decay >= 0, "0 or more")
        self.lr = lr
        self.weight_decay = weight_decay
        self.tensors: list[Tensor] = []
        self.state: list[dict[str, Array]] = []

    def require(self, name: str, value: float, fine: bool, needed: str) -> None:
        """Raise UsageError unless a hyperparameter is fine."""
        if not fine:
            raise UsageError(f"{type(self).__name__}: {name} is {value}, but must be {needed}")

    def attach(self, tensors: Sequence[Tensor]) -> None:
        """Take charge of these tensors, with nothing remembered yet.

        Raises    UsageError without any tensor
        """
        if not tensors:
            raise UsageError(f"{type(self).__name__}: there is nothing to learn: no tensors came")
        self.tensors = list(tensors)
        backend = self.tensors[0].backend
        self.state = [
            {name: backend.xp.zeros_like(t.data) for name in self.keeps} for t in self.tensors
        ]
        # float64, so that 1 - beta**steps keeps its digits; an array, so that counting compiles.
        self.steps = backend.asarray(0, dtype="float64")

    def step(self, lr: Any = None) -> None:
        """Change every tensor that has a gradient, once.

        lr: this step's learning rate, a number or a 0-d array; the optimizer's own unless given
        """
        if not self.tensors:
            raise UsageError(
                f"{type(self).__name__}: attach the tensors first: "
                "optimizer.attach(model.parameters())"
            )
        backend = self.tensors[0].backend
        xp = backend.xp
        lr = backend.asarray(self.lr if lr is None else lr, dtype="float64")
        rule: type[Optimizer] = backend.kernels.get(type(self), type(self))
        self.steps = backend.asarray(self.steps + 1)
        self.prepare(xp, lr)
        for tensor, state in zip(self.tensors, self.state, strict=True):
            if tensor.grad is not None:
                tensor.data = rule.update(self, xp, tensor.data, tensor.grad, state)

    def clear_gradients(self) -> None:
        """Forget the gradients of the last step, before the next backward adds its own."""
        for tensor in self.tensors:
            tensor.grad = None

    def prepare(self, xp: Namespace, lr: Array) -> None:
        """Compute what is the same for all tensors of this step; lr: a 0-d array."""
        self.rate = lr

    def update(self, xp: Namespace, w: Array, dw: Array, state: dict[str, Array]) -> Array:
        """The new values of one tensor; what it remembers is replaced in state."""
        raise NotImplementedError

    def with_decay(self, w: Array, dw: Array) -> Array:
        """The gradient of loss + weight_decay / 2 * sum(w**2)."""
        return dw + self.weight_decay * w if self.weight_decay else dw

    def state_dict(self) -> dict[str, Any]:
        """Everything remembered, as NumPy arrays by "number.name", and the count of steps."""
        backend = self.tensors[0].backend
        remembered = {
            f"{number}.{name}": backend.to_numpy(array).copy()
            for number, state in enumerate(self.state)
            for name, array in state.items()
        }
        return {"steps": backend.to_numpy(self.steps).copy(), **remembered}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Remember what another optimizer of the same kind, over the same tensors, remembered.

        Raises    UsageError when the names or shapes are not this optimizer's
        """
        mine = self.state_dict()
        if set(mine) != set(saved) or any(mine[name].shape != saved[name].shape for name in mine):
            raise UsageError(
                f"this state is not one of {type(self).__name__} over these {len(self.tensors)} "
                "tensors: use the optimizer and the model it was saved with"
            )
        for number, (tensor, state) in enumerate(zip(self.tensors, self.state, strict=True)):
            backend, dtype = tensor.backend, dtype_name(tensor.data)
            for name in state:
                state[name] = backend.asarray(saved[f"{number}.{name}"].copy(), dtype=dtype)
        self.steps = self.tensors[0].backend.asarray(saved["steps"].copy())
