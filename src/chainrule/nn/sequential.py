"""Modules in a numbered row, and the most usual one: each after the other."""

from collections.abc import Iterator

from chainrule.errors import UsageError
from chainrule.nn.module import Module
from chainrule.tape import Tensor


class Parts(Module):
    """A module made of others in a row, named "0", "1", ... or by their keywords."""

    def __init__(self, *parts: Module, **named_parts: Module) -> None:
        numbered = {str(number): part for number, part in enumerate(parts)}
        for name, part in {**numbered, **named_parts}.items():
            if not isinstance(part, Module):
                who = type(self).__name__
                raise UsageError(f"{who}: part {name} is {part!r}, but a Module is needed")
            setattr(self, name, part)

    def __iter__(self) -> Iterator[Module]:
        return (part for _, part in self.children())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, position: int) -> Module:
        return list(self)[position]


class Sequential(Parts):
    """Each module takes what the one before it gave: Sequential(Linear(784, 50), ReLU(), ...).

    Forward   y = last(... second(first(x)))

    The parts are named "0", "1", ... as in PyTorch, or by the keywords they are given with:
    Sequential(conv1=Conv2d(3, 32, 3), relu1=ReLU()).
    """

    def forward(self, x: Tensor) -> Tensor:
        for part in self:
            x = part(x)
        return x
