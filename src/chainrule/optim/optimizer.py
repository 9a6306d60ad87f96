"""What every optimizer shares: its tensors, its state, and one step over all of them."""

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

from chainrule.backends import Array, Backend, Namespace
from chainrule.errors import UsageError
from chainrule.optim.clipping import Clipping
from chainrule.tape import Tensor, dtype_name


class Optimizer:
    """Change tensors against their gradients, a little at each step.

    lr: the learning rate, over 0
    weight_decay: L2 penalty; adds weight_decay * w to each gradient dw, 0 or more. (Optimizers
    with decoupled decay, AdamW for one, shrink w itself instead: see decay.py.)

    A new optimizer is a subclass with update, the rule for one tensor, and `keeps`, the names of
    what it remembers per tensor, each an array of the tensor's shape that starts at 0. It keeps
    every hyperparameter of its constructor as an attribute of the same name, and every real one as
    a float: a number of NumPy's, such as an np.float64, would make float32 weights float64.

    Raises    UsageError for hyperparameters out of range
    """

    keeps: tuple[str, ...] = ()

    def __init__(self, *, lr: float, weight_decay: float = 0.0) -> None:
        self.require("lr", lr, 0 < lr < math.inf, "over 0 and finite")
        self.require("weight_decay", weight_decay, 0 <= weight_decay < math.inf, "0 or more")
        self.lr = float(lr)
        self.weight_decay = float(weight_decay)
        self.clipping = Clipping()
        self.tensors: list[Tensor] = []
        self.rules: list[Optimizer] = []
        self.state: list[dict[str, Array]] = []

    def require(self, name: str, value: Any, fine: bool, needed: str) -> None:
        """Raise UsageError unless a hyperparameter is fine."""
        if not fine:
            raise UsageError(f"{type(self).__name__}: {name} is {value}, but must be {needed}")

    def clip(self, *, norm: float | None = None, value: float | None = None) -> Self:
        """Keep gradients small from now on: Adam(lr=1e-3).clip(norm=1.0); see Clipping."""
        self.clipping = Clipping(norm, value)
        return self

    def hyperparameters(self) -> dict[str, Any]:
        """What the constructor takes, by name, with the values it has here."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def renewed(self, **changes: Any) -> Self:
        """A new optimizer with these hyperparameters, the others as here, and nothing remembered.

        Raises    UsageError for a name that is no hyperparameter, or a value out of range
        """
        mine = self.hyperparameters()
        for name in changes:
            if name not in mine:
                raise UsageError(f"{type(self).__name__} has no {name}, only {', '.join(mine)}")
        fresh = type(self)(**mine | changes)
        fresh.clipping = self.clipping
        return fresh

    @property
    def backend(self) -> Backend:
        """The array library of the tensors.

        Raises    UsageError before attach
        """
        if not self.tensors:
            raise UsageError(
                f"{type(self).__name__}: attach the tensors first: "
                "optimizer.attach(model.parameters())"
            )
        return self.tensors[0].backend

    def attach(self, parameters: "Sequence[Tensor] | Sequence[Group]") -> None:
        """Take charge of these tensors, or groups of them, with nothing remembered yet.

        Raises    UsageError without any tensor, or for one that comes twice
        """
        self.tensors, self.rules = [], []
        for group in _grouped(parameters, type(self).__name__):
            for rule, tensors in group.rule_of(self).shares(group.tensors):
                if rule.clipping not in (Clipping(), self.clipping):
                    raise UsageError(
                        f"a group's {type(rule).__name__} clips gradients, but the norm is that of "
                        f"all groups together: clip the {type(self).__name__} instead"
                    )
                self.tensors += tensors
                self.rules += [rule] * len(tensors)
        if len({id(tensor) for tensor in self.tensors}) < len(self.tensors):
            raise UsageError(f"{type(self).__name__}: a tensor came twice: it can learn only once")
        self.state = [rule.fresh(t) for rule, t in zip(self.rules, self.tensors, strict=True)]
        # An array, so that counting compiles; not of float64, of which torch traces a step twice.
        self.steps = self.backend.asarray(0, dtype="int64", like=self.tensors[0].data)

    def shares(self, tensors: list[Tensor]) -> "list[tuple[Optimizer, list[Tensor]]]":
        """Which rule each of the tensors learns by: this one, unless a subclass knows better."""
        return [(self, tensors)]

    def fresh(self, tensor: Tensor) -> dict[str, Array]:
        """What is remembered of a tensor before the first step."""
        return {name: tensor.backend.xp.zeros_like(tensor.data) for name in self.keeps}

    def step(self, lr: Any = None) -> None:
        """Change every tensor that has a gradient, once.

        lr: this step's learning rate, a number or a 0-d array; the optimizer's own unless given. A
        group with a learning rate of its own keeps its ratio to it
        """
        backend = self.backend
        xp = backend.xp
        lr = self.lr if lr is None else lr
        lr = backend.asarray(lr, dtype="float64", like=self.steps)
        self.steps = backend.asarray(self.steps + 1)
        for rule in dict.fromkeys(self.rules):
            rule.steps = self.steps
            rule.prepare(xp, backend.asarray(lr * (rule.lr / self.lr)))
        gradients = self.clipping(xp, [tensor.grad for tensor in self.tensors])
        everything = zip(self.tensors, self.rules, gradients, self.state, strict=True)
        for tensor, rule, dw, state in everything:
            if dw is not None:
                kernel: type[Optimizer] = backend.kernels.get(type(rule), type(rule))
                w = kernel.update(rule, xp, tensor.data, dw, state)
                tensor.data = xp.asarray(w)  # NumPy turns results without axes into scalars

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
        backend = self.backend
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
        # One value is one value: Nadam's product was 0-d once.
        saved = {
            name: array.reshape(mine[name].shape) if array.size == 1 and name in mine else array
            for name, array in saved.items()
        }
        if set(mine) != set(saved) or any(mine[name].shape != saved[name].shape for name in mine):
            raise UsageError(
                f"this state is not one of {type(self).__name__} over these {len(self.tensors)} "
                "tensors: use the optimizer and the model it was saved with"
            )
        backend = self.backend
        for number, state in enumerate(self.state):
            for name, array in state.items():
                values = saved[f"{number}.{name}"].copy()
                state[name] = backend.asarray(values, dtype=dtype_name(array), like=array)
        self.steps = backend.asarray(saved["steps"].copy(), dtype="int64", like=self.steps)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in self.hyperparameters().items())
        return f"{type(self).__name__}({settings})"


class Group:
    """Tensors that learn by numbers of their own, or by another rule than the rest.

        optimizer.attach([Group(body), Group(head, lr=1e-2, weight_decay=0.0)])

    rule: another optimizer, instead of the one the group is attached to
    changes: the rule's hyperparameters that differ for this group
    """

    def __init__(
        self, tensors: Sequence[Tensor], *, rule: Optimizer | None = None, **changes: Any
    ) -> None:
        self.tensors = list(tensors)
        self.rule = rule
        self.changes = changes

    def rule_of(self, optimizer: Optimizer) -> Optimizer:
        """The rule of this group when it is attached to an optimizer.

        Raises    UsageError for hyperparameters that the rule does not have, or out of range
        """
        if self.rule is None:
            return optimizer.renewed(**self.changes) if self.changes else optimizer
        return self.rule.renewed(**self.changes)


def _grouped(parameters: "Sequence[Tensor] | Sequence[Group]", who: str) -> list[Group]:
    """The groups, or one of all the tensors; UsageError for anything that cannot learn."""
    parts: list[Any] = list(parameters)
    groups = [part for part in parts if isinstance(part, Group)]
    tensors = [part for part in parts if not isinstance(part, Group)]
    if groups and tensors:
        raise UsageError(f"{who}: tensors and groups came together: put every tensor in a group")
    groups = groups or [Group(tensors)]
    for group in groups:
        if not group.tensors:
            raise UsageError(f"{who}: there is nothing to learn: no tensors came")
        for tensor in group.tensors:
            if not isinstance(tensor, Tensor) or tensor.creator is not None:
                raise UsageError(
                    f"{who}: only tensors that no operation computed can learn, not {tensor!r}: "
                    "attach a list of them, such as model.parameters()"
                )
    return groups
