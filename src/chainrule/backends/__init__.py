"""Array libraries behind one door.

    base.py      what a backend must offer
    registry.py  which backend an array belongs to
    numpy.py     the one that is always there
    torch.py     PyTorch, loaded when it is first named
    torch_devices.py  where it computes, and in what precision
    torch_guards.py   what is checked before each compiled step
    versions.py  whether it can be used
    hashing.py   random bytes that depend on a key and a position, and on nothing else

A rule in ops/ is written against `xp`, the namespace its backend hands it, and never asks which
library it runs on. A new library is one subclass of Backend and one call of register().
"""

import os
import warnings
from pathlib import Path

from chainrule.backends.base import Array, Backend, Namespace
from chainrule.backends.numpy import NUMPY
from chainrule.backends.registry import (
    backend_named,
    backend_of,
    is_array,
    plain_array,
    register,
    register_later,
    using,
    when_loaded,
)
from chainrule.backends.versions import why_no_torch
from chainrule.errors import BackendError
from chainrule.version import __version__


def _torch() -> Backend:
    """torch takes seconds to import, and this is its one door."""
    # Its threads spin while they wait for each other. 10,000 rounds cost an idle machine nothing;
    # beside another busy program, GNU OpenMP's own millions made steps 30 times as slow.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    # Once imported, torch's compiler has settled on a folder in /tmp.
    if "TORCHINDUCTOR_CACHE_DIR" not in os.environ and (folder := _folder_of_compiled_steps()):
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder)
    try:
        from chainrule.backends.torch import TorchBackend
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("torch", "array_api_compat"):
            raise
        raise BackendError(
            "backend 'torch' needs PyTorch: pip install 'chainrule[torch]'"
        ) from error
    return TorchBackend()


def _folder_of_compiled_steps() -> Path | None:
    """Where they stay from one start to the next; None, with a warning, where nothing can be kept.

    Each version of ours has its own: torch's compiler does not see when an operation that it cannot
    look into has changed.
    """
    from platformdirs import user_cache_path

    folder = user_cache_path("chainrule") / "torch" / __version__
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
        problem = "it cannot be written to"
    except OSError as error:
        problem = str(error)
    warnings.warn(
        f"compiled steps cannot be kept in {folder} ({problem}), so they go to a temporary folder",
        stacklevel=2,
    )
    return None


register(NUMPY)
register_later("torch", _torch)

__all__ = [
    "NUMPY",
    "Array",
    "Backend",
    "Namespace",
    "backend_named",
    "backend_of",
    "is_array",
    "plain_array",
    "register",
    "register_later",
    "using",
    "when_loaded",
    "why_no_torch",
]
