"""Which backend an array belongs to, and which one a name means."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.backends.base import Array, Backend
from chainrule.errors import BackendError

_by_name: dict[str, Backend] = {}
_by_type: dict[type, Backend] = {}
_loaders: dict[str, Callable[[], Backend]] = {}
_listeners: dict[str, list[Callable[[Backend], None]]] = {}


class _InUse(threading.local):
    """Backends that stand in for the registered ones of their type: a choice per thread."""

    def __init__(self) -> None:
        self.by_type: dict[type, Backend] = {}


_in_use = _InUse()


@contextmanager
def using(backend: Backend) -> Iterator[None]:
    """Inside, arrays of this backend's type belong to it: to its precision and its device.

    One library has many such backends, alike but for that; see Backend.configured.
    """
    before = _in_use.by_type
    _in_use.by_type = {**before, backend.array_type: backend}
    try:
        yield
    finally:
        _in_use.by_type = before


def register(backend: Backend) -> None:
    """Let tensors be made of this backend's arrays from now on."""
    _by_name[backend.name] = backend
    _by_type[backend.array_type] = backend
    for listener in _listeners.get(backend.name, ()):
        listener(backend)


def register_later(name: str, load: Callable[[], Backend]) -> None:
    """Know a backend by its name alone; its library is imported when somebody asks for it."""
    _loaders[name] = load


def when_loaded(name: str, listener: Callable[[Backend], None]) -> None:
    """Call the listener with this backend once it is registered, at once if it already is.

    So the floors above can give it kernels, and it need not know them.
    """
    _listeners.setdefault(name, []).append(listener)
    if name in _by_name:
        listener(_by_name[name])


def backend_of(array: Array) -> Backend:
    """The backend of an array, found by the array's type: the one in use, else the registered one.

    Raises    BackendError when no registered backend has arrays of this type
    """
    in_use = _in_use.by_type.get(type(array))
    if in_use is not None:
        return in_use
    try:
        return _by_type[type(array)]
    except KeyError:
        if (backend := _loaded(type(array))) is not None:
            return backend
        kind = f"{type(array).__module__}.{type(array).__qualname__}"
        raise BackendError(
            f"an array of type {kind} belongs to no backend: "
            f"known are {_known()}; wrap plain values with chainrule.tensor(...)"
        ) from None


def backend_named(name: str) -> Backend:
    """The backend that a user means by a name, loaded if it is not yet.

    Raises    BackendError when there is none of that name, or its library is missing
    """
    if name not in _by_name and name in _loaders:
        register(_loaders[name]())
    try:
        return _by_name[name]
    except KeyError:
        raise BackendError(f"backend {name!r} is not one of {_known()}") from None


def is_array(value: Any) -> bool:
    """Whether a value is an array of a backend."""
    return type(value) in _by_type or _loaded(type(value)) is not None


def plain_array(value: Any) -> Array | None:
    """A value that is an array of a backend or of a subtype, such as np.memmap, as the former.

    None for any other
    """
    for kind in type(value).__mro__:
        backend = _by_type.get(kind) or _loaded(kind)
        if backend is not None:
            return value if kind is type(value) else backend.asarray(value)
    return None


def _loaded(kind: type) -> Backend | None:
    """The backend of an array's type that is named after its library, and was not loaded yet."""
    for name in _loaders:
        # In this order: torch's tracer, which cannot follow the second half, has torch loaded.
        if name not in _by_name and kind.__module__.partition(".")[0] == name:
            backend = backend_named(name)
            return backend if backend.array_type is kind else None
    return None


def _known() -> str:
    return ", ".join(repr(name) for name in sorted(_by_name | _loaders))
