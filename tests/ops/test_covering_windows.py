"""Windows that reach every pixel: as many as PyTorch's pooling takes when it rounds up."""

import itertools

import torch

from chainrule.ops.windows import Window


def test_a_covering_window_takes_as_many_places_as_pytorchs_ceil_mode():
    checked = 0
    for size, step, around, dilation, H in itertools.product(
        range(1, 5), range(1, 6), range(3), (1, 2), range(1, 12)
    ):
        span = dilation * (size - 1) + 1
        if 2 * around > size or H + 2 * around < span:
            continue
        pool = torch.nn.MaxPool1d(size, step, around, dilation, ceil_mode=True)
        expected = pool(torch.zeros(1, 1, H)).shape[2]
        window = Window((1, size), (1, step), ((0, 0), (around, around)), (1, dilation))
        covering = window.covering(1, H)
        assert covering.places(1, H) == (1, expected), (window, H)
        before, after = covering.padding[1]
        assert before == around
        assert after >= around
        checked += 1
    assert checked > 500
