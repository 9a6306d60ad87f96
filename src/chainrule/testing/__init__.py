"""For those who write an operation: is its backward rule the derivative of its forward rule?

check.py       check_backward: the rule against central differences
sample.py      Sample: one call of one Function, and how its inputs are drawn
families/      samples of every Function in ops/, edges included; samples() lists them

class Cube(Function):
    def forward(self, xp, x):
        self.x = x
        return x**3

    def backward(self, xp, dy):
        return 3 * self.x**2 * dy

check_backward(Cube, rng.standard_normal((2, 3)), rng=rng)
"""

from chainrule.testing.check import Run, check_backward, run
from chainrule.testing.families import samples
from chainrule.testing.sample import Input, Sample

__all__ = ["Input", "Run", "Sample", "check_backward", "run", "samples"]
