"""Optimizers and learning-rate schedules. An optimizer gets tensors and knows no layer.

optimizer.py  what they share, and Group: tensors with numbers of their own; read it with sgd.py
sgd.py        GradientDescent, SGD with momentum and Nesterov, SGDW
adaptive.py   AdaGrad, AdaDelta, RMSProp
adam.py       Adam, AdamW, Nadam
muon.py       Muon
decay.py      weight decay that is not part of the gradient
clipping.py   gradients kept small
schedules.py  the learning rate over the run
"""

from chainrule.optim.adam import Adam, AdamW, Nadam
from chainrule.optim.adaptive import AdaDelta, AdaGrad, RMSProp
from chainrule.optim.clipping import Clipping
from chainrule.optim.muon import Muon
from chainrule.optim.optimizer import Group, Optimizer
from chainrule.optim.schedules import (
    Cosine,
    Exponential,
    LinearWarmup,
    Listener,
    OneCycle,
    Plateau,
    Schedule,
    StepDecay,
    Triangle,
    constant,
)
from chainrule.optim.sgd import SGD, SGDW, GradientDescent

__all__ = [
    "SGD",
    "SGDW",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Clipping",
    "Cosine",
    "Exponential",
    "GradientDescent",
    "Group",
    "LinearWarmup",
    "Listener",
    "Muon",
    "Nadam",
    "OneCycle",
    "Optimizer",
    "Plateau",
    "RMSProp",
    "Schedule",
    "StepDecay",
    "Triangle",
    "constant",
]
