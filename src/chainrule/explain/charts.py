"""The one door of matplotlib, which is slow to import: only charts come through here."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
)

from chainrule.explain.palette import LIGHT

LOOKS = {
    "axes.edgecolor": LIGHT.line,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",  # it comes with matplotlib
    "grid.color": LIGHT.line,
    "text.parse_math": False,
    "xtick.bottom": False,
    "xtick.labelcolor": LIGHT.quiet,
    "ytick.left": False,
}
"""What all charts have in common, in matplotlib's words."""


def looking(looks: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Inside, figures look as all of ours do, and as these settings say."""
    return matplotlib.style.context(["default", {**LOOKS, **looks}])


__all__ = [
    "Axes",
    "Figure",
    "FixedLocator",
    "FuncFormatter",
    "Line2D",
    "LogLocator",
    "MaxNLocator",
    "NullLocator",
    "looking",
]
