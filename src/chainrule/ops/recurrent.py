"""Recurrent cells: one step in time, x and the memory in, the new memory out.

    x: (N, D) this moment's input          h: (N, M) what the cell said a moment ago
    c: (N, M) an LSTM's longer memory

Nothing here has a rule of its own: a step is a few operations, and backpropagation through time is
the tape, walked back over as many steps as it has recorded.
"""

from collections.abc import Callable
from typing import NamedTuple

from chainrule.ops.activation import sigmoid, tanh
from chainrule.ops.linear import affine
from chainrule.ops.shape import split
from chainrule.tape import Tensor


class Cell(NamedTuple):
    """What a cell learns, in PyTorch's layout: the matrices of its G gates one above the other.

    w_ih: (G*M, D), w_hh: (G*M, M), b_ih and b_hh: (G*M,) or None
    """

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None = None
    b_hh: Tensor | None = None

    def from_input(self, x: Tensor) -> Tensor:
        """W_ih x + b_ih: (N, D) -> (N, G*M)."""
        return affine(x, self.w_ih, self.b_ih)

    def from_memory(self, h: Tensor) -> Tensor:
        """W_hh h + b_hh: (N, M) -> (N, G*M)."""
        return affine(h, self.w_hh, self.b_hh)


def rnn_step(
    cell: Cell, x: Tensor, h: Tensor, activation: Callable[[Tensor], Tensor] = tanh
) -> Tensor:
    """The plain recurrent cell.

    Forward   h' = tanh(W_ih x + b_ih + W_hh h + b_hh)             or relu in place of tanh
    Shapes    x: (N, D), h: (N, M) -> h': (N, M)
    Source    Elman 1990, "Finding Structure in Time"
    """
    return activation(cell.from_input(x) + cell.from_memory(h))


def lstm_step(cell: Cell, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The long short-term memory: c is kept, not recomputed, so gradients survive many steps.

    Forward   i, f, o = sigmoid of W_ih x + b_ih + W_hh h + b_hh, each with its own rows of W, b
              g  = tanh of the same with its rows       in the order i, f, g, o
              c' = f * c + i * g                        f forgets, i lets in
              h' = o * tanh(c')                         o lets out
    Shapes    x: (N, D), h and c: (N, M) -> h' and c': (N, M)
    Source    Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins 2000
    """
    i, f, g, o = split(cell.from_input(x) + cell.from_memory(h), 4)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def gru_step(cell: Cell, x: Tensor, h: Tensor) -> Tensor:
    """The gated recurrent unit: each value of h is kept or replaced, by degrees.

    Forward   a = W_ih x + b_ih, m = W_hh h + b_hh      each in the rows of r, z, n
              r  = sigmoid(a_r + m_r)                   r: how much of the memory n may see
              z  = sigmoid(a_z + m_z)                   z: how much of h stays
              n  = tanh(a_n + r * m_n)
              h' = (1 - z) * n + z * h
    Shapes    x: (N, D), h: (N, M) -> h': (N, M)
    Source    Cho et al. 2014, arXiv 1406.1078; r after the product with W_hh, as in cuDNN and
              PyTorch
    """
    a_r, a_z, a_n = split(cell.from_input(x), 3)
    m_r, m_z, m_n = split(cell.from_memory(h), 3)
    r, z = sigmoid(a_r + m_r), sigmoid(a_z + m_z)
    n = tanh(a_n + r * m_n)
    return (1 - z) * n + z * h
