"""Faster classes for a backend, each proved equal to the plain rule it stands in for.

    threads.py             the work of one operation shared out over the cores
    blocks.py              element-by-element work in pieces that stay in cache
    memory.py              memory that stays with the process between steps
    numpy_optim.py         SGD, Adam, AdamW
    numpy_conv.py          Conv2d
    numpy_elementwise.py   ReLU, Dropout
    numpy_linear.py        Affine
    numpy_norm.py          BatchNorm
    numpy_pool.py          MaxPool2d, AvgPool2d
    torch_conv.py          Conv2d
    torch_winograd.py      the same for 3x3 filters between many channels, with fewer products
    torch_weights.py       its dw as one matrix product, where that is faster
    torch_pool.py          MaxPool2d, AvgPool2d
    torch_cells.py         max pooling cell by cell, for the compiler
    torch_norm.py          BatchNorm, for the compiler
    torch_compiled.py      what kernels for the compiler share
    torch_bfloat16.py      the same, and what must stay in float32, for bfloat16

A kernel is a subclass with the same two methods. The rule to read is the one in ops/; the tape runs
the kernel wherever the arrays are its backend's. To run the plain rules instead: plain_rules().
"""

from collections.abc import Iterator
from contextlib import contextmanager

from chainrule import ops, optim
from chainrule.backends import NUMPY, Backend, when_loaded
from chainrule.kernels.memory import keep_freed_memory
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


def _add_torch_kernels(backend: Backend) -> None:
    """They import torch, so they have to wait until somebody asks for it."""
    from chainrule.kernels.torch_bfloat16 import kernels_of
    from chainrule.kernels.torch_conv import LibraryConv2d
    from chainrule.kernels.torch_norm import SettledBatchNorm
    from chainrule.kernels.torch_pool import LibraryAvgPool2d, LibraryMaxPool2d

    keep_freed_memory()
    backend.kernels |= {
        ops.AvgPool2d: LibraryAvgPool2d,
        ops.BatchNorm: SettledBatchNorm,
        ops.Conv2d: LibraryConv2d,
        ops.MaxPool2d: LibraryMaxPool2d,
    }
    backend.kernels_in["bfloat16"] = kernels_of(backend.kernels)


when_loaded("torch", _add_torch_kernels)


@contextmanager
def plain_rules(backend: Backend = NUMPY) -> Iterator[None]:
    """Inside, a backend runs the rules of ops/ as they stand: to see what they keep, to compare."""
    before, backend.kernels = backend.kernels, {}
    try:
        yield
    finally:
        backend.kernels = before


__all__ = ["one_blas_thread", "plain_rules", "set_threads", "thread_count"]
