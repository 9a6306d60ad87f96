"""How far a measured share can be trusted."""

import math

Z95 = 1.959964
"""Standard deviations to either side that hold 95 % of a normal distribution."""


def wilson(right: int, images: int) -> tuple[float, float]:
    """The 95 % interval of the true share, when so many of so many images were right.

    Raises    ZeroDivisionError without images
    Source    E. B. Wilson 1927, "Probable inference, the law of succession, and statistical
              inference"; unlike the textbook's p +- 2 s it stays within 0..1 and works near both
    """
    share = right / images
    shrink = 1 + Z95**2 / images
    middle = (share + Z95**2 / (2 * images)) / shrink
    spread = Z95 / shrink * math.sqrt(share * (1 - share) / images + (Z95 / (2 * images)) ** 2)
    return max(0.0, middle - spread), min(1.0, middle + spread)
