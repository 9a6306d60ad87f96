"""Which backend an array belongs to, and which one a name means."""

from typing import Any

from chainrule.backends.base import Array, Backend
from chainrule.errors import BackendError

_by_name: dict[str, Backend] = {}
_by_type: dict[type, Backend] = {}


def register(backend: Backend) -> None:
    """Let tensors be made of this backend's arrays from now on."""
    _by_name[backend.name] = backend
    _by_type[backend.array_type] = backend


def backend_of(array: Array) -> Backend:
    """The backend of an array, found by the array's type alone.

    Raises    BackendError when no registered backend has arrays of this type
    """
    try:
        return _by_type[type(array)]
    except KeyError:
        kind = f"{type(array).__module__}.{type(array).__qualname__}"
        raise BackendError(
            f"an array of type {kind} belongs to no backend: "
            f"known are {_known()}; wrap plain values with chainrule.tensor(...)"
        ) from None


def backend_named(name: str) -> Backend:
    """The backend that a user means by a name.

    Raises    BackendError when there is none of that name
    """
    try:
        return _by_name[name]
    except KeyError:
        raise BackendError(f"backend {name!r} is not one of {_known()}") from None


def is_array(value: Any) -> bool:
    """Whether a value is an array of a registered backend."""
    return type(value) in _by_type


def _known() -> str:
    return ", ".join(repr(name) for name in sorted(_by_name))
