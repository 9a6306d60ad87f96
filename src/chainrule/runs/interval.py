"""How far a measured share can be trusted."""


def wilson(right: int, images: int) -> tuple[float, float]:
    """The 95 % interval of the true share, when so many of so many images were right.

    Raises    ValueError without images
    Source    E. B. Wilson 1927, "Probable inference, the law of succession, and statistical
              inference"; unlike the textbook's p +- 2 s it stays within 0..1 and works near both
    """
    from scipy.stats import binomtest  # takes about a second to import, and this is its one door

    interval = binomtest(right, images).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
