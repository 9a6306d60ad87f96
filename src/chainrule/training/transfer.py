"""Learning on from what another training has learned: a new head, and rates that fall below it."""

from collections.abc import Sequence

from chainrule.errors import UsageError
from chainrule.nn import Linear, Module, init
from chainrule.nn.freezing import last_linear
from chainrule.nn.module import Parameter
from chainrule.nn.sequential import Parts


def new_head(model: Module, classes: int, *, seed: int = 0) -> Linear:
    """Put a new last Linear, for so many classes, in place of a model's; the new one.

    seed: of its first weights

    Raises    UsageError for a model without a Linear, or fewer than one class
    """
    name, old = last_linear(model)
    with init.seeded(seed):
        head = Linear(old.in_features, classes, bias=old.bias is not None)
    head.to(old.weight.backend)
    inside, _, own = name.rpartition(".")
    setattr(dict(model.named_modules())[inside], own, head)
    return head


def stages(model: Module) -> list[tuple[str, list[Parameter]]]:
    """What a model learns, from the input to the head: the names of its stages, and their tensors.

    A stage is a part that learns, directly in the model; where such a part is a plain row of
    layers, each of these. A part without matrices or filters, such as a normalisation, belongs to
    the stage before it. The order is that in which the model names its parts. Frozen parameters
    are left out, and stages without any other.
    """
    found: list[tuple[str, list[Parameter]]] = []
    seen: set[int] = set()
    for name, part in _units(model):
        tensors = [p for p in part if id(p) not in seen]
        seen.update(id(p) for p in tensors)
        if found and all(p.ndim < 2 for p in tensors):
            found[-1][1].extend(tensors)
        else:
            found.append((name, tensors))
    learning = [(name, [p for p in tensors if p.needs_grad]) for name, tensors in found]
    return [(name, tensors) for name, tensors in learning if tensors]


def graded(model: Module, decay: float) -> list[tuple[list[Parameter], float]]:
    """What a model learns, in groups, each with the factor on its learning rate.

    Rule      factor = decay**(stages above it): 1 for the head, decay for the stage below it, ...

    Layers near the input have learned what suits any images, edges and colours, and need little
    change; those near the head are about the classes.

    Raises    UsageError when nothing is left to learn, or for a decay outside (0, 1]
    Source    Howard and Ruder 2018, "Universal Language Model Fine-tuning", section 3.2, who found
              decay 1 / 2.6
    """
    if not 0 < decay <= 1:
        raise UsageError(f"layer decay is {decay}, but a number over 0 and up to 1 is needed")
    if decay == 1:
        groups = [([p for p in model.parameters() if p.needs_grad], 1.0)]
    else:
        rising = stages(model)
        groups = [
            (tensors, decay ** (len(rising) - 1 - place))
            for place, (_, tensors) in enumerate(rising)
        ]
    if not any(tensors for tensors, _ in groups):
        raise UsageError(
            f"{type(model).__name__}: nothing is left to learn, for all of it is frozen: "
            "leave out the head, at least"
        )
    return groups


def _units(model: Module) -> list[tuple[str, Sequence[Parameter]]]:
    """The parts that learn, directly in the model, with their parameters; plain rows unrolled."""
    units: list[tuple[str, Sequence[Parameter]]] = []
    own = model.own_parameters()
    if own:
        units.append(("", own))
    for name, part in model.children():
        plain = isinstance(part, Parts) and not any(
            inside for one in part for inside in one.children()
        )
        inside = [(f"{name}.{n}", one) for n, one in part.children()] if plain else [(name, part)]
        units += [(n, one.parameters()) for n, one in inside if one.parameters()]
    return units
