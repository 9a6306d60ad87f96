"""PyTorch as an array library and a compiler; its autograd, nn and optim are not used.

A whole training step is traced by torch.compile into one graph. What its tracer cannot follow in
array_api_compat is replaced in XP.
"""

import copy
import itertools
import math
import os
import shutil
import types
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import array_api_compat.torch
import numpy as np
import torch
from torch._dynamo.exc import FailOnRecompileLimitHit, TorchDynamoException
from torch._dynamo.utils import counters

from chainrule.backends.base import Array, Backend
from chainrule.backends.hashing import MULTIPLIER_1, MULTIPLIER_2, WORD
from chainrule.backends.torch_devices import device_named, precision_named
from chainrule.backends.torch_guards import worth_checking
from chainrule.backends.versions import why_too_old
from chainrule.errors import BackendError

COMPILERS = ("g++", "clang++", "c++", "cl")
"""Where CXX names none, the first of these that is there; torch itself knows one per system."""
OURS = (str(Path(__file__).parents[1]), str(Path(torch.__file__).parent))
"""Folders of code that a user did not write, nor can mend."""
CUDA_GRAPHS: dict[str, Any] = {"triton.cudagraphs": True, "triton.cudagraph_trees": False}
"""Kernels launched as one graph. Each replay writes its results where the last one's were, and
copies what it is given first: so new weights may be the next replay's input. (Trees of graphs
refuse that.) What a step returns has to be read before the next."""
VECTORS = ("AVX2", "AVX512")
"""What torch computes with here, its compiler may use. To find out, it would load a library in a
process of its own, at every start: a second of the five that a graph from its cache takes."""
NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")
"""What torch says on Linux, on Windows, and of Apple's GPUs, without an error class of its own."""
REMEDIES = {"operator `matmul`": "torch 2.13 cannot trace a @ b of ours: write ops.matmul(a, b)"}
"""For what torch says it cannot trace."""


# torch's own compiler calls it, so that nobody who reads this could do anything about it.
warnings.filterwarnings(
    "ignore", r"`torch\._prims_common\.check` is deprecated", category=FutureWarning
)


def _maximum(a: Array, b: Any) -> Array:
    return torch.maximum(a, b) if isinstance(b, torch.Tensor) else torch.clamp_min(a, b)


def _minimum(a: Array, b: Any) -> Array:
    return torch.minimum(a, b) if isinstance(b, torch.Tensor) else torch.clamp_max(a, b)


XP = types.SimpleNamespace(
    **vars(array_api_compat.torch) | {"maximum": _maximum, "minimum": _minimum}
)
"""The array API for torch; with a number for b, the library's own two would break the graph."""


class TorchBackend(Backend):
    """torch, on the processor in float32 unless configured otherwise.

    Raises    BackendError when torch is too old
    """

    name = "torch"
    version = version("torch")
    array_type = torch.Tensor
    xp = XP
    worth_compiling = 60.0  # compiling takes about 20 s, and saves about a third of a step

    def __init__(self) -> None:
        super().__init__()
        if problem := why_too_old(self.version):
            raise BackendError(
                f"backend 'torch': {problem}: pip install --upgrade 'chainrule[torch]'"
            )

    def configured(
        self, *, device: str = "auto", precision: str = "auto", compiling: bool | None = None
    ) -> "TorchBackend":
        """torch on cpu, cuda, cuda:1 or mps, in float32 or bfloat16."""
        chosen = copy.copy(self)
        chosen.device = device_named(device)
        chosen.precision, chosen.remark = precision_named(precision, chosen.device)
        chosen.kernels = self.kernels_in.get(chosen.precision, self.kernels)
        if compiling is not None:
            chosen.worth_compiling = 0.0 if compiling else math.inf
        return chosen

    @property
    def graphs(self) -> int:
        """How many graphs torch's compiler has been given in this process."""
        return int(counters["stats"]["unique_graphs"])

    @property
    def free_memory(self) -> int | None:
        """Bytes left on a CUDA device. Apple's GPUs share the processor's memory."""
        if not self.device.startswith("cuda"):
            return None
        return int(torch.cuda.mem_get_info(self.device)[0])

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether an error says that an array found no memory, on the processor or beside it."""
        if isinstance(error, MemoryError | torch.OutOfMemoryError):
            return True
        return isinstance(error, RuntimeError) and any(words in str(error) for words in NO_MEMORY)

    def asarray(self, values: Any, dtype: str | None = None, *, like: Array | None = None) -> Array:
        """A torch array; one that already fits, also NumPy's on the processor, shares its memory.

        uint32, which torch can hold but not add, becomes int64.
        """
        device = self.device if like is None else like.device
        wanted = None if dtype is None else _dtype_named(dtype, str(device))
        if isinstance(values, torch.Tensor):
            if type(values) is not torch.Tensor:  # a Parameter of torch's, which records for itself
                values = values.detach().as_subclass(torch.Tensor)
            return values if wanted is None else values.to(wanted)
        if isinstance(values, float):  # NumPy's default, not torch's
            wanted = wanted or _dtype_named("float64", str(device))
        if isinstance(values, int | float):
            return torch.asarray(values, dtype=wanted, device=device)
        array = np.asarray(values)
        if array.dtype == np.uint32:
            array = array.astype(np.int64)
        if not array.flags.writeable or min(array.strides, default=0) < 0:
            array = np.array(array, order="C")  # torch shares neither kind of memory
        wanted = wanted or _dtype_named(array.dtype.name, str(device))
        return torch.asarray(array, dtype=wanted, device=device)

    def to_numpy(self, array: Array) -> np.ndarray:
        """The same values, on the processor in the same memory; bfloat16 as float32."""
        if array.dtype == torch.bfloat16:  # which NumPy has not
            array = array.float()
        return np.asarray(array.numpy(force=True))

    def holds(self, truth: Array, otherwise: str) -> bool:
        """As everywhere; a graph fails with a RuntimeError, on CUDA at some later operation."""
        if not torch.compiler.is_compiling():
            return bool(truth)
        torch._assert_async(truth, otherwise)
        return True

    def random_bytes(self, key: Array, shape: tuple[int, ...]) -> Array:
        """The bytes of hashing.hashed_bytes, from signed words: torch has no arithmetic on uint32.

        Products and sums keep their lower 32 bits in either reading; a shift to the right has to
        be told not to bring in the sign.
        """
        count = math.prod(shape)
        first, second = key.to(torch.int32)
        words = torch.arange(-(-count // 4), dtype=torch.int32, device=key.device) + first
        words = words ^ _shifted(words, 16)
        words = words * _signed(MULTIPLIER_1)
        words = words ^ second
        words = words ^ _shifted(words, 15)
        words = words * _signed(MULTIPLIER_2)
        words = words ^ _shifted(words, 16)
        return words.view(torch.uint8)[:count].reshape(shape)

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as one graph for each shape of its arrays, without torch's autograd.

        Raises    BackendError without a C++ compiler; when it is called, for what cannot be traced
        """
        on_gpu = self.device.startswith("cuda")
        options = CUDA_GRAPHS if on_gpu else _options_for_processor()
        compiled = torch.compile(
            _with_code_of_its_own(function),
            fullgraph=True,
            dynamic=False,
            options={"guard_filter_fn": worth_checking, **options},
        )

        def call(*arrays: Array) -> Any:
            try:
                with torch.no_grad():
                    return compiled(*arrays)
            except (TorchDynamoException, FailOnRecompileLimitHit) as error:
                raise BackendError(
                    f"torch cannot compile {function.__qualname__}: {_in_short(error)}"
                ) from error

        return call


def _options_for_processor() -> dict[str, Any]:
    known = torch.backends.cpu.get_cpu_capability() in VECTORS
    return {"cpp.cxx": (_compiler(),), "cpp.vec_isa_ok": known or None}


def _compiler() -> str:
    """The C++ compiler that CXX names, or the first known one.

    Raises    BackendError when it is not there
    """
    named = os.environ.get("CXX")
    known = (named,) if named else COMPILERS
    there = list(filter(shutil.which, known))
    if not there:
        missing = f"{named} is missing" if named else f"{', '.join(COMPILERS)} are all missing"
        raise BackendError(
            f"torch compiles with a C++ compiler, but {missing}: install one, or set CXX to it"
        )
    return there[0]


def _dtype_named(dtype: str, device: str) -> torch.dtype:
    """torch's dtype of that name, or what takes its place: not every device has every one."""
    if dtype == "uint32":
        dtype = "int64"
    if dtype == "float64" and device.startswith("mps"):
        dtype = "float32"
    return getattr(torch, dtype)  # type: ignore[no-any-return]


def _shifted(words: Array, bits: int) -> Array:
    return (words >> bits) & (WORD >> bits)


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


_numbers = itertools.count()


def _with_code_of_its_own(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of a closure that torch does not count among its siblings.

    torch stops compiling a piece of code after a few versions, and takes every closure made by one
    function, such as the steps of all Trainers, for versions of the same.
    """
    assert isinstance(function, types.FunctionType)
    code = function.__code__.replace(co_name=f"{function.__name__}_{next(_numbers)}")
    return types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )


def _in_short(error: Exception) -> str:
    """The first two of torch's many lines, the place in the user's code, and a remedy if known."""
    lines = [text.strip() for text in str(error).splitlines() if text.strip()]
    places = [text for text in lines if text.startswith('File "')]
    theirs = [text for text in places if not any(folder in text for folder in OURS)]
    remedies = [f"({remedy})" for words, remedy in REMEDIES.items() if words in str(error)]
    first = [text for text in lines[:2] if "TORCHDYNAMO_VERBOSE" not in text]
    return " ".join([*first, *(theirs or places)[-1:], *remedies]) or type(error).__name__
