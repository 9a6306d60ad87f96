"""Recurrent layers: a cell that goes through a sequence step by step and remembers.

    RNN     h' = tanh(W_ih x + b_ih + W_hh h + b_hh)
    LSTM    a second memory c that is kept, not recomputed: see ops.lstm_step
    GRU     one memory, kept or replaced by degrees: see ops.gru_step

Names, gate order and shapes are PyTorch's: its state_dict loads as it is.

Truncated backpropagation through time: cut a long sequence into chunks, hand each the state that
the chunk before it ended in, and cut the tape between them.

    state = None
    for chunk, target in chunks:
        y, state = lstm(chunk, state)
        loss(y, target).backward(keep=False)
        optimizer.step()
        optimizer.clear_gradients()
        state = nn.detach(state)
"""

import math
from collections.abc import Sequence
from typing import TypeVar

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.nn import init
from chainrule.nn.dropout import Dropout
from chainrule.nn.module import Module, positive
from chainrule.tape import Tensor, as_tensor

Memory = tuple[Tensor, ...]
"""What a cell hands from one step to the next: (h,), or (h, c) of an LSTM."""


class Recurrent(Module):
    """What RNN, LSTM and GRU share: layers on top of each other, in one direction or in both.

    input_size, hidden_size: D, M
    num_layers: each further layer reads what the one below said
    bias: whether the cells have the biases bias_ih and bias_hh
    batch_first: x and the output are (N, T, ...) and not (T, N, ...); states are the same
    dropout: in [0, 1), between the layers while training
    bidirectional: a second cell reads the sequence backwards; outputs are joined, forwards first

    Layer 0 has weight_ih_l0: (G*M, D), weight_hh_l0: (G*M, M), bias_ih_l0 and bias_hh_l0: (G*M,)
    with G gates; ..._l0_reverse belong to the second cell. All are drawn uniformly between
    -1 / sqrt(M) and 1 / sqrt(M).

    Raises    UsageError for sizes below 1, dropout outside [0, 1) or without a second layer;
              ShapeError for an x or a state of another shape
    """

    gates: int
    memories: tuple[str, ...] = ("h",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        who = type(self).__name__
        positive(who, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        if not 0 <= dropout < 1 or (dropout and num_layers == 1):
            raise UsageError(
                f"{who}: dropout {dropout} came with {num_layers} layers, but it acts between "
                "layers: a probability in [0, 1) and two layers or more are needed"
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.has_bias = bias
        self.batch_first = batch_first
        self.bidirectional = bidirectional
        self.between = Dropout(dropout) if dropout else None
        limit = 1 / math.sqrt(hidden_size)
        for layer in range(num_layers):
            for suffix in self.suffixes(layer):
                for name, shape in self.cell_shapes(layer).items():
                    drawn = init.parameter(init.uniform(-limit, limit), shape)
                    setattr(self, f"{name}_{suffix}", drawn)

    def suffixes(self, layer: int) -> list[str]:
        """How the names of a layer's cells end: the one that reads forwards, then backwards."""
        return [f"l{layer}", f"l{layer}_reverse"][: 2 if self.bidirectional else 1]

    def cell_shapes(self, layer: int) -> dict[str, tuple[int, ...]]:
        """What a cell of this layer learns."""
        rows, M = self.gates * self.hidden_size, self.hidden_size
        D = self.input_size if layer == 0 else M * len(self.suffixes(layer))
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, D), "weight_hh": (rows, M)}
        return shapes | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.has_bias else {})

    def cell(self, layer: int, suffix: str) -> ops.Cell:
        """The weights of one cell."""
        return ops.Cell(*[getattr(self, f"{name}_{suffix}") for name in self.cell_shapes(layer)])

    def step(self, cell: ops.Cell, x: Tensor, memory: Memory) -> Memory:
        """The memory after one moment; its first part is what the cell says."""
        raise NotImplementedError

    def sweep(self, x: Tensor, state: Sequence[Tensor] | None) -> tuple[Tensor, Memory]:
        """All layers over all steps: the top layer's output, and each memory's last values.

        x: (T, N, D) or (N, T, D); state: as many as memories, (layers * directions, N, M) each
        """
        steps = self.moments(x)
        begin = self.initial(steps[0], state)
        ends: list[Memory] = []
        for layer in range(self.num_layers):
            if layer > 0 and self.between is not None:
                steps = [self.between(said) for said in steps]
            told = []
            for suffix in self.suffixes(layer):
                backwards = suffix.endswith("reverse")
                memory = tuple(start[len(ends)] for start in begin)
                cell = self.cell(layer, suffix)
                said = []
                for moment in reversed(steps) if backwards else steps:
                    memory = self.step(cell, moment, memory)
                    said.append(memory[0])
                ends.append(memory)
                told.append(said[::-1] if backwards else said)
            steps = [ops.concat(both, axis=1) for both in zip(*told, strict=True)]
        output = ops.stack(steps, axis=1 if self.batch_first else 0)
        return output, tuple(ops.stack(last) for last in zip(*ends, strict=True))

    def moments(self, x: Tensor) -> list[Tensor]:
        """The sequence cut into its steps, (N, D) each, so that no layer has to cut it again."""
        time = 1 if self.batch_first else 0
        if x.ndim != 3 or x.shape[2] != self.input_size or x.shape[time] == 0:
            needed = f"({'N, T' if self.batch_first else 'T, N'}, {self.input_size})"
            raise ShapeError(f"x has shape {x.shape}, but {needed} with T of 1 or more is needed")
        return [x[:, t] if self.batch_first else x[t] for t in range(x.shape[time])]

    def initial(self, x: Tensor, state: Sequence[Tensor] | None) -> Memory:
        """The state to begin with; zeros where none is given. x: (N, D), the first step."""
        places = self.num_layers * len(self.suffixes(0))
        shape = (places, x.shape[0], self.hidden_size)
        if state is None:
            zeros = Tensor(x.backend.xp.zeros(shape, dtype=x.dtype, device=x.device))
            return (zeros,) * len(self.memories)
        if isinstance(state, Tensor) or len(state) != len(self.memories):
            raise UsageError(
                f"{type(self).__name__}: its state is ({', '.join(self.memories)}), "
                f"{len(self.memories)} tensors of shape {shape}, but {type(state).__name__} came"
            )
        memory = tuple(as_tensor(start) for start in state)
        for name, start in zip(self.memories, memory, strict=True):
            if start.shape != shape:
                raise ShapeError(f"{name} has shape {start.shape}, but {shape} is needed")
        return memory

    def formula(self) -> str:
        cells = []
        for layer in range(self.num_layers):
            shapes = self.cell_shapes(layer)
            inputs = f"{shapes['weight_ih'][1]} + {self.hidden_size}"
            inputs += " + 2" if self.has_bias else ""
            cell = f"{self.gates} * {self.hidden_size} * ({inputs})"
            cells.append(f"2 * {cell}" if self.bidirectional else cell)
        return " + ".join(cells)

    def settings(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        parts += [f"num_layers={self.num_layers}"] if self.num_layers > 1 else []
        parts += [] if self.has_bias else ["bias=False"]
        parts += ["batch_first=True"] if self.batch_first else []
        parts += [f"dropout={self.between.p}"] if self.between is not None else []
        parts += ["bidirectional=True"] if self.bidirectional else []
        return ", ".join(parts)


class RNN(Recurrent):
    """What a sequence has said so far, in one memory h; see ops.rnn_step and Recurrent.

    forward(x, h) -> (output, h_n), h from zeros unless given
    nonlinearity: "tanh" or "relu"
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise UsageError(
                f'RNN: nonlinearity is {nonlinearity!r}, but "tanh" or "relu" is needed'
            )
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        self.nonlinearity = nonlinearity

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        output, (h_n,) = self.sweep(x, None if h is None else (h,))
        return output, h_n

    def step(self, cell: ops.Cell, x: Tensor, memory: Memory) -> Memory:
        (h,) = memory
        return (ops.rnn_step(cell, x, h, ops.tanh if self.nonlinearity == "tanh" else ops.relu),)

    def settings(self) -> str:
        shown = f", nonlinearity={self.nonlinearity!r}" if self.nonlinearity != "tanh" else ""
        return super().settings() + shown


class LSTM(Recurrent):
    """Long short-term memory: c is kept where nothing forgets it; see ops.lstm_step and Recurrent.

    forward(x, (h, c)) -> (output, (h_n, c_n)), h and c from zeros unless given
    """

    gates = 4
    memories = ("h", "c")

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        output, (h_n, c_n) = self.sweep(x, state)
        return output, (h_n, c_n)

    def step(self, cell: ops.Cell, x: Tensor, memory: Memory) -> Memory:
        return ops.lstm_step(cell, x, *memory)


class GRU(Recurrent):
    """Gated recurrent units: a memory kept or replaced by degrees; see ops.gru_step and Recurrent.

    forward(x, h) -> (output, h_n), h from zeros unless given
    """

    gates = 3

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        output, (h_n,) = self.sweep(x, None if h is None else (h,))
        return output, h_n

    def step(self, cell: ops.Cell, x: Tensor, memory: Memory) -> Memory:
        return (ops.gru_step(cell, x, *memory),)


State = TypeVar("State", Tensor, tuple[Tensor, Tensor])


def detach(state: State) -> State:
    """A recurrent layer's state without its history: gradients stop here. See Tensor.detach."""
    if isinstance(state, Tensor):
        return state.detach()
    h, c = state
    return h.detach(), c.detach()
