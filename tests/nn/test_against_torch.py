"""Every layer against PyTorch's, with PyTorch's own state: values and gradients, in float64."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from chainrule import kernels, nn
from chainrule.tape import Tensor

LAYERS = {
    "Linear": (lambda m: m.Linear(7, 5), (4, 7)),
    "Linear without bias": (lambda m: m.Linear(7, 5, bias=False), (4, 7)),
    "Conv2d": (lambda m: m.Conv2d(3, 4, 3), (2, 3, 7, 6)),
    "Conv2d, stride and padding": (
        lambda m: m.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 2)),
        (2, 3, 7, 6),
    ),
    "Conv2d, dilation": (lambda m: m.Conv2d(3, 4, 3, dilation=(2, 1)), (2, 3, 7, 6)),
    "Conv2d, groups": (lambda m: m.Conv2d(4, 6, 3, padding=1, groups=2), (2, 4, 5, 5)),
    "Conv2d, depthwise": (lambda m: m.Conv2d(4, 4, 3, groups=4, bias=False), (2, 4, 5, 5)),
    "Conv2d, same": (lambda m: m.Conv2d(3, 4, 3, padding="same"), (2, 3, 5, 6)),
    "Conv2d, same, even window": (lambda m: m.Conv2d(3, 4, (2, 4), padding="same"), (2, 3, 5, 6)),
    "Conv2d, valid": (lambda m: m.Conv2d(3, 4, 5, padding="valid"), (2, 3, 7, 6)),
    "Conv2d, many images": (lambda m: m.Conv2d(8, 16, 3, padding=1), (20, 8, 24, 24)),
    "MaxPool2d": (lambda m: m.MaxPool2d(2), (2, 3, 7, 6)),
    "MaxPool2d, overlapping": (lambda m: m.MaxPool2d(3, stride=2, padding=1), (2, 3, 7, 6)),
    "MaxPool2d, size rounded up": (lambda m: m.MaxPool2d(3, 2, ceil_mode=True), (2, 3, 8, 6)),
    "MaxPool2d, rounded up, windows smaller than steps": (
        lambda m: m.MaxPool2d(2, (3, 4), 1, ceil_mode=True),
        (2, 3, 8, 9),
    ),
    "MaxPool2d, rounded up, larger than the image": (
        lambda m: m.MaxPool2d(3, 2, ceil_mode=True),
        (2, 3, 2, 2),
    ),
    "AvgPool2d": (lambda m: m.AvgPool2d(2), (2, 3, 7, 6)),
    "AvgPool2d, overlapping": (
        lambda m: m.AvgPool2d((3, 2), stride=(2, 1), padding=1),
        (2, 3, 7, 6),
    ),
    "BatchNorm1d": (lambda m: m.BatchNorm1d(5), (6, 5)),
    "BatchNorm1d of sequences": (lambda m: m.BatchNorm1d(5), (6, 5, 4)),
    "BatchNorm2d": (lambda m: m.BatchNorm2d(3, eps=1e-3, momentum=0.3), (4, 3, 5, 5)),
    "ReLU": (lambda m: m.ReLU(), (4, 7)),
    "Sigmoid": (lambda m: m.Sigmoid(), (4, 7)),
    "Tanh": (lambda m: m.Tanh(), (4, 7)),
    "Softmax": (lambda m: m.Softmax(1), (4, 7)),
    "LogSoftmax": (lambda m: m.LogSoftmax(1), (4, 7)),
    "Flatten": (lambda m: m.Flatten(), (2, 3, 4, 5)),
}


@pytest.fixture(params=["kernels", "plain rules"])
def rules(request):
    """Each test once with NumPy's kernels, once with the rules of ops/ as they stand."""
    if request.param == "kernels":
        yield
    else:
        with kernels.plain_rules():
            yield


def twins(make):
    """Our layer and PyTorch's, in float64, with PyTorch's random weights in both."""
    theirs = make(torch.nn).double()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter)
    ours = make(nn)
    for _, own in ours.named_tensors():
        if own.dtype == "float32":
            own.data = own.data.astype("float64")
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def compare_gradients(ours, theirs):
    gradients = {name: parameter.grad for name, parameter in ours.named_parameters()}
    expected = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    assert set(gradients) == set(expected)
    for name, gradient in gradients.items():
        assert_allclose(gradient, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_a_layer_computes_what_pytorch_computes(make, shape, rng):
    torch.manual_seed(0)
    ours, theirs = twins(make)
    values = rng.standard_normal(shape)
    x = Tensor(values, needs_grad=True)
    xt = torch.tensor(values, requires_grad=True)

    y, yt = ours(x), theirs(xt)
    dy = rng.standard_normal(y.shape)
    y.backward(dy)
    yt.backward(torch.tensor(dy))

    assert_allclose(y.data, yt.detach(), rtol=1e-10, atol=1e-10)
    assert_allclose(x.grad, xt.grad, rtol=1e-9, atol=1e-9)
    compare_gradients(ours, theirs)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda m: m.BatchNorm1d(5, momentum=0.2), (6, 5)),
        (lambda m: m.BatchNorm2d(3), (4, 3, 5, 4)),
        (lambda m: m.BatchNorm2d(8), (40, 8, 20, 20)),
    ],
    ids=["1d", "2d", "2d, large"],
)
@pytest.mark.usefixtures("rules")
def test_running_statistics_follow_pytorchs_step_by_step_and_serve_in_use(make, shape, rng):
    ours, theirs = twins(make)
    for step in range(1, 4):
        values = 3 * rng.standard_normal(shape) + 1
        ours(Tensor(values))
        theirs(torch.tensor(values))
        assert_allclose(ours.running_mean.data, theirs.running_mean, rtol=1e-12)
        assert_allclose(ours.running_var.data, theirs.running_var, rtol=1e-12)
        assert ours.num_batches_tracked.item() == theirs.num_batches_tracked.item() == step

    ours.eval()
    theirs.eval()
    values = rng.standard_normal(shape)
    x, xt = Tensor(values, needs_grad=True), torch.tensor(values, requires_grad=True)
    y, yt = ours(x), theirs(xt)
    assert_allclose(y.data, yt.detach(), rtol=1e-11, atol=1e-12)
    dy = rng.standard_normal(shape)
    y.backward(dy)
    yt.backward(torch.tensor(dy))
    assert_allclose(x.grad, xt.grad, rtol=1e-11, atol=1e-12)
    compare_gradients(ours, theirs)
    assert ours.num_batches_tracked.item() == 3


def test_running_variance_is_the_unbiased_one():
    layer = nn.BatchNorm1d(1, momentum=1.0)
    layer(Tensor(np.array([[1.0], [2.0], [6.0]], dtype="float32")))
    assert layer.running_mean.data[0] == 3
    assert layer.running_var.data[0] == 7  # ((-2)**2 + (-1)**2 + 3**2) / (3 - 1)


def network(m):
    return m.Sequential(
        m.Conv2d(1, 4, 3, padding=1, bias=False),
        m.BatchNorm2d(4),
        m.ReLU(),
        m.MaxPool2d(2),
        m.Sequential(m.Conv2d(4, 6, 3), m.Tanh()),
        m.Flatten(),
        m.Linear(24, 10),
        m.BatchNorm1d(10),
    )


def test_a_networks_state_has_pytorchs_keys_in_pytorchs_order():
    ours, theirs = network(nn).state_dict(), network(torch.nn).state_dict()
    assert list(ours) == list(theirs)
    assert {k: v.shape for k, v in ours.items()} == {k: tuple(v.shape) for k, v in theirs.items()}


def test_a_pytorch_checkpoint_loads_as_it_is_and_gives_the_same_outputs(rng):
    torch.manual_seed(1)
    theirs, ours = network(torch.nn), network(nn)
    images = rng.standard_normal((8, 1, 8, 8)).astype("float32")
    theirs(torch.tensor(images))  # running statistics other than 0 and 1
    ours.load_state_dict(theirs.state_dict())
    y = ours.eval()(Tensor(images))
    assert y.dtype == "float32"
    assert_allclose(y.data, theirs.eval()(torch.tensor(images)).detach(), rtol=1e-5, atol=1e-5)


def test_our_state_loads_into_pytorch():
    ours, theirs = network(nn), network(torch.nn)
    theirs.load_state_dict({name: torch.tensor(a) for name, a in ours.state_dict().items()})
    assert_allclose(theirs[6].weight.detach(), ours[6].weight.data)


def test_global_average_pooling_is_the_mean_over_space(rng):
    x = rng.standard_normal((2, 3, 4, 5))
    y = nn.GlobalAvgPool2d()(Tensor(x))
    expected = torch.nn.functional.adaptive_avg_pool2d(torch.tensor(x), 1)[:, :, 0, 0]
    assert_allclose(y.data, expected, rtol=1e-12)
