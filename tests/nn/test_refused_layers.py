"""What no layer of the catalogue can be made of, and the sentence it says."""

import re

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor

CONSTRUCTORS = {
    "Conv1d: in_channels is 0, but a whole number from 1": lambda: nn.Conv1d(0, 1, 3),
    "Conv1d: kernel_size is 1.5": lambda: nn.Conv1d(1, 1, 1.5),
    "Conv1d: stride is 0": lambda: nn.Conv1d(1, 1, 3, stride=0),
    "Conv1d: dilation is -1": lambda: nn.Conv1d(1, 1, 3, dilation=-1),
    "Conv1d: padding is (0, -1)": lambda: nn.Conv1d(1, 1, 3, padding=-1),
    'Conv1d: padding is \'full\', but "same", "valid" or cells': lambda: nn.Conv1d(
        1, 1, 3, padding="full"
    ),
    'Conv1d: padding="same" keeps the size only at stride 1': lambda: nn.Conv1d(
        1, 1, 3, 2, padding="same"
    ),
    "Conv1d: 3 channels in and 4 out do not both divide into 2 groups": lambda: nn.Conv1d(
        3, 4, 3, groups=2
    ),
    "ConvTranspose2d: 4 channels in and 3 out do not both divide into 2": lambda: (
        nn.ConvTranspose2d(4, 3, 3, groups=2)
    ),
    "ConvTranspose2d: groups is 0": lambda: nn.ConvTranspose2d(4, 4, 3, groups=0),
    "ConvTranspose2d: kernel_size is 0": lambda: nn.ConvTranspose2d(1, 1, 0),
    "ConvTranspose2d: padding is -1": lambda: nn.ConvTranspose2d(1, 1, 3, padding=-1),
    "ConvTranspose2d: output_padding is (2, 2), but it has to be smaller than stride (2, 2) or "
    "dilation (1, 1)": lambda: nn.ConvTranspose2d(1, 1, 3, 2, output_padding=2),
    "AdaptiveAvgPool2d: output_size is 0": lambda: nn.AdaptiveAvgPool2d(0),
    "AdaptiveMaxPool2d: output_size is None": lambda: nn.AdaptiveMaxPool2d(None),
    "LayerNorm: normalized_shape is 0": lambda: nn.LayerNorm((3, 0)),
    "LayerNorm: normalized_shape is (), but one axis": lambda: nn.LayerNorm(()),
    "LayerNorm: eps is 0, but a number over 0": lambda: nn.LayerNorm(3, eps=0),
    "GroupNorm: 6 channels do not divide into 4 groups": lambda: nn.GroupNorm(4, 6),
    "GroupNorm: num_groups is 0": lambda: nn.GroupNorm(0, 6),
    "GroupNorm: eps is -1": lambda: nn.GroupNorm(2, 6, eps=-1),
    "LocalResponseNorm: size is 0": lambda: nn.LocalResponseNorm(0),
    "LocalResponseNorm: alpha 0.0001, beta 0.75 and k 0 came": lambda: nn.LocalResponseNorm(5, k=0),
    "LocalResponseNorm: alpha -1": lambda: nn.LocalResponseNorm(5, alpha=-1),
    "Embedding: num_embeddings is 0": lambda: nn.Embedding(0, 3),
    "Embedding: embedding_dim is 2.5": lambda: nn.Embedding(3, 2.5),
}

CALLS = {
    "conv: x has 3 channels, but weight (4, 2, 1, 3) needs 2": (nn.Conv1d(2, 4, 3), (1, 3, 5)),
    "conv: x has shape (1, 2, 5, 5) and weight (4, 2, 3)": (nn.Conv1d(2, 4, 3), (1, 2, 5, 5)),
    "up: x has shape (1, 3, 5, 5), but weight (2, 4, 3, 3) needs (N, 2, H, W)": (
        nn.ConvTranspose2d(2, 4, 3),
        (1, 3, 5, 5),
    ),
    "norm: x has shape (2, 5), but one that ends in (4,)": (nn.LayerNorm(4), (2, 5)),
    "norm: x has shape (2, 5, 3), but (N, 4, ...) in 2 equal groups": (
        nn.GroupNorm(2, 4),
        (2, 5, 3),
    ),
    "lrn: x has shape (3,), but (N, C, ...)": (nn.LocalResponseNorm(5), (3,)),
    "pool: x has shape (2, 3), but images": (nn.AdaptiveMaxPool2d(2), (2, 3)),
}


@pytest.mark.parametrize(("message", "make"), CONSTRUCTORS.items(), ids=CONSTRUCTORS)
def test_a_constructor_refuses_what_makes_no_sense(message, make):
    with pytest.raises(UsageError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(("message", "fit"), CALLS.items(), ids=CALLS)
def test_a_layer_refuses_what_does_not_fit_in_its_own_name(message, fit):
    layer, shape = fit
    model = nn.Sequential(**{message.partition(":")[0]: layer})
    with pytest.raises(ShapeError) as refusal:
        model(Tensor(np.ones(shape)))
    assert str(refusal.value).startswith(message)


def test_a_number_outside_the_table_is_refused():
    table = nn.Embedding(3, 2)
    with pytest.raises(ShapeError, match=r"i reaches from 0 to 3, but x \(3, 2\) has rows 0 to 2"):
        table(np.array([[0, 3]]))
    with pytest.raises(UsageError, match="rows have whole numbers, but i is float64"):
        table(np.array([0.0]))
