"""Which tensors of a checkpoint go where in a network, and what is said when they do not."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import FormatError, UsageError
from chainrule.nn import Module, init
from chainrule.zoo import network_named
from chainrule.zoo.pretrained.files import Tensors
from chainrule.zoo.recipe import Builder, Shape

COUNTER = "num_batches_tracked"
"""A batch norm's count of batches, which checkpoints before PyTorch 0.4.1 lack. Nothing uses it."""
WHOLE = (COUNTER, "adapted")
"""What networks save that need not be a float: counts, and whether something has been done."""
AUXILIARY = ("aux1", "aux2")
"""GoogLeNet's heads for training; people save it without them, for in use they are not asked."""
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


def dropped_heads(wanted: Iterable[str], tensors: Tensors) -> tuple[str, ...]:
    """The auxiliary heads of a network, by its names, of which a checkpoint has nothing."""
    ours, theirs = ({name.partition(".")[0] for name in names} for names in (wanted, tensors))
    return tuple(head for head in AUXILIARY if head in ours - theirs)


def saved_shapes(model: Module) -> Shapes:
    """The shapes of what a model's files hold, by name."""
    return {name: tensor.shape for name, tensor in model.saved_tensors().items()}


def with_weights(
    network: str,
    checkpoint: Path,
    tensors: Tensors,
    shape: Shape,
    classes: int,
    *,
    same: bool,
    seed: int,
) -> tuple[Module, list[str], tuple[str, ...]]:
    """A network with a checkpoint's tensors, the layers that begin anew, the heads it dropped.

    The layers whose size depends on the number of classes are taken over for the same classes only;
    for others, and where auxiliary heads are not in the file, they start as the seed draws them.

    Raises    UsageError when the tensors do not fill the network; FormatError for values that no
              network has
    """
    build = network_named(network)
    head = head_of(build, shape)
    dropped, anew = dropped_heads(head, tensors), set[str]() if same else head
    with init.seeded(seed) if dropped or anew else init.undrawn():
        model = build(shape, classes)
    taken = {name: values for name, values in tensors.items() if name not in anew}
    check_fit(network, checkpoint, saved_shapes(model), taken, anew)
    model.load_state_dict(taken, strict=False)
    layers = {name.rpartition(".")[0] for name in anew if name.partition(".")[0] not in dropped}
    return model, sorted(layers), dropped


def check_fit(
    network: str, checkpoint: Path, wanted: Shapes, tensors: Tensors, new: set[str]
) -> None:
    """Raise UsageError, with all that is wrong in one sentence, unless the tensors fill a network.

    wanted: the shapes of the network's state
    new: what the checkpoint need not have, beside auxiliary heads

    Raises    FormatError for values that no network has
    """
    dropped = dropped_heads(wanted, tensors)
    needed = [name for name in wanted if name not in new and name.partition(".")[0] not in dropped]
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
            "network, or for other images? A folder's are brought to those with --size, --colour "
            "or --grey; load_pretrained takes shape=(C, H, W)"
        )
    for name in needed:
        if name in tensors:
            _check_values(checkpoint, name, tensors[name])


def _check_values(checkpoint: Path, name: str, values: NDArray[Any]) -> None:
    if name.endswith(WHOLE):
        return
    if values.dtype.kind != "f":
        raise FormatError(
            f"{checkpoint}: {name} holds values of type {values.dtype}, but a network computes "
            "with floats: was it quantised? Save it as float32"
        )
    if not np.isfinite(values).all():
        raise FormatError(
            f"{checkpoint}: {name} has values that are NaN or infinite: its training has failed, "
            "so take another checkpoint"
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
