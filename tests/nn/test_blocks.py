"""Residual, Concat and Identity: paths that part and meet again."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor


class TorchBlock(torch.nn.Module):
    """A residual block as people write it in PyTorch."""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(
            torch.nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False),
            torch.nn.BatchNorm2d(6),
            torch.nn.ReLU(),
            torch.nn.Conv2d(6, 6, 3, padding=1),
        )
        self.shortcut = torch.nn.Conv2d(3, 6, 1, stride=2)
        self.then = torch.nn.ReLU()

    def forward(self, x):
        return self.then(self.body(x) + self.shortcut(x))


def block():
    body = nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 6, 3, padding=1),
    )
    return nn.Residual(body, nn.Conv2d(3, 6, 1, stride=2), nn.ReLU())


class TorchInception(torch.nn.Module):
    """Branches side by side as people write them in PyTorch."""

    def __init__(self):
        super().__init__()
        self.one = torch.nn.Conv2d(3, 2, 1)
        self.three = torch.nn.Sequential(
            torch.nn.Conv2d(3, 2, 1), torch.nn.Conv2d(2, 4, 3, padding=1)
        )
        self.pool = torch.nn.MaxPool2d(3, 1, 1)

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.pool(x)], dim=1)


def inception():
    return nn.Concat(
        one=nn.Conv2d(3, 2, 1),
        three=nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 4, 3, padding=1)),
        pool=nn.MaxPool2d(3, 1, 1),
    )


@pytest.mark.parametrize(("make", "make_torch"), [(block, TorchBlock), (inception, TorchInception)])
def test_a_block_computes_what_it_computes_in_pytorch(make, make_torch, rng):
    torch.manual_seed(0)
    ours, theirs = make(), make_torch().double()
    for _, own in ours.named_tensors():
        if own.dtype == "float32":
            own.data = own.data.astype("float64")
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())

    values = rng.standard_normal((2, 3, 7, 6))
    x, xt = Tensor(values, needs_grad=True), torch.tensor(values, requires_grad=True)
    y, yt = ours(x), theirs(xt)
    dy = rng.standard_normal(y.shape)
    y.backward(dy)
    yt.backward(torch.tensor(dy))
    assert_allclose(y.data, yt.detach(), rtol=1e-9, atol=1e-9)
    assert_allclose(x.grad, xt.grad, rtol=1e-9, atol=1e-9)
    for name, parameter in theirs.named_parameters():
        own = dict(ours.named_parameters())[name]
        assert_allclose(own.grad, parameter.grad, rtol=1e-9, atol=1e-9)


def test_without_a_shortcut_x_itself_goes_around(rng):
    x = Tensor(rng.standard_normal((2, 3)), needs_grad=True)
    y = nn.Residual(nn.Tanh())(x)
    assert_allclose(y.data, x.data + np.tanh(x.data))
    y.sum().backward()
    assert_allclose(x.grad, 2 - np.tanh(x.data) ** 2)


def test_an_empty_body_is_the_identity_and_doubles_x():
    x = Tensor(np.ones((2, 3)))
    assert_array_equal(nn.Residual(nn.Sequential())(x).data, 2 * x.data)


def test_the_identity_is_no_operation():
    x = Tensor(np.ones((2, 3)), needs_grad=True)
    assert nn.Identity()(x) is x


def test_a_body_that_changes_the_shape_asks_for_a_shortcut():
    layer = nn.Sequential(block=nn.Residual(nn.Conv2d(1, 3, 1)))
    with pytest.raises(
        ShapeError,
        match=r"block: the body gives \(2, 3, 4, 4\), but the way around it \(2, 1, 4, 4\)",
    ):
        layer(Tensor(np.ones((2, 1, 4, 4))))


def test_branches_are_numbered_walked_and_joined_along_any_axis(rng):
    concat = nn.Concat(nn.Identity(), nn.Linear(3, 3), axis=0)
    x = Tensor(rng.standard_normal((2, 3)))
    y = concat(x)
    assert_array_equal(y.data[:2], x.data)
    assert y.shape == (4, 3)
    assert list(concat.state_dict()) == ["1.weight", "1.bias"]
    assert concat[0] is next(iter(concat))
    assert len(concat) == 2
    assert repr(nn.Concat(nn.Identity())) == "Concat(axis=1\n  (0): Identity()\n)"


def test_branches_that_do_not_fit_are_refused():
    concat = nn.Concat(nn.Identity(), nn.MaxPool2d(2))
    with pytest.raises(ShapeError, match="differ in more than axis 1"):
        concat(Tensor(np.ones((1, 1, 4, 4))))


def test_a_concat_needs_a_branch_and_takes_modules_only():
    with pytest.raises(UsageError, match="Concat: no branches came, but one or more are needed"):
        nn.Concat()
    with pytest.raises(UsageError, match="Concat: part 1 is 7, but a Module is needed"):
        nn.Concat(nn.ReLU(), 7)


def test_a_summary_lists_the_layers_of_every_branch():
    kinds = [(row.name, row.kind, row.output_shape) for row in nn.summary(inception(), (3, 4, 4))]
    assert kinds == [
        ("one", "Conv2d", (2, 4, 4)),
        ("three.0", "Conv2d", (2, 4, 4)),
        ("three.1", "Conv2d", (4, 4, 4)),
        ("pool", "MaxPool2d", (3, 4, 4)),
    ]
