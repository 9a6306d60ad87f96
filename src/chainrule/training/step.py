"""One step of training, and one of evaluation, each as one function that a backend can compile."""

from collections.abc import Callable

from chainrule.backends import Array
from chainrule.nn import Heads, Module
from chainrule.optim import Optimizer
from chainrule.tape import Tensor, no_grad
from chainrule.training.losses import Loss
from chainrule.training.test_time import as_they_are

TrainingStep = Callable[[Array, Array, Array], tuple[Array, Array]]
PredictionStep = Callable[[Array], Array]
Prepare = Callable[[Array], Array]
"""From images as they are in memory to what a model is given: Preprocessing.on, for example."""


def make_training_step(
    model: Module,
    optimizer: Optimizer,
    loss: Loss,
    *,
    prepare: Prepare = as_they_are,
    accumulate: int = 1,
) -> TrainingStep:
    """step(images, labels, lr) -> (loss, scores): forward, backward, and the optimizer's change.

    prepare: what is done to the images before the model sees them
    accumulate: in how many parts, one after the other, the batch goes forward and backward before
    the optimizer hears of their mean gradient: less memory, but statistics of the part alone

    lr is an array of one value: a number would be compiled in, and for a 0-d array of float64 torch
    traces the whole step twice. Values are checked outside, on what comes back: a look inside would
    break a compiled graph.
    """

    def step(images: Array, labels: Array, lr: Array) -> tuple[Array, Array]:
        xp, N = optimizer.backend.xp, images.shape[0]
        values, answers = [], []
        for some in _parts(N, accumulate):
            outputs = model(Tensor(prepare(images[some, ...])))
            scores, value = scores_and_loss(outputs, Tensor(labels[some, ...]), loss)
            value = value * ((some.stop - some.start) / N)
            value.backward(keep=False)  # parameters add up what they get
            values.append(value.data)
            answers.append(scores.data)
        optimizer.step(xp.reshape(lr, ()))
        optimizer.clear_gradients()
        return sum(values[1:], values[0]), xp.concat(answers)

    return step


def _parts(N: int, count: int) -> list[slice]:
    """N examples cut into so many parts, as equal as can be."""
    count = min(N, count)
    return [slice(i * N // count, (i + 1) * N // count) for i in range(count)]


def scores_and_loss(outputs: Tensor | Heads, labels: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
    """The scores, and the value to be made smaller, to which auxiliary heads add their share."""
    if not isinstance(outputs, Heads):
        return outputs, loss(outputs, labels)
    value = loss(outputs.scores, labels)
    for head in outputs.auxiliary:
        value = value + outputs.weight * loss(head, labels)
    return outputs.scores, value


def make_prediction_step(model: Module, *, prepare: Prepare = as_they_are) -> PredictionStep:
    """step(images) -> scores: forward only, nothing recorded."""

    def step(images: Array) -> Array:
        with no_grad():
            scores: Array = model(Tensor(prepare(images))).data
        return scores

    return step
