"""What people write with tensors: +, *, @, [], < and the methods that are operations.

None of it is mathematics: each looks up what ops/ has put into the table.
"""

# mypy: disable-error-code="no-any-return"
# The table cannot say what tensors are: they stand on the floor above.

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

Operand = TypeVar("Operand")

operators: dict[str, Callable[..., Any]] = {}
"""What each operator and method below means; ops/ fills it in."""


class Operators(Generic[Operand]):
    """The operators and methods of a tensor.

    < and <= compare values. == does not: it asks whether two tensors are one object, as sets and
    dicts of tensors need it; ops.equal compares values.
    """

    __slots__ = ()
    __array_ufunc__ = None  # so that numpy_array * tensor asks the tensor

    def __add__(self, other: Any) -> Operand:
        return operators["add"](self, other)

    def __radd__(self, other: Any) -> Operand:
        return operators["add"](other, self)

    def __sub__(self, other: Any) -> Operand:
        return operators["subtract"](self, other)

    def __rsub__(self, other: Any) -> Operand:
        return operators["subtract"](other, self)

    def __mul__(self, other: Any) -> Operand:
        return operators["multiply"](self, other)

    def __rmul__(self, other: Any) -> Operand:
        return operators["multiply"](other, self)

    def __truediv__(self, other: Any) -> Operand:
        return operators["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Operand:
        return operators["divide"](other, self)

    def __pow__(self, exponent: float) -> Operand:
        return operators["power"](self, exponent)

    def __neg__(self) -> Operand:
        return operators["negate"](self)

    def __matmul__(self, other: Any) -> Operand:
        return operators["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Operand:
        return operators["matmul"](other, self)

    def __lt__(self, other: Any) -> Operand:
        return operators["less"](self, other)

    def __le__(self, other: Any) -> Operand:
        return operators["less_equal"](self, other)

    def __gt__(self, other: Any) -> Operand:
        return operators["less"](other, self)

    def __ge__(self, other: Any) -> Operand:
        return operators["less_equal"](other, self)

    def __getitem__(self, key: Any) -> Operand:
        return operators["get_item"](self, key)

    def sum(self, axis: Any = None, *, keepdims: bool = False) -> Operand:
        """See ops.sum."""
        return operators["sum"](self, axis, keepdims=keepdims)

    def mean(self, axis: Any = None, *, keepdims: bool = False) -> Operand:
        """See ops.mean."""
        return operators["mean"](self, axis, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Operand:
        """See ops.max."""
        return operators["max"](self, axis, keepdims=keepdims)

    def reshape(self, *shape: int | Sequence[int]) -> Operand:
        """See ops.reshape; the sizes may come one by one, or as one tuple."""
        return operators["reshape"](self, _one_by_one(shape))

    def transpose(self, *axes: int | Sequence[int]) -> Operand:
        """See ops.transpose; the axes may come one by one, or as one tuple."""
        return operators["transpose"](self, _one_by_one(axes) if axes else None)

    @property
    def T(self) -> Operand:  # noqa: N802  (the name NumPy and PyTorch gave it)
        """The tensor with its axes in reverse order."""
        return operators["transpose"](self, None)


def _one_by_one(numbers: Sequence[int | Sequence[int]]) -> Sequence[int]:
    """The numbers, or those in the one sequence that came instead."""
    if len(numbers) == 1 and isinstance(numbers[0], Sequence):
        return numbers[0]
    return numbers  # type: ignore[return-value]
