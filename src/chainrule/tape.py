"""The heart: arrays that remember how they were computed, and the chain rule run backwards.

A Function is one operation: its forward rule above its backward rule, nothing else. Calling one on
tensors runs the forward rule and leaves a link, creator, from the result to the Function and from
the Function to its inputs. Those links are the tape. Tensor.backward follows them from the loss to
the leaves and hands each Function dy, the gradient of the loss with respect to its output; the
Function answers with one gradient per input.

    w = tensor(-2.0, name="w", needs_grad=True)
    f = w * 5.0 + 3.0
    f.backward()
    w.grad                                     # 5.0

Read this file first; the rules themselves stand in ops/.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any

from chainrule.backends import NUMPY, Array, Backend, Namespace, backend_of, is_array, plain_array
from chainrule.errors import ShapeError, UsageError
from chainrule.operators import Operators


class Tensor(Operators["Tensor"]):
    """An array, the gradient of a loss with respect to it, and the Function that computed it.

    data        the values, an array of some backend
    grad        dL/d(data) after backward, an array of the same shape; None before
    name        what people call it: shown in graphs and errors
    needs_grad  whether backward has to reach it
    creator     the Function it came out of; None for a leaf

    What +, @ and [] do to it stands in operators.py.
    """

    __slots__ = ("creator", "data", "grad", "name", "needs_grad")

    def __init__(
        self,
        data: Array,
        *,
        name: str | None = None,
        needs_grad: bool = False,
        creator: "Function | None" = None,
    ) -> None:
        self.data = data
        self.name = name
        self.needs_grad = needs_grad
        self.creator = creator
        self.grad: Array | None = None

    def backward(self, dy: Any = None, *, keep: bool = True) -> None:
        """Give every tensor this one depends on its gradient; leaves add to what they have.

        dy: the gradient of the loss with respect to this tensor, an array or a tensor of its shape;
        1 for a single value
        keep: leave the tape and the gradients between for people to look at; False frees each as
        soon as it has been used, as training wants

        Raises    UsageError without dy on more than one value, on a tensor without a history, or
                  where an earlier backward has freed a part of it; ShapeError for another dy
        """
        if not self.needs_grad:
            raise UsageError(
                f"backward: {self!r} depends on nothing that needs a gradient: "
                "give a leaf needs_grad=True"
            )
        xp = self.backend.xp
        if dy is None:
            if self.size != 1:
                raise UsageError(
                    f"backward: a tensor of shape {self.shape} has no single value to "
                    "differentiate: reduce it to one, or pass dy"
                )
            dy = xp.ones_like(self.data)
        else:
            dy = as_tensor(dy, self.data).data
            if dy.shape != self.data.shape:
                raise ShapeError(
                    f"dy has shape {tuple(dy.shape)}, but a gradient with respect to a tensor of "
                    f"shape {self.shape} has that shape, too",
                    "backward",
                )
        order = self.history()
        for tensor in order:
            tensor.grad = None
        self._receive(dy)
        while order:
            tensor = order.pop()
            function, dy = tensor.creator, tensor.grad
            assert function is not None
            if not keep:
                tensor.creator = tensor.grad = None
                tensor.needs_grad = False  # so that a second backward is refused, not silent
            function.send_back(xp, dy)

    def history(self) -> "list[Tensor]":
        """Every computed tensor this one depends on, each after all that it was computed from."""
        order: list[Tensor] = []
        seen: set[int] = set()
        stack = [(self, False)]
        while stack:  # a recursive walk would end at Python's limit of about 1,000 nodes
            tensor, inputs_done = stack.pop()
            if inputs_done:
                order.append(tensor)
            elif tensor.creator is not None and id(tensor) not in seen:
                seen.add(id(tensor))
                stack.append((tensor, True))
                stack.extend((x, False) for x in tensor.creator.inputs if x.needs_grad)
        return order

    def _receive(self, dx: Array) -> None:
        """Add one path's gradient, in this tensor's dtype, to those that came by other paths."""
        if dx.shape != self.data.shape:
            raise ShapeError(
                f"a gradient of shape {tuple(dx.shape)} came for {self.name or 'a tensor'} of "
                f"shape {self.shape}: a backward rule returns one of its input's shape"
            )
        if dx.dtype != self.data.dtype:  # beside float64 inputs a float32 parameter stays float32
            xp = self.backend.xp
            if xp.isdtype(self.data.dtype, "real floating"):
                dx = xp.astype(dx, self.data.dtype)
        self.grad = dx if self.grad is None else self.grad + dx

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)

    @property
    def ndim(self) -> int:
        return len(self.data.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def device(self) -> Any:
        return self.data.device

    @property
    def backend(self) -> Backend:
        return backend_of(self.data)

    def detach(self) -> "Tensor":
        """The same values without their history: a gradient that arrives here goes no further."""
        return Tensor(self.data, name=self.name)

    def numpy(self) -> Any:
        """The values as a NumPy array, without the tape."""
        return self.backend.to_numpy(self.data)

    def item(self) -> float:
        """The value of a tensor that has only one, as a Python number.

        Raises    UsageError for any other
        """
        if self.size != 1:
            raise UsageError(
                f"a tensor of shape {self.shape} has no single value to take as a number or as a "
                "truth: reduce it to one, or look at numpy()"
            )
        return float(self.numpy().reshape(()))

    def __repr__(self) -> str:
        extra = f", name={self.name!r}" if self.name else ""
        extra += ", needs_grad=True" if self.needs_grad else ""
        values = str(self.numpy()).replace("\n", "\n       ")
        return f"tensor({values}{extra})"

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor of a single value has no length")
        return self.shape[0]

    def __iter__(self) -> "Iterator[Tensor]":
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.item())


class Function:
    """One operation: a forward rule and a backward rule, written against xp, free of any library.

    A new operation is a subclass with the two methods; its hyperparameters go into __init__ (real
    ones as float(...): a number of NumPy's would make float32 values float64), and whatever
    backward needs, forward saves as a named attribute for viewers to show.

        class Square(Function):
            def forward(self, xp, x):
                self.x = x
                return x**2

            def backward(self, xp, dy):
                return 2 * self.x * dy

    One object serves one call. self.needs tells backward, input by input, who wants a gradient:
    a costly one that nobody wants may be left out as None.
    """

    inputs: tuple[Tensor, ...] = ()
    needs: tuple[bool, ...] = ()
    rule: "type[Function]"

    def __call__(self, *values: Any) -> Tensor:
        inputs = _as_inputs(values)
        if self.inputs:
            raise UsageError(f"this {type(self).__name__} was called before: one object, one call")
        backend = backend_of(inputs[0].data)
        array_type = backend.array_type
        for x in inputs:
            if type(x.data) is not array_type:
                raise self._mixed(backend, x.backend)
        # The plain rule, or the backend's kernel for it: a subclass proved equal.
        self.rule = backend.kernels.get(type(self), type(self))
        self.needs = tuple([x.needs_grad and _tape.recording for x in inputs])
        try:
            y = self.rule.forward(self, backend.xp, *[x.data for x in inputs])
        except ShapeError as error:
            error.operation = error.operation or type(self).__name__
            raise
        if type(y) is not array_type:  # NumPy turns results without axes into scalars
            y = backend.asarray(y)
        if not any(self.needs):
            return Tensor(y)
        self.inputs = inputs
        return Tensor(y, needs_grad=True, creator=self)

    def _mixed(self, first: Backend, other: Backend) -> UsageError:
        """What to raise where inputs of two libraries came."""
        return UsageError(
            f"{type(self).__name__}: arrays of {first.name!r} and {other.name!r} came, but an "
            "operation computes in one library: move a model with model.to(...), or a value with "
            "tensor(..., backend=...)"
        )

    def send_back(self, xp: Namespace, dy: Array) -> None:
        """Run the backward rule, and give each input that needs it its gradient."""
        gradients = self.rule.backward(self, xp, dy)
        if not isinstance(gradients, tuple):
            gradients = (gradients,)
        for x, dx, needed in zip(self.inputs, gradients, self.needs, strict=True):
            if not needed:
                continue
            if not x.needs_grad:
                raise freed("backward", x)
            if dx is None:
                raise UsageError(
                    f"{type(self).__name__} has no gradient for {x.name or 'an input'} of shape "
                    f"{x.shape}: pass it without needs_grad"
                )
            x._receive(dx)

    def forward(self, xp: Namespace, *arrays: Array) -> Array:
        """The values of the output from the values of the inputs."""
        raise NotImplementedError

    def backward(self, xp: Namespace, dy: Array) -> Array | tuple[Array | None, ...]:
        """One gradient per input from dy, the gradient of the output; None where there is none."""
        raise NotImplementedError


def freed(who: str, x: Tensor) -> UsageError:
    """What to raise where an input that needed a gradient is no longer on the tape."""
    return UsageError(
        f"{who}: {x!r} was freed by an earlier backward(keep=False): keep what two losses share "
        "with keep=True, or add the losses up first"
    )


def _as_inputs(values: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """What an operation was called with, as tensors; a number is like the first real ones there."""
    arrays = [value.data for value in values if isinstance(value, Tensor)]
    if len(arrays) == len(values):
        return values
    # Not simply the first: where(x < 2, 0.1, x) begins with a condition.
    real = (a for a in arrays if backend_of(a).xp.isdtype(a.dtype, "real floating"))
    like = next(real, arrays[0] if arrays else None)
    return tuple([as_tensor(value, like) for value in values])


class _Tape(threading.local):
    """Whether calls are recorded: one switch per thread."""

    def __init__(self) -> None:
        self.recording = True  # a class's attribute would be hidden by the first no_grad in a graph


_tape = _Tape()


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, nothing is recorded in this thread: for evaluation, which never goes backward."""
    before, _tape.recording = _tape.recording, False
    try:
        yield
    finally:
        _tape.recording = before


def tensor(
    values: Any,
    *,
    name: str | None = None,
    needs_grad: bool = False,
    dtype: str | None = None,
    backend: Backend | None = None,
) -> Tensor:
    """A leaf from numbers, lists or an array.

    Python numbers become float32 (whole ones too: a gradient is no whole number); an array keeps
    its dtype, and its backend unless another is given. dtype is a name, such as "float64".
    """
    found = plain_array(values)
    if found is not None:
        values, backend = found, backend or backend_of(found)
        dtype = dtype or dtype_name(found)
    array = (backend or NUMPY).asarray(values, dtype=dtype or "float32")
    return Tensor(array, name=name, needs_grad=needs_grad)


def as_tensor(value: Any, like: Array | None = None) -> Tensor:
    """A tensor as it is; an array wrapped; a number as a constant of the backend and dtype of like.

    Raises    UsageError for anything else
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Real):
        if like is None:
            return tensor(value)
        backend = backend_of(like)
        kept = backend.xp.isdtype(like.dtype, "real floating")
        dtype = dtype_name(like) if kept else "float32"
        return Tensor(backend.asarray(value, dtype=dtype, like=like))
    if is_array(value):
        return Tensor(value)
    raise UsageError(
        f"a tensor or a number was expected, but {value!r} of type {type(value).__name__} came: "
        "wrap it with tensor(...)"
    )


def dtype_name(array: Array) -> str:
    """An array's dtype as every library calls it: "float32", also for torch.float32."""
    return str(array.dtype).rpartition(".")[2]
