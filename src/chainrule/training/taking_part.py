"""What takes part in learning: which batches of an epoch, and which tensors of a model."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from chainrule.nn import Module
from chainrule.nn.norm import BatchNorm
from chainrule.tape import Tensor


def batches_learned(model: Module, images: int, batch_size: int, *, accumulate: int = 1) -> int:
    """How many of an epoch's batches a model learns from: all, or all but a last, smaller one.

    accumulate: parts in which a batch is learned

    A model with batch norm leaves that one out where a part of it would be a single image. On its
    own, an image has no variance in (N, C) and in maps of one pixel; in larger maps it has only
    its own, which tells nothing of the batch. So the maps' sizes need not be known. In the next
    epoch's order these images have other places.

    Where the parts of full batches are single images, too, nothing is left out: that was asked
    for, and the last batch can do what the full ones can. A frozen batch norm minds nothing.
    """
    full, rest = divmod(images, batch_size)
    by_batch = any(
        isinstance(part, BatchNorm) and not part.frozen for _, part in model.named_modules()
    )
    fewest = 2 * accumulate if by_batch and batch_size >= 2 * accumulate else 1
    return full + (rest >= fewest)


@contextmanager
def gradients_only_for(tensors: Iterable[Tensor], model: Module) -> Iterator[None]:
    """Inside, none of the model's other parameters needs a gradient.

    Nothing would clear theirs from step to step, and backward need not compute them.
    """
    learning = {id(tensor) for tensor in tensors}
    others = [p for p in model.parameters() if p.needs_grad and id(p) not in learning]
    for parameter in others:
        parameter.needs_grad = False
    try:
        yield
    finally:
        for parameter in others:
            parameter.needs_grad = True
