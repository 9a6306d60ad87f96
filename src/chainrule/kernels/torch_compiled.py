"""What kernels for torch's compiler share: whether it is at work, and what it may not put off."""

import torch

from chainrule.backends import Array


def compiled_for_processor(x: Array) -> bool:
    """Whether what is done with x is being compiled for a processor, not carried out."""
    return torch.compiler.is_compiling() and x.device.type == "cpu"


def computed(values: Array) -> Array:
    """The same values, in the memory of an array of their own.

    The compiler computes what it can where it is used, from what is larger or slower to find there.
    Of as_strided it needs to know the memory.
    """
    values = values.contiguous()
    return values.as_strided(values.shape, values.stride())
