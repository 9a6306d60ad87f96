"""What a model is made of, layer by layer: shapes, and counts with the arithmetic behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chainrule.backends import NUMPY
from chainrule.nn.module import Module, Parameter
from chainrule.nn.norm import BatchNorm
from chainrule.tape import Tensor, no_grad


@dataclass(frozen=True)
class LayerRow:
    """One layer of a summary.

    name          its full name in the model
    kind          its class
    output_shape  of one example, without the batch
    parameters    how many values it learns
    formula       the arithmetic behind parameters, "(3*3*32 + 1) * 64 = 18,496"; "" for none
    statistics    how many running statistics it follows without learning them
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    formula: str
    statistics: int


@contextmanager
def watching(model: Module) -> Iterator[list[tuple[Module, Tensor]]]:
    """Inside, every call of a layer (a module without modules inside) is listed with its output."""
    calls: list[tuple[Module, Tensor]] = []

    def note(module: Module, y: Tensor) -> None:
        calls.append((module, y))

    layers = [module for _, module in model.named_modules() if not any(module.children())]
    for layer in layers:
        layer.watchers = (*layer.watchers, note)
    try:
        yield calls
    finally:
        for layer in layers:
            layer.watchers = tuple(watcher for watcher in layer.watchers if watcher is not note)


def summary(model: Module, input_shape: tuple[int, ...]) -> list[LayerRow]:
    """Every layer in the order of its first call, found by sending one blank example through.

    input_shape: of one example, without the batch: (3, 32, 32)

    Raises    ShapeError when the example does not fit the model
    """
    names = {id(module): name for name, module in model.named_modules()}
    was_training = model.training
    model.eval()
    try:
        with watching(model) as calls, no_grad():
            model(Tensor(NUMPY.xp.zeros((1, *input_shape), dtype="float32")))
    finally:
        model.train(was_training)
    first_calls = {id(module): (module, y) for module, y in reversed(calls)}
    return [
        _row(names[id(module)], module, y) for module, y in reversed(list(first_calls.values()))
    ]


def _row(name: str, module: Module, y: Tensor) -> LayerRow:
    own = [value for value in vars(module).values() if isinstance(value, Parameter)]
    count = sum(parameter.data.size for parameter in own)
    return LayerRow(
        name=name,
        kind=type(module).__name__,
        output_shape=y.shape[1:],
        parameters=count,
        formula=f"{module.formula()} = {count:,}" if count else "",
        statistics=2 * module.num_features if isinstance(module, BatchNorm) else 0,
    )


def count_parameters(model: Module) -> int:
    """How many values a model learns; a shared one counts once."""
    return sum(parameter.data.size for parameter in model.parameters())
