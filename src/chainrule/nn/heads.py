"""What a network with auxiliary heads gives while it trains."""

from typing import NamedTuple

from chainrule.tape import Tensor


class Heads(NamedTuple):
    """The scores, and those of heads halfway up, which only training uses.

    scores     (N, K) what the network answers
    auxiliary  (N, K) each: the answers of the heads
    weight     of an auxiliary head's loss, where that of the scores counts 1:
               loss = loss(scores) + weight * sum of loss(head)

    A short way to the loss for the layers below: Szegedy et al. 2014, arXiv 1409.4842, section 5.
    """

    scores: Tensor
    auxiliary: tuple[Tensor, ...]
    weight: float
