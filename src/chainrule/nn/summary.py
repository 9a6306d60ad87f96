"""What a model is made of, layer by layer: shapes, and counts with the arithmetic behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chainrule.nn.module import Module
from chainrule.nn.norm import BatchNorm
from chainrule.tape import Tensor, as_tensor, no_grad


@dataclass(frozen=True)
class LayerRow:
    """One layer of a summary.

    name          its full name in the model
    kind          its class
    output_shape  of one example, without the batch
    parameters    how many values it holds
    formula       the arithmetic behind parameters, "(3*3*32 + 1) * 64 = 18,496"; "" for none
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    formula: str


@contextmanager
def watching(model: Module) -> Iterator[list[tuple[Module, Tensor]]]:
    """Inside, every call of a layer is listed with its output.

    A layer is a module without modules inside, or with parameters of its own beside them.
    """
    calls: list[tuple[Module, Tensor]] = []

    def note(module: Module, y: Tensor) -> None:
        calls.append((module, y))

    layers = [
        module
        for _, module in model.named_modules()
        if not any(module.children()) or module.own_parameters()
    ]
    for layer in layers:
        layer.watchers = (*layer.watchers, note)
    try:
        yield calls
    finally:
        for layer in layers:
            layer.watchers = tuple(watcher for watcher in layer.watchers if watcher is not note)


@contextmanager
def in_use(model: Module) -> Iterator[None]:
    """Inside, the model is in eval mode; then each module is back in its own."""
    modes = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def summary(
    model: Module, input_shape: tuple[int, ...], *, keras_count: bool = False
) -> list[LayerRow]:
    """Every layer in the order of its first call, found by sending one blank example through.

    input_shape: of one example, without the batch: (3, 32, 32)
    keras_count: count running statistics among the parameters, as Keras does; they are not learned

    Raises    ShapeError when the example does not fit the model
    """
    names = {id(module): name for name, module in model.named_modules()}
    with watching(model) as calls, in_use(model), no_grad():
        model(_blank(model, input_shape))
    rows: dict[int, LayerRow] = {}
    for module, y in calls:
        if id(module) not in rows:
            rows[id(module)] = _row(names[id(module)], module, y.shape[1:], keras_count)
    return list(rows.values())


def _blank(model: Module, input_shape: tuple[int, ...]) -> Tensor:
    """One example of zeros, of the library, dtype and device of the model's first tensor."""
    zero = as_tensor(0.0, next((t.data for _, t in model.named_tensors()), None))
    xp = zero.backend.xp
    return Tensor(xp.zeros((1, *input_shape), dtype=zero.dtype, device=zero.device))


def _row(name: str, module: Module, output_shape: tuple[int, ...], keras_count: bool) -> LayerRow:
    count = sum(parameter.size for parameter in module.own_parameters())
    formula = module.formula()
    if keras_count and isinstance(module, BatchNorm):
        learned = count // module.num_features
        count += 2 * module.num_features
        formula = f"({learned} + 2) * {module.num_features}"
    return LayerRow(
        name=name,
        kind=type(module).__name__,
        output_shape=output_shape,
        parameters=count,
        formula=f"{formula} = {count:,}" if count else "",
    )


def count_parameters(model: Module) -> int:
    """How many values a model learns; a shared one counts once, a frozen one not at all."""
    return sum(parameter.size for parameter in model.parameters() if parameter.needs_grad)
