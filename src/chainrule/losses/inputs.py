"""What may come into a loss: lists, arrays and tensors, and which of their values make sense."""

from typing import Any

from chainrule import ops
from chainrule.backends import NUMPY, backend_of, is_array
from chainrule.errors import UsageError
from chainrule.tape import Tensor, as_tensor, dtype_name, tensor

ROUNDING = 1e-5
"""How far a probability may lie over 1 before it is plainly none."""


def predicted(x: Any, like: Tensor | None = None) -> Tensor:
    """Predictions as a tensor of real numbers: what has none gets the dtype of like, or float32."""
    has_dtype = isinstance(x, Tensor) or is_array(x)
    if like is not None:
        found, dtype = given(x, like), dtype_name(like.data)
    else:
        found, dtype = as_tensor(x) if has_dtype else tensor(x), "float32"
    if has_dtype and found.backend.xp.isdtype(found.dtype, "real floating"):
        return found
    return Tensor(found.backend.asarray(found.data, dtype=dtype))


def given(t: Any, x: Tensor) -> Tensor:
    """Targets as a tensor of the predictions' backend; whole numbers in lists stay whole."""
    if isinstance(t, Tensor):
        return t
    if is_array(t) and backend_of(t) is x.backend:
        return Tensor(t)
    return Tensor(x.backend.asarray(NUMPY.asarray(t), like=x.data))


def given_shares(who: str, t: Any, x: Tensor) -> Tensor:
    """Targets as given, each of them a share of yes, or of a class.

    Raises    UsageError for one outside [0, 1]
    """
    shares = given(t, x)
    check_within(who, "targets", shares, 0, 1)
    return shares


def given_labels(who: str, t: Any, x: Tensor) -> Tensor:
    """Targets as given: for scores (N, K) class numbers (N,), each one of the K, or rows of shares.

    Raises    UsageError for a label outside 0..K-1, or a share outside [0, 1]
    """
    labels = given(t, x)
    if labels.shape == x.shape:
        return given_shares(who, labels, x)
    if x.ndim == 2 and labels.ndim == 1:
        ops.check_labels(labels.numpy(), x.shape[1])
    return labels


def check_within(
    who: str, what: str, values: Tensor, low: float, high: float, advice: str = ""
) -> None:
    """Raise UsageError unless all values lie between two bounds, but for rounding above."""
    smallest, largest = _ends(values, low)
    if smallest < low or largest > high + ROUNDING:
        worst = smallest if smallest < low else largest
        raise UsageError(f"{who}: {what} lie in [{low:g}, {high:g}], but {worst:.6g} came{advice}")


def check_share(who: str, **share: float) -> None:
    """Raise UsageError unless a setting is a share of something, in [0, 1]."""
    for name, value in share.items():
        if not 0 <= value <= 1:
            raise UsageError(f"{who}: {name} is {value}, but a share in [0, 1] is needed")


def check_positive(who: str, what: str, values: Tensor) -> None:
    """Raise UsageError unless all values are over 0."""
    smallest, _ = _ends(values, 1)
    if smallest <= 0:
        raise UsageError(f"{who}: {what} are over 0, but {smallest:.6g} came")


def _ends(values: Tensor, nothing: float) -> tuple[float, float]:
    """The smallest and the largest value; where there are none, both are `nothing`."""
    array = values.numpy()
    return (float(array.min()), float(array.max())) if array.size else (nothing, nothing)
