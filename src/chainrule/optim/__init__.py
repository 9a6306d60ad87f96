"""Optimizers and learning-rate schedules. An optimizer gets tensors and knows no layer.

optimizer.py  what they share; read it with sgd.py
sgd.py        SGD, momentum, Nesterov
adam.py       Adam, AdamW
schedules.py  the learning rate over the run
"""

from chainrule.optim.adam import Adam, AdamW
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.schedules import Cosine, Exponential, Schedule, StepDecay, constant
from chainrule.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Cosine",
    "Exponential",
    "Optimizer",
    "Schedule",
    "StepDecay",
    "constant",
]
