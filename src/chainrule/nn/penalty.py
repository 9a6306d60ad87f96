"""Regularisers: a price on weights that the loss includes, and a limit that no weight may pass."""

from collections.abc import Iterable

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.nn.layer_norm import LayerNorm
from chainrule.nn.module import Module, Parameter
from chainrule.tape import Tensor, as_tensor


def weights(model: Module) -> list[Parameter]:
    """The parameters that regularisers act on: matrices and filters, no biases, nothing of norms.

    A bias is an offset and a norm's scale a unit of measure: neither makes a model more complex.
    """
    found = {
        id(w): w  # a shared one counts once
        for _, module in model.named_modules()
        if not isinstance(module, LayerNorm)  # the one norm whose scale may have two axes
        for w in module.own_parameters()
        if w.ndim >= 2
    }
    return list(found.values())


def penalty(of: Module | Iterable[Tensor], *, l1: float = 0.0, l2: float = 0.0) -> Tensor:
    """What large weights cost, to be added to the loss.

    Forward   y = l1 * sum of abs(w) + l2 * sum of w**2          over all weights w
    of: a model, whose weights count but not its biases and norms; or the tensors themselves
    l1: the lasso, which makes weights 0; l2: ridge, which keeps them small; both: elastic net

    With plain SGD, l2 is the same as weight decay of 2 * l2 in the optimizer; with Adam it is not.

    Raises    UsageError for a negative price
    Source    Hoerl and Kennard 1970; Tibshirani 1996; Zou and Hastie 2005
    """
    if not (l1 >= 0 and l2 >= 0):
        raise UsageError(f"penalty: l1 {l1} and l2 {l2} came, but neither may be negative")
    terms = []
    found = weights(of) if isinstance(of, Module) else list(of)
    for w in found:
        if l1:
            terms.append(l1 * ops.sum(ops.abs(w)))
        if l2:
            terms.append(l2 * ops.sum(w * w))
    nothing = as_tensor(0.0, found[0].data if found else None)
    return sum(terms, start=nothing)


def max_norm(of: Module | Iterable[Tensor], limit: float) -> None:
    """Shorten weight vectors that are longer than the limit: to be called after each step.

    Forward   w = w * limit / max(limit, norm(w))
    of: a model, whose weights are shortened but not its biases and norms; or the tensors themselves

    A vector is what lies at one place of the first axis: the weights into a unit of a Linear, a
    filter of a convolution, a row of an Embedding. A tensor of one axis is one vector.

    Raises    UsageError for a limit not over 0
    Source    Srivastava et al. 2014, "Dropout", section 5.1
    """
    if not limit > 0:
        raise UsageError(f"max_norm: the limit is {limit}, but a number over 0 is needed")
    limit = float(limit)
    for w in weights(of) if isinstance(of, Module) else of:
        xp = w.backend.xp
        inside = tuple(range(1, w.ndim)) or None
        norm = xp.sqrt(xp.sum(w.data**2, axis=inside, keepdims=True))
        w.data = w.data * (limit / xp.maximum(norm, limit))
