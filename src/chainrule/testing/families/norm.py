"""Samples of normalisation and dropout: what a network does while it trains."""

from chainrule.ops import BatchNorm, Dropout, Standardise
from chainrule.testing.sample import Sample, fixed, given, normal, positive, random_bits

NORMS = (
    Sample("features", BatchNorm, (normal(5, 3), positive(3), normal(3))),
    Sample("images", BatchNorm, (normal(2, 3, 4, 5), positive(3), normal(3))),
    Sample("sequences", BatchNorm, (normal(4, 2, 6), positive(2), normal(2))),
    Sample("one example, several places", BatchNorm, (normal(1, 2, 3, 3), positive(2), normal(2))),
    Sample("two examples", lambda: BatchNorm(0.1), (normal(2, 4), positive(4), normal(4))),
    Sample("a large eps", lambda: BatchNorm(eps=0.5), (normal(6, 2), normal(2), normal(2))),
    Sample(
        "a channel that never changes",
        BatchNorm,
        (fixed([[1.0, 2.0], [1.0, 3.0], [1.0, 5.0]]), positive(2), normal(2)),
        smooth=False,  # 1 / sqrt(eps) is steep: differences would need a far smaller step
    ),
    Sample("images that are data", BatchNorm, (given(normal(3, 2, 4, 4)), positive(2), normal(2))),
    Sample(
        "an odd batch, 16 channels, 12x12",
        BatchNorm,
        (normal(9, 16, 12, 12, scale=2), positive(16), normal(16)),
    ),
)

WITHIN = (
    Sample("last axis", lambda: Standardise((-1,)), (normal(4, 5),)),
    Sample("all but the batch", lambda: Standardise((1, 2, 3)), (normal(2, 3, 4, 5),)),
    Sample("groups of channels", lambda: Standardise((2,)), (normal(2, 3, 20, scale=2),)),
    Sample("one value each", lambda: Standardise((1,), 0.5), (normal(3, 1),)),
    Sample("a large eps", lambda: Standardise((-2, -1), 0.5), (normal(2, 3, 4),)),
    Sample(
        "equal values",
        lambda: Standardise((1,)),
        (fixed([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]]),),
        smooth=False,  # 1 / sqrt(eps) is steep: differences would need a far smaller step
    ),
)

DROPOUTS = (
    Sample("half", Dropout, (normal(4, 5), random_bits(4, 5))),
    Sample(
        "images, a quarter", lambda: Dropout(0.25), (normal(2, 3, 4, 5), random_bits(2, 3, 4, 5))
    ),
    Sample("nothing", lambda: Dropout(0), (normal(4, 5), random_bits(4, 5))),
    Sample("almost everything", lambda: Dropout(0.999), (normal(30, 30), random_bits(30, 30))),
    Sample("a single number", Dropout, (normal(), random_bits())),
    Sample(
        "an odd batch, 16 channels, 12x12",
        lambda: Dropout(0.3),
        (normal(9, 16, 12, 12), random_bits(9, 16, 12, 12)),
    ),
)

SAMPLES = NORMS + WITHIN + DROPOUTS
