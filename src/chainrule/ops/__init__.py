"""The mathematics, family by family. Each operation is one class: its forward rule above its
backward rule, the formulas in the docstring in the code's own names; help(ops.BatchNorm) is a page.

    arithmetic.py  + - * / and friends, with broadcasting     reduce.py      sums, means, maxima
    shape.py       reshape, transpose, indexing, joining      linear.py      matrix products
    activation.py  ReLU, sigmoid, tanh, softmax               windows.py     sliding windows
    conv.py        convolution by im2col                      pool.py        max and average pooling
    norm.py        batch normalisation                        dropout.py     dropout
    loss.py        softmax cross entropy, squared error

Letters of shapes, everywhere:

    N  examples in a batch          C  channels                F   filters (channels that come out)
    H  height of an image           W  width of an image       Ho Wo  height and width of an output
    KH KW  height and width of a window                        K   classes, or an inner size
    D  features that come in        M  features that come out  G   groups

Gradients: dy arrives, dx, dw, db leave; dx means dL/dx, with L the loss. A rule is written against
xp, the functions of whichever array library the tensors live in, and names no library itself.
"""

from chainrule.ops.activation import (
    LogSoftmax,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    log_softmax,
    relu,
    sigmoid,
    softmax,
    tanh,
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
from chainrule.ops.conv import Conv2d, col2im, conv2d, im2col
from chainrule.ops.dropout import Dropout, dropout
from chainrule.ops.linear import Affine, MatMul, affine, matmul
from chainrule.ops.loss import (
    SoftmaxCrossEntropy,
    check_labels,
    mean_squared_error,
    softmax_cross_entropy,
)
from chainrule.ops.norm import BatchNorm, batch_norm
from chainrule.ops.pool import AvgPool2d, MaxPool2d, avg_pool2d, max_pool2d
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
    take,
    transpose,
)
from chainrule.ops.windows import Window
from chainrule.tape import operators

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
    "Abs",
    "Add",
    "Affine",
    "AvgPool2d",
    "BatchNorm",
    "Concat",
    "Conv2d",
    "Divide",
    "Dropout",
    "Exp",
    "GetItem",
    "Log",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool2d",
    "Maximum",
    "Mean",
    "Multiply",
    "Negate",
    "Pad",
    "Power",
    "ReLU",
    "Reshape",
    "SetItem",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Sqrt",
    "Subtract",
    "Sum",
    "Take",
    "Tanh",
    "Transpose",
    "Where",
    "Window",
    "abs",
    "add",
    "affine",
    "avg_pool2d",
    "batch_norm",
    "check_labels",
    "col2im",
    "concat",
    "conv2d",
    "divide",
    "dropout",
    "exp",
    "flatten",
    "get_item",
    "im2col",
    "less",
    "less_equal",
    "log",
    "log_softmax",
    "matmul",
    "max",
    "max_pool2d",
    "maximum",
    "mean",
    "mean_squared_error",
    "multiply",
    "negate",
    "pad",
    "power",
    "relu",
    "reshape",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "sqrt",
    "subtract",
    "sum",
    "take",
    "tanh",
    "transpose",
    "where",
]
