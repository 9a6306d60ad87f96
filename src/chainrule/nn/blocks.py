"""Networks with more than one path: a way around, and ways side by side."""

from chainrule import ops
from chainrule.errors import ShapeError, UsageError
from chainrule.nn.module import Module
from chainrule.nn.sequential import Parts
from chainrule.tape import Tensor


class Identity(Module):
    """What comes in goes out: for a place where a module is expected and nothing is to be done.

    Forward   y = x
    """

    def forward(self, x: Tensor) -> Tensor:
        return x


class Scale(Module):
    """Every value times a fixed factor: scores below 1 keep softmax gentle, for one.

    Forward   y = factor * x
    """

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor

    def settings(self) -> str:
        return f"{self.factor:.4g}"


class Residual(Module):
    """A body, and a way around it: the body learns what to add to x.

    Forward   y = then(body(x) + shortcut(x))
    shortcut: x itself unless given, for a body that changes the shape: Conv2d(64, 128, 1, stride=2)
    then: what follows the sum, a ReLU for example; nothing unless given

    Raises    ShapeError when the two paths give different shapes
    Source    He, Zhang, Ren and Sun 2015, arXiv 1512.03385
    """

    def __init__(
        self, body: Module, shortcut: Module | None = None, then: Module | None = None
    ) -> None:
        self.body = body
        self.shortcut = shortcut
        self.then = then

    def forward(self, x: Tensor) -> Tensor:
        learned: Tensor = self.body(x)
        passed: Tensor = x if self.shortcut is None else self.shortcut(x)
        if learned.shape != passed.shape:
            raise ShapeError(
                f"the body gives {learned.shape}, but the way around it {passed.shape}: they are "
                "added value by value, so give a shortcut that changes the shape as the body does"
            )
        y = learned + passed
        return y if self.then is None else self.then(y)


class Concat(Parts):
    """Several branches over one input, their outputs joined: Concat(Conv2d(...), MaxPool2d(...)).

    Forward   y = concat(branch(x) for each branch)
    axis: along which they are joined, channels unless given. The branches are named as in
    Sequential: "0", "1", ..., or by their keywords.

    Raises    UsageError without a branch; ShapeError when the outputs differ in more than the axis
    Source    Szegedy et al. 2014, "Going Deeper with Convolutions", arXiv 1409.4842
    """

    def __init__(self, *branches: Module, axis: int = 1, **named_branches: Module) -> None:
        super().__init__(*branches, **named_branches)
        if not len(self):
            raise UsageError("Concat: no branches came, but one or more are needed")
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        return ops.concat([branch(x) for branch in self], self.axis)

    def settings(self) -> str:
        return f"axis={self.axis}"
