"""Samples of losses: labels and rows, kinks, and predictions that could not be worse."""

from chainrule.ops import (
    AbsoluteError,
    AbsolutePercentageError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    CategoricalHinge,
    CosineSimilarity,
    GaussianNLL,
    Hinge,
    Huber,
    KLDivergence,
    LaplaceMixtureNLL,
    LaplaceNLL,
    LogCosh,
    MultiClassHinge,
    NegativeLogLikelihood,
    PoissonNLL,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    SquaredError,
    SquaredLogarithmicError,
)
from chainrule.testing.sample import (
    Input,
    Sample,
    fixed,
    given,
    labels,
    normal,
    positive,
    probabilities,
    spread,
    tied,
    whole,
)

FAR_APART = fixed([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 0.0, -1e4]])
DECK = fixed([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
MASKED = fixed([[3.2, float("-inf"), -1.7], [float("-inf"), 4.9, 2.0]])
SURE = fixed([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.25, 0.25]])


def shares(*shape: int) -> Input:
    """Numbers in (0.05, 0.95): probabilities away from both ends."""
    return Input(lambda rng: rng.uniform(0.05, 0.95, shape))


def one_hot(*classes: int, K: int) -> Input:
    """One row of K per class."""
    return given(fixed([[float(k == one) for k in range(K)] for one in classes]))


def signs(*shape: int) -> Input:
    """-1 and 1, given as targets."""
    return Input(lambda rng: rng.choice([-1.0, 1.0], shape), needs_grad=False)


CLASSES = (
    Sample("labels", SoftmaxCrossEntropy, (normal(4, 3), labels(4, 3))),
    Sample("one example", SoftmaxCrossEntropy, (normal(1, 5), labels(1, 5))),
    Sample("one class", SoftmaxCrossEntropy, (normal(3, 1), labels(3, 1))),
    Sample(
        "an odd batch, larger", SoftmaxCrossEntropy, (normal(129, 10, scale=3), labels(129, 10))
    ),
    Sample("soft targets", SoftmaxCrossEntropy, (normal(4, 3), probabilities(4, 3))),
    Sample(
        "targets that do not sum to 1",
        SoftmaxCrossEntropy,
        (normal(2, 3), given(fixed([[2.0, 0.0, 1.0], [0.1, 0.2, 0.3]]))),
    ),
    Sample(
        "smoothed labels, summed",
        lambda: SoftmaxCrossEntropy(0.1, "sum"),
        (normal(4, 3), labels(4, 3)),
    ),
    Sample(
        "smoothed rows, one by one",
        lambda: SoftmaxCrossEntropy(0.3, "none"),
        (normal(4, 3), probabilities(4, 3)),
    ),
    Sample("a class masked out", SoftmaxCrossEntropy, (MASKED, whole(0, 2))),
    Sample("equal scores", SoftmaxCrossEntropy, (fixed([[2.0] * 4] * 3), whole(0, 3, 3))),
    Sample("extremes", SoftmaxCrossEntropy, (FAR_APART, whole(0, 2, 2))),
    Sample("labels", CategoricalCrossEntropy, (shares(4, 3), labels(4, 3))),
    Sample("soft targets", CategoricalCrossEntropy, (shares(4, 3), probabilities(4, 3))),
    Sample("sure and wrong", CategoricalCrossEntropy, (SURE, whole(0, 0, 2)), smooth=False),
    Sample("labels", NegativeLogLikelihood, (normal(4, 3), labels(4, 3))),
    Sample("soft targets", NegativeLogLikelihood, (normal(4, 3), probabilities(4, 3))),
    Sample("a class masked out", NegativeLogLikelihood, (MASKED, whole(0, 2))),
    Sample("extremes", NegativeLogLikelihood, (FAR_APART, whole(1, 1, 1))),
    Sample("rows", KLDivergence, (shares(4, 3), probabilities(4, 3))),
    Sample("one example", KLDivergence, (shares(1, 2), given(fixed([[0.4, 0.6]])))),
    Sample("sure and wrong", KLDivergence, (SURE, one_hot(0, 1, 2, K=3)), smooth=False),
)

BINARY = (
    Sample("a matrix", SigmoidCrossEntropy, (normal(4, 3), given(shares(4, 3)))),
    Sample("whole targets", SigmoidCrossEntropy, (normal(4), whole(0, 1, 1, 0))),
    Sample(
        "extremes",
        SigmoidCrossEntropy,
        (fixed([-1e4, 1e4, -1e4, 1e4, 0.0]), given(fixed([0.0, 0.0, 1.0, 1.0, 0.5]))),
    ),
    Sample("a matrix", BinaryCrossEntropy, (shares(4, 3), given(shares(4, 3)))),
    Sample("whole targets", BinaryCrossEntropy, (shares(4), whole(0, 1, 1, 0))),
    Sample(
        "sure and wrong",
        BinaryCrossEntropy,
        (fixed([0.0, 1.0, 0.0, 1.0]), given(fixed([1.0, 0.0, 0.0, 1.0]))),
        smooth=False,
    ),
)

HINGES = (
    Sample("the deck's", MultiClassHinge, (DECK, whole(0, 1, 2))),
    Sample("a margin of 0.7", lambda: MultiClassHinge(0.7), (normal(5, 4), labels(5, 4))),
    Sample(
        "every class, squared",
        lambda: MultiClassHinge(power=2, all_j=True),
        (normal(5, 4), labels(5, 4)),
    ),
    Sample(
        "a mean over others",
        lambda: MultiClassHinge(divide="others"),
        (normal(5, 4), labels(5, 4)),
    ),
    Sample(
        "a squared mean over classes",
        lambda: MultiClassHinge(2.0, 2, divide="classes"),
        (normal(5, 4), labels(5, 4)),
    ),
    Sample("shares", MultiClassHinge, (normal(5, 4), probabilities(5, 4))),
    Sample(
        "shares, some 0, squared, a mean over classes",
        lambda: MultiClassHinge(2.0, 2, divide="classes"),
        (normal(2, 3), given(fixed([[0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]))),
    ),
    Sample(
        "shares, every class",
        lambda: MultiClassHinge(all_j=True, divide="others"),
        (normal(5, 4), probabilities(5, 4)),
    ),
    Sample("one class", MultiClassHinge, (normal(3, 1), labels(3, 1))),
    Sample("on the margin", MultiClassHinge, (tied(6, 3), labels(6, 3)), smooth=False),
    Sample("extremes", MultiClassHinge, (FAR_APART, whole(1, 1, 0)), smooth=False),
    Sample("the deck's", CategoricalHinge, (DECK, one_hot(0, 1, 2, K=3))),
    Sample("rows", CategoricalHinge, (spread(4, 3), one_hot(2, 0, 1, 1, K=3))),
    Sample("ties", CategoricalHinge, (tied(6, 3), one_hot(0, 1, 2, 0, 1, 2, K=3)), smooth=False),
    Sample("a matrix", Hinge, (normal(4, 3), signs(4, 3))),
    Sample("squared", lambda: Hinge(2), (normal(4, 3), signs(4, 3))),
    Sample("on the margin", Hinge, (tied(12), signs(12)), smooth=False),
    Sample("extremes", lambda: Hinge(2), (fixed([1e4, -1e4, 0.0]), whole(-1, 1, 1))),
)

DIFFERENCES = (
    Sample("a matrix", SquaredError, (normal(4, 3), normal(4, 3))),
    Sample("a single number", SquaredError, (normal(), normal())),
    Sample("a matrix", AbsoluteError, (spread(4, 3), given(fixed([[0.01] * 3] * 4)))),
    Sample("no error", AbsoluteError, (tied(9), tied(9)), smooth=False),
    Sample("a matrix", Huber, (normal(4, 3), normal(4, 3))),
    Sample("a delta of 0.3", lambda: Huber(0.3), (normal(8), given(normal(8)))),
    Sample("extremes", Huber, (fixed([1e4, -1e4, 0.0, 1e-310]), given(fixed([0.0] * 4)))),
    Sample("a matrix", LogCosh, (normal(4, 3, scale=2), normal(4, 3))),
    Sample("extremes", LogCosh, (fixed([1e4, -1e4, 0.0, 1e-310]), given(fixed([0.0] * 4)))),
)

RATIOS = (
    Sample("a matrix", AbsolutePercentageError, (spread(2, 3), given(fixed([[0.33] * 3] * 2)))),
    Sample(
        "no error, and targets of 0",
        AbsolutePercentageError,
        (fixed([1.0, 2.0, 0.0]), given(fixed([1.0, 0.0, 0.0]))),
        smooth=False,
    ),
    Sample("a matrix", SquaredLogarithmicError, (positive(4, 3), given(positive(4, 3)))),
    Sample(
        "negative numbers count as 0",
        SquaredLogarithmicError,
        (fixed([-1.0, 3.0, 0.0, 1e4]), given(fixed([2.0, -1.0, 0.0, 1e4]))),
        smooth=False,
    ),
    Sample("rows", CosineSimilarity, (normal(4, 3), given(normal(4, 3)))),
    Sample(
        "a row of zeros",
        CosineSimilarity,
        (fixed([[0.0, 0.0], [1e4, 1e4]]), given(fixed([[1.0, 2.0], [0.0, 0.0]]))),
        smooth=False,
    ),
)

LIKELIHOODS = (
    Sample("a matrix", GaussianNLL, (normal(4, 3), positive(4, 3), given(normal(4, 3)))),
    Sample("one width for all", GaussianNLL, (normal(4, 3), positive(1), given(normal(4, 3)))),
    Sample(
        "far off", GaussianNLL, (fixed([1e4, -1e4]), fixed([0.5, 20.0]), given(fixed([0.0, 0.0])))
    ),
    Sample("a matrix", LaplaceNLL, (spread(2, 3), positive(2, 3), given(fixed([[0.05] * 3] * 2)))),
    Sample("one width for all", LaplaceNLL, (spread(4), positive(), given(fixed([0.05] * 4)))),
    Sample("no error", LaplaceNLL, (tied(9), positive(9), given(tied(9))), smooth=False),
    Sample(
        "three parts",
        LaplaceMixtureNLL,
        (normal(4, 3), spread(4, 3), positive(4, 3), given(fixed([0.05, 0.15, -0.05, 0.25]))),
    ),
    Sample(
        "one part",
        LaplaceMixtureNLL,
        (normal(3, 1), spread(3, 1), positive(3, 1), given(fixed([0.05] * 3))),
    ),
    Sample(
        "far off",
        LaplaceMixtureNLL,
        (
            fixed([[1.0, -1.0, 0.0]] * 3),
            FAR_APART,
            fixed([[1.0, 2.0, 3.0]] * 3),
            given(fixed([0.5, 2e4, -2e4])),
        ),
    ),
    Sample("counts", PoissonNLL, (positive(6), whole(0, 1, 5, 2, 2, 9))),
    Sample("real targets", PoissonNLL, (positive(4), given(positive(4)))),
    Sample("a rate of 0", PoissonNLL, (fixed([0.0, 0.0, 1e4]), whole(0, 2, 3)), smooth=False),
)

SAMPLES = CLASSES + BINARY + HINGES + DIFFERENCES + RATIOS + LIKELIHOODS
