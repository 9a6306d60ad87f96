"""Module: a piece of a network, with the tensors it learns and the pieces it is made of."""

from collections.abc import Callable, Iterator, Mapping
from numbers import Integral
from typing import Any, Self

from chainrule.backends import Array, Backend
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor, dtype_name


class Parameter(Tensor):
    """A tensor that learning changes."""

    __slots__ = ()

    def __init__(self, data: Array, *, name: str | None = None) -> None:
        super().__init__(data, name=name, needs_grad=True)


class Buffer(Tensor):
    """A tensor that belongs to a module but is not learned, such as a running mean.

    saved: whether it is part of the state that files hold
    """

    __slots__ = ("saved",)

    def __init__(self, data: Array, *, saved: bool = True) -> None:
        super().__init__(data)
        self.saved = saved


class Module:
    """A piece of a network. A new one names its parts in __init__ and uses them in forward.

        class Classifier(Module):
            def __init__(self):
                self.hidden = Linear(784, 50)
                self.scores = Linear(50, 10)

            def forward(self, x):
                return self.scores(ops.relu(self.hidden(x)))

    Parameters, buffers and modules set as attributes belong to it under the attribute's name; the
    names joined with dots ("hidden.weight") are the keys of state_dict, as in PyTorch. A module
    used twice is one module: its parameters are counted, saved and learned once.
    """

    training = True
    frozen = False
    """Whether it behaves as in use even while the rest trains; see freezing.py."""
    watchers: tuple[Callable[["Module", Tensor], None], ...] = ()
    """Called with the module and its output (of several, the first) after each call; see
    summary.py."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Buffer) and value.name is None:
            value.name = name
        super().__setattr__(name, value)

    def __call__(self, *inputs: Any) -> Any:
        try:
            y = self.forward(*inputs)
        except ShapeError as error:
            error.operation = error.operation or type(self).__name__
            error.layers = (*self._name_of(error.source), *error.layers)
            error.source = self
            raise
        for watcher in self.watchers:
            watcher(self, y[0] if isinstance(y, tuple) else y)
        return y

    def forward(self, *inputs: Any) -> Any:
        """What the module computes: a tensor; a recurrent layer gives its memory, too."""
        raise NotImplementedError(f"{type(self).__name__} needs a forward method")

    def _name_of(self, part: object) -> tuple[str, ...]:
        """What this module calls a part of itself, for errors; () for what is none."""
        for name, child in self.children():
            if child is part:
                return (f"{name} ({type(child).__name__})" if name.isdigit() else name,)
        return ()

    def formula(self) -> str:
        """How many values the module itself learns, as the arithmetic that leads there."""
        return " + ".join("*".join(map(str, p.shape)) or "1" for p in self.own_parameters())

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """The modules directly inside, by name."""
        return ((name, part) for name, part in vars(self).items() if isinstance(part, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, "Module"]]:
        """The module itself and all inside, each once, by its full name; its own is the prefix."""
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            inside = [(f"{name}.{part}" if name else part, m) for part, m in module.children()]
            stack.extend(reversed(inside))

    def named_tensors(self) -> Iterator[tuple[str, Parameter | Buffer]]:
        """Every parameter and buffer, each once, by its full name."""
        seen: set[int] = set()
        for name, module in self.named_modules():
            for own, value in vars(module).items():
                if isinstance(value, Parameter | Buffer) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{name}.{own}" if name else own, value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter, each once, by its full name."""
        return ((name, t) for name, t in self.named_tensors() if isinstance(t, Parameter))

    def parameters(self) -> list[Parameter]:
        """Every parameter, each once: what an optimizer takes."""
        return [parameter for _, parameter in self.named_parameters()]

    def own_parameters(self) -> list[Parameter]:
        """The parameters that belong to the module itself, not to a module inside."""
        return [value for value in vars(self).values() if isinstance(value, Parameter)]

    def train(self, mode: bool = True) -> Self:
        """Behave as in training: dropout drops, batch norm uses the batch's statistics.

        Frozen parts go on behaving as in use.
        """
        for _, module in self.named_modules():
            module.training = mode and not module.frozen
        return self

    def eval(self) -> Self:
        """Behave as in use: dropout lets everything pass, batch norm uses what it has learned."""
        return self.train(False)

    def saved_tensors(self) -> dict[str, Parameter | Buffer]:
        """Every parameter and saved buffer, by its full name: what files hold."""
        tensors = self.named_tensors()
        return {name: t for name, t in tensors if not isinstance(t, Buffer) or t.saved}

    def state_dict(self) -> dict[str, Any]:
        """The saved tensors as NumPy arrays of their own, by their full names."""
        return {name: t.numpy().copy() for name, t in self.saved_tensors().items()}

    def load_state_dict(self, state: Mapping[str, Any], *, strict: bool = True) -> None:
        """Take over values by name; either all of them, or with strict=False those that are there.

        Nothing changes when something does not fit.

        Raises    UsageError for missing or unknown names; ShapeError for another shape
        """
        mine = self.saved_tensors()
        missing, unknown = sorted(set(mine) - set(state)), sorted(set(state) - set(mine))
        if strict and (missing or unknown):
            raise UsageError(
                f"this state does not fit the model: missing are {missing or 'none'}, unknown are "
                f"{unknown or 'none'}; strict=False takes what fits"
            )
        fitting = {name: state[name] for name in mine if name in state}
        for name, values in fitting.items():
            if tuple(values.shape) != mine[name].shape:
                raise ShapeError(
                    f"{name} in this state has shape {tuple(values.shape)}, "
                    f"but the model's has {mine[name].shape}"
                )
        for name, values in fitting.items():
            target = mine[name]
            array = target.backend.asarray(values, dtype=dtype_name(target.data), like=target.data)
            # A copy, so that later learning never writes into the caller's arrays.
            target.data = target.backend.xp.asarray(array, copy=True)

    def to(self, backend: Backend) -> Self:
        """Move every parameter and buffer to another backend, in place."""
        for _, t in self.named_tensors():
            t.data = backend.asarray(t.numpy())
            t.grad = None
        return self

    def __repr__(self) -> str:
        inside = "".join(
            f"\n  ({name}): {str(part).replace(chr(10), chr(10) + '  ')}"
            for name, part in self.children()
        )
        return f"{type(self).__name__}({self.settings()}{inside + chr(10) if inside else ''})"

    def settings(self) -> str:
        """The module's hyperparameters, for people: "3, 32, kernel_size=(3, 3)"."""
        return ""


def positive(who: str, **sizes: int) -> None:
    """Raise UsageError unless every size is a whole number of 1 or more."""
    for name, size in sizes.items():
        if not isinstance(size, Integral) or size < 1:
            raise UsageError(f"{who}: {name} is {size!r}, but a whole number from 1 is needed")
