"""Networks: modules with PyTorch's names, argument order and state_dict keys.

module.py      Module, Parameter, Buffer: names, state, train and eval mode
layers.py      Linear, Conv2d
norm.py        BatchNorm1d, BatchNorm2d
plain.py       ReLU, MaxPool2d, Flatten, Dropout and the others without weights
sequential.py  one module after the other
init.py        what weights are before learning
summary.py     the layer table, with shapes and counted parameters
"""

from chainrule.nn import init
from chainrule.nn.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from chainrule.nn.conv import Conv2d
from chainrule.nn.dropout import Dropout, reseed
from chainrule.nn.init import seed
from chainrule.nn.linear import Linear
from chainrule.nn.module import Buffer, Module, Parameter
from chainrule.nn.norm import BatchNorm1d, BatchNorm2d
from chainrule.nn.pool import AvgPool2d, GlobalAvgPool2d, MaxPool2d
from chainrule.nn.sequential import Sequential
from chainrule.nn.shape import Flatten
from chainrule.nn.summary import LayerRow, count_parameters, summary, watching

__all__ = [
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Buffer",
    "Conv2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "LayerRow",
    "Linear",
    "LogSoftmax",
    "MaxPool2d",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "count_parameters",
    "init",
    "reseed",
    "seed",
    "summary",
    "watching",
]
