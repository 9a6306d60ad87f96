"""RNN, LSTM and GRU against PyTorch's in every shape they come in, and gradients that stop."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import nn, ops, optim
from chainrule.errors import ShapeError, UsageError
from chainrule.tape import Tensor

T, N, D, M = 5, 3, 4, 6

KINDS = {
    "RNN, tanh": (lambda m, **o: m.RNN(D, M, **o)),
    "RNN, relu": (lambda m, **o: m.RNN(D, M, nonlinearity="relu", **o)),
    "LSTM": (lambda m, **o: m.LSTM(D, M, **o)),
    "GRU": (lambda m, **o: m.GRU(D, M, **o)),
}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def twins(make, dtype="float64", **options):
    """Our layer and PyTorch's, with PyTorch's random weights in both."""
    torch.manual_seed(0)
    theirs = make(torch.nn, **options).to(getattr(torch, dtype))
    ours = make(nn, **options)
    for parameter in ours.parameters():
        parameter.data = parameter.data.astype(dtype)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def tensors_of(state):
    """The parts of a state as a list: one of an RNN or GRU, two of an LSTM."""
    return list(state) if isinstance(state, tuple) else [state]


def leaves(rng, shape, dtype):
    values = rng.standard_normal(shape).astype(dtype)
    return Tensor(values, needs_grad=True), torch.tensor(values, requires_grad=True)


def assert_close(got, wanted, tolerance):
    assert_allclose(got, wanted.detach(), rtol=tolerance, atol=tolerance)


def compare(make, rng, dtype, tolerance, *, given, **options):
    """Assert equal outputs, states and gradients; given: whether from a given state."""
    batch_first, num_layers = options["batch_first"], options["num_layers"]
    directions = 1 + options["bidirectional"]
    ours, theirs = twins(make, dtype, **options)
    x, xt = leaves(rng, (N, T, D) if batch_first else (T, N, D), dtype)
    begin = [leaves(rng, (num_layers * directions, N, M), dtype) for _ in ours.memories]
    start, start_t = (tuple(side) for side in zip(*begin, strict=True))
    if len(begin) == 1:
        start, start_t = start[0], start_t[0]

    y, end = ours(x, start) if given else ours(x)
    yt, end_t = theirs(xt, start_t) if given else theirs(xt)
    assert type(end) is type(start)

    pairs = [(y, yt), *zip(tensors_of(end), tensors_of(end_t), strict=True)]
    total, total_t = 0.0, 0.0
    for one, one_t in pairs:
        assert one.shape == tuple(one_t.shape)
        assert one.dtype == dtype
        assert_close(one.data, one_t, tolerance)
        weights = rng.standard_normal(one.shape).astype(dtype)
        total = total + (one * weights).sum()
        total_t = total_t + (one_t * torch.tensor(weights)).sum()
    total.backward()
    total_t.backward()

    assert_close(x.grad, xt.grad, tolerance)
    for ours_0, theirs_0 in begin if given else []:
        assert_close(ours_0.grad, theirs_0.grad, tolerance)
    expected = dict(theirs.named_parameters())
    assert [name for name, _ in ours.named_parameters()] == list(expected)
    for name, parameter in ours.named_parameters():
        assert_close(parameter.grad, expected[name].grad, tolerance)


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2, 3])
@every_kind
def test_every_combination_equals_pytorchs(
    make, num_layers, bidirectional, batch_first, given, rng
):
    compare(
        make,
        rng,
        "float64",
        1e-9,
        given=given,
        num_layers=num_layers,
        bidirectional=bidirectional,
        batch_first=batch_first,
        bias=num_layers != 3,
    )


@every_kind
def test_single_precision_equals_pytorchs_and_is_kept(make, rng):
    options = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    compare(make, rng, "float32", 1e-5, given=True, **options)


@every_kind
def test_one_step_of_one_example_equals_pytorchs(make, rng):
    ours, theirs = twins(make)
    x = rng.standard_normal((1, 1, D))
    y, yt = ours(Tensor(x))[0], theirs(torch.tensor(x))[0]
    assert_close(y.data, yt, 1e-12)


@every_kind
def test_an_empty_batch_goes_through(make):
    y, state = make(nn)(Tensor(np.zeros((T, 0, D), "float32")))
    assert y.shape == (T, 0, M)
    assert all(part.shape == (1, 0, M) for part in tensors_of(state))


@every_kind
def test_a_sequence_in_two_chunks_gives_what_it_gives_in_one(make, rng):
    layer = make(nn, num_layers=2)
    x = Tensor(rng.standard_normal((6, N, D)))
    whole, end = layer(x)
    first, state = layer(x[:4])
    second, last = layer(x[4:], state)
    assert_allclose(ops.concat([first, second]).data, whole.data, rtol=1e-12)
    for got, wanted in zip(tensors_of(last), tensors_of(end), strict=True):
        assert_allclose(got.data, wanted.data, rtol=1e-12)


@every_kind
def test_gradients_stop_where_the_state_was_detached(make, rng):
    layer = make(nn)
    early = Tensor(rng.standard_normal((3, N, D)), needs_grad=True)
    late = Tensor(rng.standard_normal((2, N, D)), needs_grad=True)

    y, _ = layer(late, layer(early)[1])
    y.sum().backward()
    assert np.abs(early.grad).max() > 1e-6  # the whole way back
    early.grad = late.grad = None
    whole = layer.weight_hh_l0.grad
    layer.weight_hh_l0.grad = None

    state = layer(early)[1]
    cut = nn.detach(state)
    for one, other in zip(tensors_of(cut), tensors_of(state), strict=True):
        assert_array_equal(one.data, other.data)
        assert one.creator is None
    y_cut, _ = layer(late, cut)
    y_cut.sum().backward()
    assert early.grad is None
    assert late.grad is not None
    assert_allclose(y_cut.data, y.data, rtol=1e-12)
    assert not np.allclose(layer.weight_hh_l0.grad, whole)


def test_truncated_backpropagation_equals_pytorchs(rng):
    ours, theirs = twins(KINDS["LSTM"])
    chunks = rng.standard_normal((3, 4, N, D))
    state, state_t = None, None
    for chunk in chunks:
        y, state = ours(Tensor(chunk), state)
        (y * y).sum().backward(keep=False)
        state = nn.detach(state)
        yt, state_t = theirs(torch.tensor(chunk), state_t)
        (yt * yt).sum().backward()
        state_t = tuple(part.detach() for part in state_t)
    for name, parameter in theirs.named_parameters():
        assert_close(dict(ours.named_parameters())[name].grad, parameter.grad, 1e-9)


def test_detaching_keeps_the_values_and_the_name():
    x = Tensor(np.ones(2), name="h", needs_grad=True)
    cut = (x * 2.0).detach()
    assert not cut.needs_grad
    assert x.detach().data is x.data
    assert x.detach().name == "h"


def test_dropout_acts_between_layers_only_and_only_while_training(rng):
    layer = nn.LSTM(D, M, num_layers=2, dropout=0.5)
    x = Tensor(rng.standard_normal((T, N, D)).astype("float32"))

    def output(step):
        nn.reseed(layer, 0, step)
        return layer(x)[0].data

    assert_array_equal(output(1), output(1))
    assert (output(1) != output(2)).any()
    assert (output(1) != 0).all()  # the last layer's output is left as it is
    layer.eval()
    assert_array_equal(output(1), output(2))
    assert list(layer.state_dict()) == list(torch.nn.LSTM(D, M, 2, dropout=0.5).state_dict())


def test_a_recurrent_layer_is_seen_by_its_output_in_a_summary():
    class Reader(nn.Module):
        def __init__(self):
            self.lstm = nn.LSTM(D, M, batch_first=True, bidirectional=True)
            self.scores = nn.Linear(2 * M, 3)

        def forward(self, x):
            said, _ = self.lstm(x)
            return self.scores(said[:, -1])

    lstm, scores = nn.summary(Reader(), (T, D))
    assert (lstm.kind, lstm.output_shape) == ("LSTM", (T, 2 * M))
    assert lstm.formula == "2 * 4 * 6 * (4 + 6 + 2) = 576"
    assert lstm.parameters == 576
    assert scores.output_shape == (3,)


def test_an_lstm_learns_to_remember_the_first_of_many_steps(rng):
    class Reader(nn.Module):
        def __init__(self):
            self.lstm = nn.LSTM(1, 8)
            self.scores = nn.Linear(8, 2)

        def forward(self, x):
            return self.scores(self.lstm(x)[0][-1])

    nn.seed(0)
    model = Reader()
    labels = np.arange(32) % 2
    x = 0.1 * rng.standard_normal((12, 32, 1)).astype("float32")
    x[0, :, 0] = 2.0 * labels - 1
    adam = optim.Adam(lr=0.02)
    adam.attach(model.parameters())
    for _ in range(60):
        loss = ops.softmax_cross_entropy(model(Tensor(x)), labels)
        loss.backward(keep=False)
        adam.step()
        adam.clear_gradients()
    assert loss.item() < 0.1


@pytest.mark.parametrize(
    ("message", "make"),
    {
        "LSTM: hidden_size is 0, but a whole number from 1": lambda: nn.LSTM(3, 0),
        "GRU: input_size is -1": lambda: nn.GRU(-1, 3),
        "RNN: num_layers is 1.5": lambda: nn.RNN(3, 3, 1.5),
        r"RNN: nonlinearity is 'gelu', but \"tanh\" or \"relu\" is needed": lambda: nn.RNN(
            3, 3, nonlinearity="gelu"
        ),
        "LSTM: dropout 1.0 came with 2 layers": lambda: nn.LSTM(3, 3, 2, dropout=1.0),
        "GRU: dropout 0.5 came with 1 layers, but it acts between": lambda: nn.GRU(
            3, 3, dropout=0.5
        ),
    }.items(),
)
def test_a_constructor_refuses_what_makes_no_sense(message, make):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize("shape", [(T, D), (T, N, D + 1), (0, N, D)])
@every_kind
def test_a_sequence_that_does_not_fit_is_refused(make, shape):
    with pytest.raises(ShapeError, match=rf"but \(T, N, {D}\) with T of 1 or more is needed"):
        make(nn)(Tensor(np.zeros(shape)))


def test_a_state_that_does_not_fit_is_refused():
    x, h = Tensor(np.zeros((T, N, D))), Tensor(np.zeros((1, N, M)))
    with pytest.raises(UsageError, match=r"LSTM: its state is \(h, c\), 2 tensors of shape"):
        nn.LSTM(D, M)(x, h)
    with pytest.raises(ShapeError, match=r"c has shape \(1, 3, 5\), but \(1, 3, 6\) is needed"):
        nn.LSTM(D, M)(x, (h, Tensor(np.zeros((1, N, M - 1)))))
    with pytest.raises(ShapeError, match=r"h has shape \(1, 3, 6\), but \(2, 3, 6\) is needed"):
        nn.GRU(D, M, bidirectional=True)(x, h)
