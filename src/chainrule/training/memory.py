"""What to do when a step finds no memory: the batch size that would."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from chainrule.backends import Array, Backend, using
from chainrule.errors import TrainingError
from chainrule.nn import Module
from chainrule.tape import Tensor
from chainrule.training.losses import Loss
from chainrule.training.step import Prepare, scores_and_loss


@contextmanager
def batch_that_fits(
    model: Module,
    loss: Loss,
    images: Array,
    labels: Array,
    backend: Backend,
    *,
    prepare: Prepare,
) -> Iterator[None]:
    """Inside, a step on a batch; where it finds no memory, the size of one that does is said.

    That is found by halving: each half is tried forward and backward; what the optimizer keeps is
    already there. prepare: as in the step, from images to what the model is given

    Raises    TrainingError
    """
    try:
        yield
    except Exception as error:
        if not backend.is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)  # they hold all that the step had computed
        _refuse(model, loss, images, labels, backend, prepare)


def _refuse(
    model: Module, loss: Loss, images: Array, labels: Array, backend: Backend, prepare: Prepare
) -> NoReturn:
    size = len(images)
    fitting = size // 2
    while fitting and not _fits(
        model, loss, prepare, images[:fitting, ...], labels[:fitting, ...], backend
    ):
        fitting //= 2
    if not fitting:
        raise TrainingError(
            f"a batch of {size} images found no memory, and neither does a single one: free some "
            "memory, or use a smaller network or smaller images"
        )
    raise TrainingError(
        f"a batch of {size} images found no memory, but one of {fitting} does: choose batch size "
        f"{fitting}, or learn {size} in parts, with Trainer(accumulate={-(-size // fitting)})"
    )


def _fits(
    model: Module, loss: Loss, prepare: Prepare, images: Array, labels: Array, backend: Backend
) -> bool:
    try:
        with using(backend):
            _, value = scores_and_loss(model(Tensor(prepare(images))), Tensor(labels), loss)
            value.backward(keep=False)
    except Exception as error:
        if not backend.is_out_of_memory(error):
            raise
        return False
    finally:
        for parameter in model.parameters():
            parameter.grad = None
    return True
