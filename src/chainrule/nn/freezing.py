"""Parts of a model that keep what they have learned, while the rest goes on learning."""

from difflib import get_close_matches

from chainrule.errors import UsageError
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module

BODY = "features"
"""In a model without a part of that name: everything below the head."""


def freeze(model: Module, *parts: str) -> None:
    """Let parts of a model stay as they are; all of it unless parts are named.

        freeze(model, "features")            one part, with all that is inside
        freeze(model, "conv1", "layer1")     several
        freeze(model, "0", "1", "2")         of a Sequential, whose parts are numbered

    "features", where no part is called so, means everything but the head: the last Linear.

    A frozen part's parameters get no gradient, and what lies below it is not gone back through. It
    behaves as in use, whatever train says: dropout rests, and batch norm uses and keeps its running
    statistics. The last is a trap elsewhere. PyTorch's requires_grad=False leaves batch norm in
    training mode, where it goes on standardising by the batch and moving its statistics: the frozen
    part changes all the same, and is not in training what it is in use. Keras's trainable=False
    switches it to use, too, but as soon as it is trainable again, in fine-tuning, the batches'
    statistics come back and undo what was learned, unless it is called with training=False.

    An optimizer that holds frozen parameters passes them over, without decay.

    Raises    UsageError for a part that is not there; then nothing has changed
    """
    _set(model, parts, frozen=True)


def unfreeze(model: Module, *parts: str) -> None:
    """Let parts of a model learn again; all of it unless parts are named. See freeze.

    Their batch norms use the batches' statistics again from the next model.train() on.

    Raises    UsageError for a part that is not there; then nothing has changed
    """
    _set(model, parts, frozen=False)


def last_linear(model: Module) -> tuple[str, Linear]:
    """The layer that gives the scores, the last Linear, and its name.

    Raises    UsageError without one
    """
    linear = [(name, part) for name, part in model.named_modules() if isinstance(part, Linear)]
    if not linear:
        raise UsageError(f"{type(model).__name__} has no linear layer, which a head would be")
    return linear[-1]


def _set(model: Module, parts: tuple[str, ...], *, frozen: bool) -> None:
    chosen = [one for part in parts for one in _inside(model, part)]
    for _, module in chosen if parts else model.named_modules():
        module.frozen = frozen
        for parameter in module.own_parameters():
            parameter.needs_grad = not frozen
        if frozen:
            module.training = False


def _inside(model: Module, part: str) -> list[tuple[str, Module]]:
    """The module of that name and all modules inside it."""
    modules = [(name, module) for name, module in model.named_modules() if name]
    found = [one for one in modules if one[0] == part or one[0].startswith(f"{part}.")]
    if not found and part == BODY:
        head, _ = last_linear(model)
        return [one for one in modules if not f"{head}.".startswith(f"{one[0]}.")]
    if not found:
        names = [name for name, _ in modules]
        near = get_close_matches(part, names, n=1)
        top = ", ".join(name for name, _ in model.children())
        hint = f"did you mean {near[0]}?" if near else f"its parts are {top}"
        raise UsageError(f"{type(model).__name__} has no part {part!r}: {hint}")
    return found
