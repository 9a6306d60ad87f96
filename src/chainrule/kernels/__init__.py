"""Faster classes for NumPy, each proved equal to the plain rule it stands in for.

    threads.py             the work of one operation shared out over the cores
    blocks.py              element-by-element work in pieces that stay in cache
    memory.py              memory that stays with the process between steps
    numpy_optim.py         SGD, Adam, AdamW
    numpy_conv.py          Conv2d
    numpy_elementwise.py   ReLU, Dropout
    numpy_linear.py        Affine
    numpy_norm.py          BatchNorm
    numpy_pool.py          MaxPool2d, AvgPool2d

A kernel is a subclass with the same two methods. The rule to read is the one in ops/; the tape runs
the kernel wherever the arrays are NumPy's. To run the plain rules instead: plain_rules().
"""

from collections.abc import Iterator
from contextlib import contextmanager

from chainrule import ops, optim
from chainrule.backends import NUMPY
from chainrule.kernels.numpy_conv import BlockedConv2d
from chainrule.kernels.numpy_elementwise import BlockedDropout, BlockedReLU
from chainrule.kernels.numpy_linear import SharedAffine
from chainrule.kernels.numpy_norm import BlockedBatchNorm
from chainrule.kernels.numpy_optim import BlockedAdam, BlockedAdamW, BlockedSGD
from chainrule.kernels.numpy_pool import BlockedAvgPool2d, BlockedMaxPool2d
from chainrule.kernels.threads import one_blas_thread, set_threads, thread_count

NUMPY.kernels |= {
    ops.Affine: SharedAffine,
    ops.AvgPool2d: BlockedAvgPool2d,
    ops.BatchNorm: BlockedBatchNorm,
    ops.Conv2d: BlockedConv2d,
    ops.Dropout: BlockedDropout,
    ops.MaxPool2d: BlockedMaxPool2d,
    ops.ReLU: BlockedReLU,
    optim.Adam: BlockedAdam,
    optim.AdamW: BlockedAdamW,
    optim.SGD: BlockedSGD,
}


@contextmanager
def plain_rules() -> Iterator[None]:
    """Inside, NumPy runs the rules of ops/ as they stand: to look at what they keep, to compare."""
    before, NUMPY.kernels = NUMPY.kernels, {}
    try:
        yield
    finally:
        NUMPY.kernels = before


__all__ = ["one_blas_thread", "plain_rules", "set_threads", "thread_count"]
