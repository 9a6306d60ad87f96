"""Samples of activations: kinks, ties and extremes."""

from chainrule.ops import (
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
    TanhGELU,
)
from chainrule.testing.sample import Sample, fixed, normal, spread, tied

EXTREMES = [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 9.9e3]]
ALL_SIZES = [-1e4, -80.0, -20.0, -1e-3, -1e-40, 0.0, 1e-40, 1e-310, 1e-3, 20.0, 80.0, 1e4]
"""From far below 0 over denormals to far above."""

SQUASHING = (
    Sample("a matrix", Step, (spread(3, 5),)),
    Sample("at 0 too", Step, (fixed([-1.0, 0.0, 1.0]),), smooth=False),
    Sample("extremes", Step, (fixed(ALL_SIZES),), smooth=False),
    Sample("a matrix", Sigmoid, (normal(3, 5),)),
    Sample("a single number", Sigmoid, (normal(),)),
    Sample("extremes", Sigmoid, (fixed(ALL_SIZES),)),
    Sample("a matrix", Tanh, (normal(3, 5),)),
    Sample("extremes", Tanh, (fixed(ALL_SIZES),)),
)

RECTIFIERS = (
    Sample("a matrix", ReLU, (spread(3, 5),)),
    Sample("images", ReLU, (spread(2, 3, 4, 5),)),
    Sample("a single number", ReLU, (fixed(1.5),)),
    Sample("at 0 too", ReLU, (tied(9, 16, 3, 3),), smooth=False),
    Sample("an odd batch of larger images", ReLU, (normal(9, 16, 12, 12),), smooth=False),
    Sample("extremes", ReLU, (fixed(EXTREMES),), smooth=False),
    Sample("a matrix", LeakyReLU, (spread(3, 5),)),
    Sample("a slope of 0.1", lambda: LeakyReLU(0.1), (spread(2, 3, 2, 2),)),
    Sample("a slope of 0", lambda: LeakyReLU(0), (spread(3),)),
    Sample("extremes", lambda: LeakyReLU(0.1), (fixed(ALL_SIZES),), smooth=False),
    Sample("a matrix", ELU, (normal(3, 5),)),
    Sample("an alpha of 0.3", lambda: ELU(0.3), (spread(2, 3, 2, 2),)),
    Sample("extremes", ELU, (fixed(ALL_SIZES),), smooth=False),
    Sample("pairs", Maxout, (spread(4, 6),)),
    Sample("three pieces of images", lambda: Maxout(3), (spread(2, 6, 3, 2),)),
    Sample("one piece", lambda: Maxout(1), (spread(3, 2),)),
    Sample("ties", lambda: Maxout(4), (tied(5, 8, 2),), smooth=False),
    Sample("extremes", lambda: Maxout(3), (fixed(EXTREMES),), smooth=False),
)

SMOOTH = tuple(
    Sample(title, rule, (drawn,))
    for rule in (Softplus, SiLU, GELU, TanhGELU)
    for title, drawn in (
        ("a matrix", normal(3, 5)),
        ("images", normal(2, 3, 2, 2, scale=3)),
        ("a single number", normal()),
        ("extremes", fixed(ALL_SIZES)),
    )
)

SOFTMAXES = (
    Sample("rows", Softmax, (normal(4, 3),)),
    Sample("columns", lambda: Softmax(axis=0), (normal(4, 3),)),
    Sample("channels, counted from the end", lambda: Softmax(axis=-3), (normal(2, 3, 2, 2),)),
    Sample("one class", Softmax, (normal(3, 1),)),
    Sample("extremes", Softmax, (fixed(EXTREMES),)),
    Sample("rows", LogSoftmax, (normal(4, 3),)),
    Sample("columns", lambda: LogSoftmax(axis=0), (normal(4, 3),)),
    Sample("channels", lambda: LogSoftmax(axis=1), (normal(2, 3, 2, 2),)),
    Sample("extremes", LogSoftmax, (fixed(EXTREMES),), smooth=False),
)

SAMPLES = SQUASHING + RECTIFIERS + SMOOTH + SOFTMAXES
