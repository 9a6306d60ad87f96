"""Another start for a model that is already built."""

from chainrule.nn import init
from chainrule.nn.layer_norm import GroupNorm, LayerNorm
from chainrule.nn.module import Module
from chainrule.nn.norm import BatchNorm
from chainrule.tape import dtype_name


def initialise(
    model: Module,
    *,
    weights: init.Initialiser,
    bias: init.Initialiser = init.zeros,
) -> None:
    """Draw a model's weights and biases anew, in place.

    initialise(model, weights=init.he_normal)

    weights: for parameters of two axes or more; bias: for the others of the same layer.
    Normalisations, and layers that learn no weights, keep what they have. The draws are those of
    this thread's sequence: see init.seed.

    Raises    UsageError when an initialiser cannot work for a shape; then nothing has changed
    """
    drawn = []
    for _, module in model.named_modules():
        own = module.own_parameters()
        if isinstance(module, BatchNorm | LayerNorm | GroupNorm):
            continue
        if all(parameter.ndim < 2 for parameter in own):
            continue
        for parameter in own:
            initialiser = weights if parameter.ndim >= 2 else bias
            drawn.append((parameter, init.draw(initialiser, parameter.shape)))
    for parameter, values in drawn:
        data = parameter.data
        parameter.data = parameter.backend.asarray(values, dtype=dtype_name(data), like=data)
