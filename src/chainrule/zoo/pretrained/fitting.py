"""Which tensors of a checkpoint go where in a network, and what is said when they do not."""

from difflib import get_close_matches
from pathlib import Path

from chainrule.errors import UsageError
from chainrule.nn import Buffer, Module, init
from chainrule.zoo.pretrained.files import Tensors
from chainrule.zoo.recipe import Builder, Shape

COUNTER = "num_batches_tracked"
"""A batch norm's count of batches, which checkpoints before PyTorch 0.4.1 lack. Nothing uses it."""
SHOWN = 3
"""Names in an error; of the others, only the count."""

Shapes = dict[str, tuple[int, ...]]


def head_of(build: Builder, shape: Shape) -> set[str]:
    """The names of the tensors that grow with the number of classes: the layers that answer."""
    two, three = _shapes(build, shape, 2), _shapes(build, shape, 3)
    return {name for name in two if two[name] != three[name]}


def classes_in(tensors: Tensors, head: set[str]) -> int | None:
    """How many classes a checkpoint's head tells apart; None when it has no head."""
    there = (tensors[name] for name in sorted(head) if name in tensors)
    return next((values.shape[0] for values in there if values.ndim), None)


def saved_shapes(model: Module) -> Shapes:
    """The shapes of what a model's files hold, by name."""
    return {
        name: tensor.shape
        for name, tensor in model.named_tensors()
        if not isinstance(tensor, Buffer) or tensor.saved
    }


def check_fit(
    network: str, checkpoint: Path, wanted: Shapes, tensors: Tensors, new: set[str]
) -> None:
    """Raise UsageError, with all that is wrong in one sentence, unless the tensors fill a network.

    wanted: the shapes of the network's state
    new: what the checkpoint need not have
    """
    needed = [name for name in wanted if name not in new]
    missing = [name for name in needed if name not in tensors and not name.endswith(COUNTER)]
    unknown = [name for name in tensors if name not in wanted]
    other = [
        f"{name} of shape {tensors[name].shape}, where the network's is {wanted[name]}"
        for name in needed
        if name in tensors and tensors[name].shape != wanted[name]
    ]
    problems = []
    if missing:
        problems.append(f"lacks {_listed(missing)}{_nearest(missing[0], unknown)}")
    if unknown:
        problems.append(f"has {_listed(unknown)}, which the network has not")
    if other:
        more = f" and {len(other) - 1} more such" if other[1:] else ""
        problems.append(f"has {other[0]}{more}")
    if problems:
        raise UsageError(
            f"{checkpoint} does not fit {network}: it {', and '.join(problems)}; is it of another "
            "network, or for other images?"
        )


def _shapes(build: Builder, shape: Shape, classes: int) -> Shapes:
    with init.undrawn():
        return saved_shapes(build(shape, classes))


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _nearest(name: str, others: list[str]) -> str:
    near = get_close_matches(name, others, n=1)
    return f" (nearest to the first is {near[0]})" if near else ""
