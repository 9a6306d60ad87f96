"""Pictures and pages that show what a network is and does.

draw.py     draw(f): a computational graph with its values and gradients
graph.py    what such a picture shows; layout.py  where; svg.py  in which format
"""

from chainrule.explain.draw import Drawing, draw

__all__ = ["Drawing", "draw"]
