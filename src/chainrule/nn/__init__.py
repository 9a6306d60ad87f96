"""Networks: modules with PyTorch's names, argument order and state_dict keys.

module.py      Module, Parameter, Buffer: names, state, train and eval mode
linear.py      Linear
conv.py        Conv1d, Conv2d, ConvTranspose2d
norm.py        BatchNorm1d, BatchNorm2d
layer_norm.py  LayerNorm, GroupNorm, LocalResponseNorm
activation.py  ReLU and its kin, Sigmoid, Tanh, Step, Softmax, LogSoftmax
properties.py  what activations do to signals, measured
pool.py        max and average pooling: windows, adaptive, global
shape.py       Flatten
dropout.py     Dropout, StochasticDepth, and where their masks come from
embedding.py   Embedding
recurrent.py   RNN, LSTM, GRU
sequential.py  one module after the other
blocks.py      Residual, Concat, Identity, Scale
adaptive.py    Whitening, and what layers share that start from the data
freezing.py    freeze, unfreeze: parts that keep what they have learned
heads.py       Heads: what a network with auxiliary heads gives in training
perceptron.py  Perceptron, and logic gates of it
penalty.py     L1, L2 and elastic net; max-norm
init.py        what weights are before learning
initialise.py  another start for a built model
summary.py     the layer table, with shapes and counted parameters
"""

from chainrule.nn import init
from chainrule.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    Maxout,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
)
from chainrule.nn.adaptive import Adaptive, Whitening, adapt
from chainrule.nn.blocks import Concat, Identity, Residual, Scale
from chainrule.nn.conv import Conv1d, Conv2d, ConvTranspose2d
from chainrule.nn.dropout import (
    Dropout,
    Dropout1d,
    Dropout2d,
    Random,
    StochasticDepth,
    reseed,
)
from chainrule.nn.embedding import Embedding
from chainrule.nn.freezing import freeze, unfreeze
from chainrule.nn.heads import Heads
from chainrule.nn.init import seed
from chainrule.nn.initialise import initialise
from chainrule.nn.layer_norm import GroupNorm, LayerNorm, LocalResponseNorm
from chainrule.nn.linear import Linear
from chainrule.nn.module import Buffer, Module, Parameter
from chainrule.nn.norm import BatchNorm1d, BatchNorm2d
from chainrule.nn.penalty import max_norm, penalty
from chainrule.nn.perceptron import XOR, Perceptron, gate
from chainrule.nn.pool import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    MaxPool2d,
)
from chainrule.nn.properties import ACTIVATIONS, ActivationProperties, activation_properties
from chainrule.nn.recurrent import GRU, LSTM, RNN, detach
from chainrule.nn.sequential import Sequential
from chainrule.nn.shape import Flatten
from chainrule.nn.summary import LayerRow, count_parameters, summary, watching

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "XOR",
    "ActivationProperties",
    "Adaptive",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Buffer",
    "Concat",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Embedding",
    "Flatten",
    "GlobalAvgPool2d",
    "GlobalMaxPool2d",
    "GroupNorm",
    "Heads",
    "Identity",
    "LayerNorm",
    "LayerRow",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LogSoftmax",
    "MaxPool2d",
    "Maxout",
    "Module",
    "Parameter",
    "Perceptron",
    "Random",
    "ReLU",
    "Residual",
    "Scale",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "StochasticDepth",
    "Tanh",
    "Whitening",
    "activation_properties",
    "adapt",
    "count_parameters",
    "detach",
    "freeze",
    "gate",
    "init",
    "initialise",
    "max_norm",
    "penalty",
    "reseed",
    "seed",
    "summary",
    "unfreeze",
    "watching",
]
