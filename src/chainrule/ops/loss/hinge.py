"""Margins: a right answer is not enough, it has to be right by a distance."""

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.loss.targets import matching, matching_rows, target_rows
from chainrule.tape import Function


def check_power(power: int) -> None:
    """Raise UsageError unless a hinge is straight or squared."""
    if power not in (1, 2):
        raise UsageError(f"hinge: power is {power}, but 1 or 2 is needed")


def raised(m: Array, power: int) -> Array:
    """m**power."""
    return m if power == 1 else m * m


def steepness(xp: Namespace, m: Array, power: int) -> Array:
    """The slope of max(m, 0)**power where m = max(m, 0) is what is left: 0 at m = 0."""
    return xp.astype(m > 0, m.dtype) if power == 1 else 2 * m


class MultiClassHinge(Function):
    """By how much the wrong classes' scores come too close to the right one's.

    Forward   right[n] = sum over k of one_hot(t) * x           the right class's score
              m[n, j] = max(0, margin + x[n, j] - right[n])
              w = 1 - one_hot(t)                                the right class itself is left out
              y[n] = sum over j of w * m**power / d
    Backward  g = w * power * m**(power - 1) where m > 0, else 0
              dx = dy * (g - one_hot(t) * sum over j of g) / d
    Shapes    x: (N, K) scores, t: (N,) class numbers, or (N, K) shares -> y: (N,)
    Keeps     m, w, one_hot(t), d
    Raises    ShapeError when x and t do not fit, the batch is empty, or K - 1 is 0 and divides;
              UsageError for a margin under 0, a power other than 1 and 2, or a divide that is none
    Source    Weston and Watkins 1999; d is 1 in CS231n, K in PyTorch's MultiMarginLoss

    Shares, which add up to 1, take the place of one_hot(t): the right score is then the mean of all
    scores by their shares, and a class of share s counts as wrong by 1 - s.

    all_j makes every w 1, so that the right class takes part too: its own margin**power is added to
    every loss of a label, and no gradient changes. divide says what d is: 1 for "none", K - 1 for
    "others", K for "classes".
    """

    def __init__(
        self, margin: float = 1.0, power: int = 1, *, all_j: bool = False, divide: str = "none"
    ) -> None:
        check_power(power)
        if margin < 0:
            raise UsageError(f"hinge: margin is {margin}, but 0 or more is needed")
        if divide not in ("none", "others", "classes"):
            raise UsageError(
                f'hinge: divide is {divide!r}, but "none", "others" or "classes" is needed'
            )
        self.margin = float(margin)
        self.power = power
        self.all_j = all_j
        self.divide = divide

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.target = target_rows(xp, x, t)
        K = x.shape[1]
        self.d = {"none": 1, "others": K - 1, "classes": K}[self.divide]
        if self.d == 0:
            raise ShapeError(f"x {tuple(x.shape)} has one class, and no others to divide by")
        right = xp.expand_dims(xp.vecdot(self.target, x), axis=1)
        self.m = xp.maximum(self.margin + x - right, 0)
        self.w = 1 if self.all_j else 1 - self.target
        return xp.sum(self.w * raised(self.m, self.power), axis=1) / self.d

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        g = self.w * steepness(xp, self.m, self.power)
        dx = g - self.target * xp.sum(g, axis=1, keepdims=True)
        return xp.expand_dims(dy, axis=1) * dx / self.d, None


class CategoricalHinge(Function):
    """By how much the worst wrong class's score comes too close to the right one's.

    Forward   worst[n] = max over k of (1 - t) * x              the right class takes part with 0
              y[n] = max(0, 1 + worst - sum over k of t * x)
    Backward  dx = dy * ((1 - t) * hit / ties - t) where y > 0, else 0
                                                                hit: where (1 - t) * x = worst
    Shapes    x: (N, K) scores, t: (N, K) one-hot rows -> y: (N,)
    Keeps     y, t, hit
    Raises    ShapeError when x and t are not of one shape (N, K), or the batch is empty
    Source    Crammer and Singer 2001; Keras's categorical_hinge, whose 0 for the right class makes
              it differ from theirs where all wrong scores are negative
    """

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.t = matching_rows(xp, x, t)
        wrong = (1 - self.t) * x
        worst = xp.max(wrong, axis=1, keepdims=True)
        self.hit = xp.astype(xp.equal(wrong, worst), x.dtype)
        self.y = xp.maximum(1 + worst[:, 0] - xp.vecdot(self.t, x), 0)
        return self.y

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        ties = xp.sum(self.hit, axis=1, keepdims=True)
        active = xp.expand_dims(dy * xp.astype(self.y > 0, dy.dtype), axis=1)
        return active * ((1 - self.t) * self.hit / ties - self.t), None


class Hinge(Function):
    """The margin of two classes, -1 and 1, value by value.

    Forward   m = max(0, 1 - t * x)
              y = m**power
    Backward  dx = -dy * t * power * m**(power - 1) where m > 0, else 0
    Shapes    x: any scores, t: as many, -1 or 1 -> y: shape of x
    Keeps     m, t
    Raises    ShapeError when x and t differ in shape; UsageError for a power other than 1 and 2
    Source    Cortes and Vapnik 1995
    """

    def __init__(self, power: int = 1) -> None:
        check_power(power)
        self.power = power

    def forward(self, xp: Namespace, x: Array, t: Array) -> Array:
        self.t = matching(xp, x, t)
        self.m = xp.maximum(1 - self.t * x, 0)
        return raised(self.m, self.power)

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array, None]:
        return -dy * self.t * steepness(xp, self.m, self.power), None
