"""The mathematics, family by family. Each operation is one class: its forward rule above its
backward rule, the formulas in the docstring in the code's own names; help(ops.BatchNorm) is a page.

    arithmetic.py      + - * / and friends, with broadcasting
    reduce.py          sums, means, maxima
    shape.py           reshape, transpose, indexing, joining, cutting
    linear.py          matrix products
    activation.py      ReLU and its kin, sigmoid, tanh, step
    smooth_relu.py     Softplus, SiLU, GELU
    softmax.py         softmax and its log
    windows.py         sliding windows
    conv.py            convolution by im2col
    conv_transpose.py  convolution's way back taken forwards
    pool.py            max and average pooling
    adaptive_pool.py   the same to a given size
    norm.py            batch, layer, group and local response normalisation
    dropout.py         dropout
    recurrent.py       one step of an RNN, LSTM, GRU
    loss/              cross entropies, hinges, squared error and its kin, likelihoods

Letters of shapes, everywhere:

    N  examples in a batch          C  channels                F   filters (channels that come out)
    H  height of an image           W  width of an image       Ho Wo  height and width of an output
    KH KW  height and width of a window                        K   classes, or an inner size
    D  features that come in        M  features that come out  G   groups

Gradients: dy arrives, dx, dw, db leave; dx means dL/dx, with L the loss. A rule is written against
xp, the functions of whichever array library the tensors live in, and names no library itself.
"""

from chainrule.operators import operators
from chainrule.ops.activation import (
    ELU,
    LeakyReLU,
    Maxout,
    ReLU,
    Sigmoid,
    Step,
    Tanh,
    elu,
    leaky_relu,
    maxout,
    relu,
    sigmoid,
    step,
    tanh,
)
from chainrule.ops.adaptive_pool import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    adaptive_avg_pool2d,
    adaptive_max_pool2d,
)
from chainrule.ops.arithmetic import (
    Abs,
    Add,
    Divide,
    Exp,
    Log,
    Maximum,
    Multiply,
    Negate,
    Power,
    Sqrt,
    Subtract,
    Where,
    abs,  # noqa: A004
    add,
    divide,
    equal,
    exp,
    less,
    less_equal,
    log,
    maximum,
    multiply,
    negate,
    power,
    sqrt,
    subtract,
    where,
)
from chainrule.ops.conv import Conv2d, col2im, conv1d, conv2d, im2col
from chainrule.ops.conv_transpose import ConvTranspose2d, conv_transpose2d
from chainrule.ops.dropout import Dropout, dropout
from chainrule.ops.linear import Affine, MatMul, affine, matmul
from chainrule.ops.loss.binary import BinaryCrossEntropy, SigmoidCrossEntropy
from chainrule.ops.loss.cross_entropy import (
    CategoricalCrossEntropy,
    KLDivergence,
    NegativeLogLikelihood,
    SoftmaxCrossEntropy,
    softmax_cross_entropy,
)
from chainrule.ops.loss.hinge import CategoricalHinge, Hinge, MultiClassHinge
from chainrule.ops.loss.likelihood import GaussianNLL, LaplaceMixtureNLL, LaplaceNLL, PoissonNLL
from chainrule.ops.loss.regression import (
    AbsoluteError,
    AbsolutePercentageError,
    CosineSimilarity,
    Huber,
    LogCosh,
    SquaredError,
    SquaredLogarithmicError,
    mean_squared_error,
)
from chainrule.ops.loss.targets import check_labels
from chainrule.ops.norm import (
    BatchNorm,
    Standardise,
    batch_norm,
    group_norm,
    layer_norm,
    local_response_norm,
)
from chainrule.ops.pool import AvgPool2d, MaxPool2d, avg_pool2d, max_pool2d
from chainrule.ops.recurrent import Cell, gru_step, lstm_step, rnn_step
from chainrule.ops.reduce import Max, Mean, Sum, max, mean, sum  # noqa: A004
from chainrule.ops.shape import (
    Concat,
    GetItem,
    Pad,
    Reshape,
    SetItem,
    Take,
    Transpose,
    concat,
    flatten,
    get_item,
    pad,
    reshape,
    split,
    stack,
    take,
    transpose,
)
from chainrule.ops.smooth_relu import (
    GELU,
    SiLU,
    Softplus,
    TanhGELU,
    gelu,
    silu,
    softplus,
)
from chainrule.ops.softmax import LogSoftmax, Softmax, log_softmax, softmax
from chainrule.ops.windows import Window

operators.update(
    add=add,
    subtract=subtract,
    multiply=multiply,
    divide=divide,
    power=power,
    negate=negate,
    less=less,
    less_equal=less_equal,
    matmul=matmul,
    get_item=get_item,
    sum=sum,
    mean=mean,
    max=max,
    reshape=reshape,
    transpose=transpose,
)

__all__ = [
    "ELU",
    "GELU",
    "Abs",
    "AbsoluteError",
    "AbsolutePercentageError",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "Add",
    "Affine",
    "AvgPool2d",
    "BatchNorm",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "CategoricalHinge",
    "Cell",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "CosineSimilarity",
    "Divide",
    "Dropout",
    "Exp",
    "GaussianNLL",
    "GetItem",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LaplaceMixtureNLL",
    "LaplaceNLL",
    "LeakyReLU",
    "Log",
    "LogCosh",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool2d",
    "Maximum",
    "Maxout",
    "Mean",
    "MultiClassHinge",
    "Multiply",
    "Negate",
    "NegativeLogLikelihood",
    "Pad",
    "PoissonNLL",
    "Power",
    "ReLU",
    "Reshape",
    "SetItem",
    "SiLU",
    "Sigmoid",
    "SigmoidCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Sqrt",
    "SquaredError",
    "SquaredLogarithmicError",
    "Standardise",
    "Step",
    "Subtract",
    "Sum",
    "Take",
    "Tanh",
    "TanhGELU",
    "Transpose",
    "Where",
    "Window",
    "abs",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "add",
    "affine",
    "avg_pool2d",
    "batch_norm",
    "check_labels",
    "col2im",
    "concat",
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "divide",
    "dropout",
    "elu",
    "equal",
    "exp",
    "flatten",
    "gelu",
    "get_item",
    "group_norm",
    "gru_step",
    "im2col",
    "layer_norm",
    "leaky_relu",
    "less",
    "less_equal",
    "local_response_norm",
    "log",
    "log_softmax",
    "lstm_step",
    "matmul",
    "max",
    "max_pool2d",
    "maximum",
    "maxout",
    "mean",
    "mean_squared_error",
    "multiply",
    "negate",
    "pad",
    "power",
    "relu",
    "reshape",
    "rnn_step",
    "sigmoid",
    "silu",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "split",
    "sqrt",
    "stack",
    "step",
    "subtract",
    "sum",
    "take",
    "tanh",
    "transpose",
    "where",
]
