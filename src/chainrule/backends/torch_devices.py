"""Which device torch computes on, and what it can multiply there without emulating it."""

import torch

from chainrule.errors import BackendError
from chainrule.machine import processor_flags

CPU_BFLOAT16 = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 BF16"}
"""What a processor's flags call its bfloat16 products, and people do."""


def device_named(device: str) -> str:
    """The device that a user means, "auto" among them; of several GPUs the first.

    Raises    BackendError when it is not there
    """
    there = _accelerators()
    if device == "auto":
        return there[0] if there else "cpu"
    name, _, number = device.partition(":")
    if device in ("cpu", *there) or (name in there and number in _numbers(name)):
        return device
    raise BackendError(
        f"device {device!r} is not there: torch {torch.__version__} finds "
        f"{', '.join((*there, 'cpu'))} on this machine"
    )


def _accelerators() -> list[str]:
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [name for name, is_there in found.items() if is_there]


def _numbers(name: str) -> list[str]:
    return [str(n) for n in range(torch.cuda.device_count() if name == "cuda" else 1)]


def native_bfloat16(device: str) -> str | None:
    """What multiplies bfloat16 natively on this device; None where that is emulated."""
    if device.startswith("cuda"):
        capable = torch.cuda.get_device_capability(device) >= (8, 0)
        return str(torch.cuda.get_device_name(device)) if capable else None
    if device != "cpu":
        return None
    flags = processor_flags()
    return next((name for flag, name in CPU_BFLOAT16.items() if flag in flags), None)


def precision_named(precision: str, device: str) -> tuple[str, str]:
    """The precision that a user means, and what is to be known about it, if anything.

    Raises    BackendError for a name that is none
    """
    native = native_bfloat16(device)
    if precision == "auto":
        if native:
            return "bfloat16", f"bfloat16 because {native} multiplies it natively"
        return "float32", ""
    if precision == "bfloat16" and not native:
        return precision, f"bfloat16 is emulated on this {device}: expect it to be slow"
    if precision not in ("float32", "bfloat16"):
        raise BackendError(f"precision {precision!r} is not one of auto, float32, bfloat16")
    return precision, ""
