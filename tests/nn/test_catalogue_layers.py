"""Every layer of the catalogue against PyTorch's, in double and single precision, and its state."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import load, save

from chainrule import kernels, nn
from chainrule.tape import Tensor

LAYERS = {
    "Conv1d": (lambda m: m.Conv1d(3, 4, 3), (2, 3, 9)),
    "Conv1d, stride, padding, dilation": (
        lambda m: m.Conv1d(3, 4, 4, stride=2, padding=3, dilation=2),
        (2, 3, 9),
    ),
    "Conv1d, same": (lambda m: m.Conv1d(3, 4, 5, padding="same", dilation=2), (2, 3, 6)),
    "Conv1d, groups, no bias": (lambda m: m.Conv1d(4, 6, 3, groups=2, bias=False), (3, 4, 5)),
    "Conv1d, depthwise, one step": (lambda m: m.Conv1d(4, 8, 1, groups=4), (1, 4, 1)),
    "Conv2d, grouped": (lambda m: m.Conv2d(6, 9, 3, padding=1, groups=3), (2, 6, 5, 4)),
    "Conv2d, depthwise": (lambda m: m.Conv2d(4, 4, 3, stride=2, groups=4), (2, 4, 7, 6)),
    "Conv2d, depthwise separable": (
        lambda m: m.Sequential(m.Conv2d(4, 4, 3, groups=4, bias=False), m.Conv2d(4, 6, 1)),
        (2, 4, 6, 6),
    ),
    "ConvTranspose2d": (lambda m: m.ConvTranspose2d(3, 4, 3), (2, 3, 4, 5)),
    "ConvTranspose2d, twice as large": (
        lambda m: m.ConvTranspose2d(3, 4, 4, stride=2, padding=1, bias=False),
        (2, 3, 4, 5),
    ),
    "ConvTranspose2d, every option": (
        lambda m: m.ConvTranspose2d(
            4, 6, (3, 2), (2, 3), (1, 0), (1, 2), groups=2, dilation=(1, 3)
        ),
        (2, 4, 4, 3),
    ),
    "ConvTranspose2d, depthwise, one pixel": (
        lambda m: m.ConvTranspose2d(3, 3, 2, groups=3),
        (1, 3, 1, 1),
    ),
    "AdaptiveAvgPool2d": (lambda m: m.AdaptiveAvgPool2d((3, 2)), (2, 3, 7, 8)),
    "AdaptiveAvgPool2d, to one": (lambda m: m.AdaptiveAvgPool2d(1), (2, 3, 5, 4)),
    "AdaptiveAvgPool2d, from one": (lambda m: m.AdaptiveAvgPool2d((2, 3)), (2, 3, 1, 1)),
    "AdaptiveMaxPool2d": (lambda m: m.AdaptiveMaxPool2d((3, 2)), (2, 3, 7, 8)),
    "AdaptiveMaxPool2d, as it is": (lambda m: m.AdaptiveMaxPool2d((4, 5)), (2, 3, 4, 5)),
    "LayerNorm": (lambda m: m.LayerNorm(7), (4, 7)),
    "LayerNorm of sequences": (lambda m: m.LayerNorm(7, eps=1e-3), (2, 5, 7)),
    "LayerNorm of images": (lambda m: m.LayerNorm((3, 4, 5)), (2, 3, 4, 5)),
    "LayerNorm of one example": (lambda m: m.LayerNorm([6]), (1, 6)),
    "GroupNorm": (lambda m: m.GroupNorm(3, 6), (2, 6, 4, 5)),
    "GroupNorm, one group, one example": (lambda m: m.GroupNorm(1, 4, eps=0.1), (1, 4, 3, 3)),
    "GroupNorm, each channel": (lambda m: m.GroupNorm(4, 4), (2, 4, 6)),
    "GroupNorm, nothing learned": (lambda m: m.GroupNorm(2, 6, affine=False), (2, 6, 4, 5)),
    "GroupNorm of features": (lambda m: m.GroupNorm(2, 8), (3, 8)),
    "LocalResponseNorm": (lambda m: m.LocalResponseNorm(5), (2, 8, 3, 3)),
    "LocalResponseNorm, AlexNet's": (
        lambda m: m.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        (2, 7, 3, 3),
    ),
    "LocalResponseNorm, strong, even": (
        lambda m: m.LocalResponseNorm(4, alpha=2.0, beta=1.5, k=0.5),
        (2, 3, 4, 2),
    ),
    "LocalResponseNorm of sequences": (lambda m: m.LocalResponseNorm(3, 1.0), (2, 5, 4)),
    "Identity": (lambda m: m.Identity(), (2, 3)),
    "Dropout1d in use": (lambda m: m.Dropout1d(0.3).eval(), (2, 3, 4)),
    "Dropout2d in use": (lambda m: m.Dropout2d(0.3).eval(), (2, 3, 4, 5)),
}
every_layer = pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")


@pytest.fixture(params=["kernels", "plain rules"])
def rules(request):
    """Each test once with NumPy's kernels, once with the rules of ops/ as they stand."""
    if request.param == "kernels":
        yield
    else:
        with kernels.plain_rules():
            yield


def twins(make, dtype):
    """Our layer and PyTorch's, with PyTorch's random weights in both."""
    torch.manual_seed(0)
    theirs = make(torch.nn).to(getattr(torch, dtype))
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter)
    ours = make(nn)
    for parameter in ours.parameters():
        parameter.data = parameter.data.astype(dtype)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def assert_close(got, wanted, tolerance):
    assert str(got.dtype) == str(wanted.dtype).removeprefix("torch.")
    wanted = wanted.detach().numpy()
    largest = float(np.max(np.abs(wanted), initial=0))
    assert_allclose(got, wanted, rtol=tolerance, atol=tolerance * largest)


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
@every_layer
def test_a_layer_computes_what_pytorch_computes(make, shape, dtype, tolerance, rng):
    ours, theirs = twins(make, dtype)
    values = rng.standard_normal(shape).astype(dtype)
    x = Tensor(values, needs_grad=True)
    xt = torch.tensor(values, requires_grad=True)

    y, yt = ours(x), theirs(xt)
    assert y.shape == tuple(yt.shape)
    dy = rng.standard_normal(y.shape).astype(dtype)
    y.backward(dy)
    yt.backward(torch.tensor(dy))

    assert_close(y.data, yt, tolerance)
    assert_close(x.grad, xt.grad, tolerance)
    expected = dict(theirs.named_parameters())
    assert [name for name, _ in ours.named_parameters()] == list(expected)
    for name, parameter in ours.named_parameters():
        assert_close(parameter.grad, expected[name].grad, tolerance)


WITH_STATE = {
    "Embedding": lambda m: m.Embedding(5, 3),
    **{name: make for name, (make, _) in LAYERS.items() if make(nn).parameters()},
    "RNN": lambda m: m.RNN(3, 4, 2, bidirectional=True),
    "LSTM": lambda m: m.LSTM(3, 4, 2, bidirectional=True),
    "GRU": lambda m: m.GRU(3, 4, bias=False),
}
with_state = pytest.mark.parametrize("make", WITH_STATE.values(), ids=WITH_STATE)


@with_state
def test_state_survives_saving_and_loading_bit_for_bit(make):
    nn.seed(1)
    one = make(nn)
    nn.seed(2)
    other = make(nn)
    other.load_state_dict(load(save(one.state_dict())))
    assert list(other.state_dict()) == list(one.state_dict())
    for name, values in one.state_dict().items():
        assert_array_equal(other.state_dict()[name], values)
        assert other.state_dict()[name].tobytes() == values.tobytes()


@with_state
def test_state_has_pytorchs_keys_in_pytorchs_order_and_loads_there(make):
    ours, theirs = make(nn), make(torch.nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict({name: torch.tensor(a) for name, a in ours.state_dict().items()})
    for name, values in theirs.state_dict().items():
        assert_array_equal(values, ours.state_dict()[name])


@with_state
def test_a_formula_comes_out_as_the_count(make):
    for _, layer in make(nn).named_modules():
        own = [p for p in vars(layer).values() if isinstance(p, nn.Parameter)]
        assert eval(layer.formula() or "0") == sum(p.data.size for p in own)


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (nn.Conv1d(3, 4, 5), "Conv1d(3, 4, kernel_size=5)"),
        (
            nn.Conv1d(4, 4, 3, 2, 1, 3, 2, bias=False),
            "Conv1d(4, 4, kernel_size=3, stride=2, padding=1, dilation=3, groups=2, bias=False)",
        ),
        (nn.ConvTranspose2d(3, 4, 2), "ConvTranspose2d(3, 4, kernel_size=(2, 2))"),
        (
            nn.ConvTranspose2d(3, 4, 4, 2, 1, (0, 1)),
            "ConvTranspose2d(3, 4, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), "
            "output_padding=(0, 1))",
        ),
        (nn.AdaptiveAvgPool2d(7), "AdaptiveAvgPool2d((7, 7))"),
        (nn.LayerNorm(7), "LayerNorm((7,), eps=1e-05)"),
        (nn.GroupNorm(2, 6), "GroupNorm(2, 6, eps=1e-05)"),
        (nn.GroupNorm(2, 6, affine=False), "GroupNorm(2, 6, eps=1e-05, affine=False)"),
        (nn.LocalResponseNorm(5), "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)"),
        (nn.Embedding(10, 3), "Embedding(10, 3)"),
        (nn.StochasticDepth(0.2), "StochasticDepth(0.2)"),
        (nn.RNN(3, 4, nonlinearity="relu"), "RNN(3, 4, nonlinearity='relu')"),
        (
            nn.GRU(3, 4, 2, bias=False, batch_first=True, bidirectional=True),
            "GRU(3, 4, num_layers=2, bias=False, batch_first=True, bidirectional=True)",
        ),
    ],
)
def test_a_layer_shows_its_hyperparameters(layer, shown):
    assert repr(layer) == shown


def test_an_embedding_looks_up_whole_numbers_of_any_shape(rng):
    ours, theirs = twins(lambda m: m.Embedding(6, 3), "float64")
    for i in [np.array([[1, 5, 1], [0, 1, 2]]), np.array([3]), np.array(4)]:
        for parameter in (*ours.parameters(), *theirs.parameters()):
            parameter.grad = None
        y, yt = ours(i), theirs(torch.tensor(i))
        assert_close(y.data, yt, 0)
        dy = rng.standard_normal(y.shape)
        y.backward(dy)
        yt.backward(torch.tensor(dy))
        assert_close(ours.weight.grad, theirs.weight.grad, 1e-12)


def test_global_max_pooling_is_the_largest_of_each_channel(rng):
    x = Tensor(rng.standard_normal((2, 3, 4, 5)), needs_grad=True)
    y = nn.GlobalMaxPool2d()(x)
    assert_array_equal(y.data, x.data.max(axis=(2, 3)))
    y.sum().backward()
    assert_array_equal(x.grad != 0, x.data == x.data.max(axis=(2, 3), keepdims=True))
