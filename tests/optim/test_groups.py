"""Parameter groups: some tensors learn by numbers, or a rule, of their own."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, ops
from chainrule.errors import UsageError
from chainrule.optim import SGD, AdaGrad, Adam, AdamW, Group, Muon, Nadam, RMSProp
from chainrule.tape import Tensor

CASES = [
    (SGD(lr=0.1, momentum=0.9), torch.optim.SGD, {"momentum": 0.5}),
    (Adam(lr=0.1), torch.optim.Adam, {"betas": (0.5, 0.7)}),
    (AdamW(lr=0.1), torch.optim.AdamW, {"eps": 0.1}),
    (RMSProp(lr=0.1, alpha=0.99), torch.optim.RMSprop, {"alpha": 0.5}),
    (Nadam(lr=0.1), torch.optim.NAdam, {"momentum_decay": 0.5}),
]


@pytest.fixture(autouse=True)
def torch_in_float64():
    """PyTorch keeps an optimizer's own numbers (NAdam's product) in its default dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def tensors(rng, *shapes):
    return [Tensor(rng.standard_normal(shape), needs_grad=True) for shape in shapes]


@pytest.mark.parametrize(("mine", "kind", "own"), CASES, ids=lambda value: str(value)[:40])
def test_groups_learn_as_pytorchs_param_groups_do(mine, kind, own, rng):
    ours = tensors(rng, (4, 3), (3,), (2,))
    theirs = [torch.tensor(tensor.data, requires_grad=True) for tensor in ours]
    settings = {
        name: value
        for name, value in mine.hyperparameters().items()
        if name in ("lr", "momentum", "betas", "alpha", "weight_decay")
    }
    second, third = {"lr": 0.02, **own}, {"weight_decay": 0.7}
    optimizer = mine.renewed()
    optimizer.attach(
        [Group(ours[:1]), Group([ours[1]], **second), Group([ours[2]], **third)],
    )
    other = kind(
        [{"params": theirs[:1]}, {"params": theirs[1], **second}, {"params": theirs[2], **third}],
        **settings,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(other, lambda step: 0.9**step)
    for step in range(20):
        for tensor, their in zip(ours, theirs, strict=True):
            tensor.grad = rng.standard_normal(tensor.shape)
            their.grad = torch.tensor(tensor.grad)
        optimizer.step(optimizer.lr * 0.9**step)  # the other groups keep their ratio to it
        other.step()
        schedule.step()
    for tensor, their in zip(ours, theirs, strict=True):
        assert_allclose(tensor.data, their.detach().numpy(), rtol=1e-9)


def test_one_group_is_no_group(rng):
    (one,), (other,) = tensors(rng, (3, 3)), tensors(rng, (3, 3))
    other.data = one.data.copy()
    plain, grouped = Adam(lr=0.1), Adam(lr=0.1)
    plain.attach([one])
    grouped.attach([Group([other])])
    for _ in range(3):
        one.grad = other.grad = rng.standard_normal((3, 3))
        plain.step()
        grouped.step()
    assert_array_equal(one.data, other.data)


def test_a_network_learns_its_head_faster_than_its_body(rng):
    model = nn.Sequential(body=nn.Linear(6, 5), relu=nn.ReLU(), head=nn.Linear(5, 2))
    optimizer = SGD(lr=0.5)
    body, head = model.body.parameters(), model.head.parameters()
    optimizer.attach([Group(body, lr=1e-9), Group(head)])
    before = model.state_dict()
    x, labels = Tensor(rng.standard_normal((8, 6))), rng.integers(0, 2, 8)
    for _ in range(5):
        ops.softmax_cross_entropy(model(x), labels).backward()
        optimizer.step()
        optimizer.clear_gradients()
    after = model.state_dict()
    assert np.abs(after["body.weight"] - before["body.weight"]).max() < 1e-7
    assert np.abs(after["head.weight"] - before["head.weight"]).max() > 1e-2


def test_attaching_again_forgets_everything(rng):
    ours = tensors(rng, (3,))
    optimizer = Adam()
    optimizer.attach(ours)
    ours[0].grad = np.ones(3)
    optimizer.step()
    optimizer.attach(ours)
    assert optimizer.steps == 0
    assert not optimizer.state[0]["m"].any()


def test_an_optimizer_renewed_has_the_same_numbers_and_remembers_nothing(rng):
    optimizer = Adam(lr=0.3, betas=(0.5, 0.6)).clip(norm=2.0)
    optimizer.attach(tensors(rng, (3,)))
    other = optimizer.renewed(eps=0.5)
    assert repr(other) == "Adam(lr=0.3, betas=(0.5, 0.6), eps=0.5, weight_decay=0.0)"
    assert other.clipping == optimizer.clipping
    assert not other.tensors


def test_groups_that_cannot_be_are_refused(rng):
    a, b = tensors(rng, (2,), (2,))
    optimizer = SGD(lr=0.1)
    for parameters, problem in [
        ([], "no tensors came"),
        ([Group([a]), Group([])], "no tensors came"),
        ([a, Group([b])], "put every tensor in a group"),
        ([a, a], "a tensor came twice"),
        ([Group([a]), Group([a, b])], "a tensor came twice"),
        ([a * 2.0], "only tensors that no operation computed"),
        ([a.data], "only tensors that no operation computed"),
        ([Group([a], lr=-1.0)], "SGD: lr is -1.0, but must be over 0"),
        ([Group([a], betas=(0.9, 0.9))], "SGD has no betas, only lr, momentum, nesterov"),
        ([Group([a], rule=AdaGrad(), lr=0.0)], "AdaGrad: lr is 0.0"),
        ([Group([a], rule=AdaGrad().clip(norm=1.0))], "clip the SGD instead"),
    ]:
        with pytest.raises(UsageError, match=problem):
            optimizer.attach(parameters)
    with pytest.raises(UsageError, match="clip the Muon instead"):
        Muon(others=AdamW().clip(norm=1.0)).attach([a])
