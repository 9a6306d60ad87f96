"""One step of training, and one of evaluation, each as one function that a backend can compile."""

from collections.abc import Callable

from chainrule.backends import Array
from chainrule.nn import Module
from chainrule.optim import Optimizer
from chainrule.tape import Tensor, no_grad
from chainrule.training.losses import Loss

TrainingStep = Callable[[Array, Array, Array], tuple[Array, Array]]
EvaluationStep = Callable[[Array, Array], tuple[Array, Array]]


def make_training_step(model: Module, optimizer: Optimizer, loss: Loss) -> TrainingStep:
    """step(x, labels, lr) -> (loss, scores): forward, backward, and the optimizer's change.

    lr is a 0-d array, for a number would be compiled in. Values are checked outside, on what comes
    back: a look inside would break a compiled graph.
    """

    def step(x: Array, labels: Array, lr: Array) -> tuple[Array, Array]:
        scores = model(Tensor(x))
        value = loss(scores, Tensor(labels))
        value.backward(keep=False)
        optimizer.step(lr)
        optimizer.clear_gradients()
        return value.data, scores.data

    return step


def make_evaluation_step(model: Module, loss: Loss) -> EvaluationStep:
    """step(x, labels) -> (loss, scores): forward only, nothing recorded."""

    def step(x: Array, labels: Array) -> tuple[Array, Array]:
        with no_grad():
            scores = model(Tensor(x))
            return loss(scores, Tensor(labels)).data, scores.data

    return step
