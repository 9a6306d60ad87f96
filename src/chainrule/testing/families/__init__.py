"""Samples of every Function in ops/, one file per family, edges included.

elementwise.py  arithmetic
activations.py  activations
arrays.py       reductions, and what only moves values
linear.py       matrix products
losses.py       losses
norm.py         normalisation and dropout
images.py       convolution and pooling
"""

from chainrule.tape import Function
from chainrule.testing.families import (
    activations,
    arrays,
    elementwise,
    images,
    linear,
    losses,
    norm,
)
from chainrule.testing.sample import Sample

ALL: tuple[Sample, ...] = (
    *elementwise.SAMPLES,
    *activations.SAMPLES,
    *arrays.SAMPLES,
    *linear.SAMPLES,
    *losses.SAMPLES,
    *images.SAMPLES,
    *norm.SAMPLES,
)


def samples(function: type[Function] | None = None) -> tuple[Sample, ...]:
    """All samples, or those of one Function."""
    return tuple(sample for sample in ALL if function in (None, sample.function))
