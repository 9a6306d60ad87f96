"""A table of vectors, looked up by number."""

from typing import Any

from chainrule import ops
from chainrule.nn import init
from chainrule.nn.module import Module, positive
from chainrule.tape import Tensor, as_tensor


class Embedding(Module):
    """A vector for each of K things, learned: whole numbers of any shape -> (..., D).

    Forward   y = weight[i]; see ops.Take and, for numbers that are not there, ops.take
    weight: (K, D), drawn from the standard normal distribution unless weights says otherwise

    Raises    UsageError for sizes below 1; ShapeError for a number outside 0..K-1
    Source    Bengio, Ducharme, Vincent and Jauvin 2003
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        weights: init.Initialiser | None = None,
    ) -> None:
        positive("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.weight = init.parameter(weights or init.normal(1.0), (num_embeddings, embedding_dim))

    def forward(self, i: Any) -> Tensor:
        i = as_tensor(i)
        rows = ops.take(self.weight, ops.flatten(i, start=0))
        return rows.reshape(*i.shape, self.embedding_dim)

    def formula(self) -> str:
        return f"{self.num_embeddings} * {self.embedding_dim}"

    def settings(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"
