"""A tensor's history as boxes and links, ready to be laid out: what a picture of it shows."""

import inspect
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chainrule import ops
from chainrule.tape import Function, Tensor

SYMBOLS: dict[type[Function], str] = {
    ops.Add: "+",
    ops.Subtract: "-",
    ops.Multiply: "*",
    ops.Divide: "/",
    ops.MatMul: "@",
}

LARGE = 40
"""Tensors and functions above which a function and its result share a box."""


class Kind(Enum):
    """What a box stands for."""

    INPUT = "a leaf with a name, or one that needs a gradient"
    CONSTANT = "a nameless leaf: a number in a formula"
    FUNCTION = "a call of an operation"
    RESULT = "what came out of a call"
    STEP = "a call with its result"


@dataclass(frozen=True)
class Box:
    """One node of the picture.

    title     the tensor's name, or the function's symbol
    detail    smaller, below the title: shapes
    value     the tensor's value in short; "" when it is not shown
    gradient  its gradient in short; "" when it has none
    note      the longer story, for a pointer that rests on the box
    """

    kind: Kind
    title: str
    detail: tuple[str, ...] = ()
    value: str = ""
    gradient: str = ""
    note: str = ""


@dataclass(frozen=True)
class Graph:
    """Boxes, each after those it depends on, and links (from, to) between their positions.

    result: what the last tensor is called, whose gradients these are
    """

    boxes: list[Box]
    links: list[tuple[int, int]]
    result: str


def graph_of(root: Tensor) -> Graph:
    """The whole history of a tensor; in short form when it is large."""
    tensors = history(root)
    calls = sum(tensor.creator is not None for tensor in tensors)
    return _short(tensors) if len(tensors) + calls > LARGE else _full(tensors)


def history(root: Tensor) -> list[Tensor]:
    """Every tensor that root was computed from, each after its inputs; root comes last."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:  # a recursive walk would end at Python's limit of about 1,000 nodes
        tensor, inputs_done = stack.pop()
        if inputs_done:
            order.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack.extend((x, False) for x in reversed(inputs_of(tensor)))
    return order


def inputs_of(tensor: Tensor) -> tuple[Tensor, ...]:
    """What a tensor was computed from; nothing for a leaf."""
    return tensor.creator.inputs if tensor.creator else ()


def _full(tensors: list[Tensor]) -> Graph:
    """A box for each tensor, and one for each call."""
    names = _names(tensors)
    boxes: list[Box] = []
    links: list[tuple[int, int]] = []
    place: dict[int, int] = {}
    for tensor in tensors:
        if tensor.creator is not None:
            symbol = symbol_of(tensor.creator)
            links += [(place[id(x)], len(boxes)) for x in tensor.creator.inputs]
            links.append((len(boxes), len(boxes) + 1))
            boxes.append(Box(Kind.FUNCTION, symbol, note=page_of(tensor.creator)))
        place[id(tensor)] = len(boxes)
        boxes.append(_tensor_box(tensor, names.get(id(tensor), "")))
    return Graph(boxes, links, names.get(id(tensors[-1]), "the last value"))


def _short(tensors: list[Tensor]) -> Graph:
    """A box for each call with its result; weights and numbers are listed in the box they enter."""
    folded: set[int] = set()
    for tensor in tensors:
        for position, x in enumerate(inputs_of(tensor)):
            travels = position == 0 and not x.needs_grad  # the data, which the eye follows
            if x.creator is None and not travels:
                folded.add(id(x))
    boxes: list[Box] = []
    links: list[tuple[int, int]] = []
    place: dict[int, int] = {}
    for tensor in tensors:
        if id(tensor) in folded:
            continue
        inputs = inputs_of(tensor)
        links += [(place[id(x)], len(boxes)) for x in inputs if id(x) not in folded]
        place[id(tensor)] = len(boxes)
        boxes.append(_step_box(tensor, [_listed(x) for x in inputs if id(x) in folded]))
    return Graph(boxes, links, tensors[-1].name or "the last value")


def _tensor_box(tensor: Tensor, name: str) -> Box:
    leaf = tensor.creator is None
    constant = leaf and not tensor.name and not tensor.needs_grad
    return Box(
        kind=Kind.CONSTANT if constant else Kind.INPUT if leaf else Kind.RESULT,
        title=name,
        detail=(shape_text(tensor.shape),) if tensor.shape else (),
        value=in_short(tensor.numpy()),
        gradient=_gradient(tensor),
        note=_note(tensor),
    )


def _step_box(tensor: Tensor, inside: list[str]) -> Box:
    if tensor.creator is None:
        return _tensor_box(tensor, tensor.name or "")
    symbol = symbol_of(tensor.creator)
    name = f"{tensor.name} = {symbol}" if tensor.name else symbol
    shape = [f"\u2192 {shape_text(tensor.shape)}"] if tensor.shape else []
    return Box(
        kind=Kind.STEP,
        title=name,
        detail=(*inside, *shape),
        value=in_short(tensor.numpy()),
        gradient=_gradient(tensor),
        note=page_of(tensor.creator),
    )


def _listed(leaf: Tensor) -> str:
    """A weight or a number as a line in the box it enters."""
    shown = shape_text(leaf.shape) if leaf.shape else in_short(leaf.numpy())
    return f"{leaf.name or 'input'} {shown}"


def _gradient(tensor: Tensor) -> str:
    return "" if tensor.grad is None else in_short(tensor.backend.to_numpy(tensor.grad))


def _note(tensor: Tensor) -> str:
    lines = [str(tensor.numpy())]
    if tensor.grad is not None:
        lines.append(f"gradient {tensor.backend.to_numpy(tensor.grad)}")
    return "\n".join(lines) if len("".join(lines)) < 400 else ""


def _names(tensors: list[Tensor]) -> dict[int, str]:
    """What to call each tensor: its own name, or the next free letter; the last one is f."""
    taken = {tensor.name for tensor in tensors if tensor.name}
    letters = _free_letters(taken)
    names = {}
    for tensor in [tensors[-1], *tensors[:-1]]:
        if tensor.name:
            names[id(tensor)] = tensor.name
        elif tensor.needs_grad or tensor.creator is not None:
            names[id(tensor)] = next(letters)
    return names


def _free_letters(taken: Iterable[str]) -> Iterator[str]:
    letters = string.ascii_lowercase
    alphabet = letters[5:] + letters[:5]  # functions have been called f, g, h since Euler
    yield from (letter for letter in alphabet if letter not in taken)
    number = 1
    while True:
        yield f"t{number}"
        number += 1


def symbol_of(function: Function) -> str:
    """How formulas write an operation: "+", "**2", or its name."""
    if isinstance(function, ops.Power):
        return f"**{function.exponent:g}"
    return SYMBOLS.get(type(function), type(function).__name__)


def page_of(function: Function) -> str:
    """An operation's name and its page: the formulas forward and backward."""
    return f"{type(function).__name__}\n{inspect.getdoc(type(function)) or ''}".strip()


def shape_text(shape: tuple[int, ...]) -> str:
    """(64, 1, 3, 3) as people write sizes: "64 x 1 x 3 x 3", with the multiplication sign."""
    return " \u00d7 ".join(map(str, shape))


def in_short(array: Any) -> str:
    """A single value as it is; of more, the mean, the lowest and the highest."""
    if array.size == 0:
        return "empty"
    if array.size == 1:
        return _number(array.reshape(()).item())
    if array.dtype.kind in "iub":
        return f"{array.min()} to {array.max()}"
    wide = array.astype("float64")
    return f"mean {wide.mean():.2g}, {wide.min():.2g} to {wide.max():.2g}"


def _number(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
