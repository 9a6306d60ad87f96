"""What all losses share: settings kept in an object, and one number from many."""

from collections.abc import Callable
from typing import Any, ClassVar

from chainrule import ops
from chainrule.errors import UsageError
from chainrule.tape import Tensor


class Loss:
    """A loss function together with its settings; calling it calls the function.

    A subclass is a frozen dataclass: its fields are the function's keywords, reduction among them.
    """

    function: ClassVar[Callable[..., Tensor]]
    reduction: str

    def __post_init__(self) -> None:
        check_reduction(type(self).__name__, self.reduction)

    def __call__(self, *inputs: Any) -> Tensor:
        return type(self).function(*inputs, **vars(self))


def check_reduction(who: str, reduction: str) -> None:
    """Raise UsageError unless a reduction is known."""
    if reduction not in ("mean", "sum", "none"):
        raise UsageError(
            f'{who}: reduction is {reduction!r}, but "mean", "sum" or "none" is needed'
        )


def reduced(who: str, values: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of all values, or the values themselves.

    Raises    UsageError for another reduction; ShapeError for a mean of nothing
    """
    check_reduction(who, reduction)
    if reduction == "mean":
        return ops.mean(values)
    return ops.sum(values) if reduction == "sum" else values
