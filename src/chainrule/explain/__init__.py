"""Pictures and pages that show what a network is and does.

draw.py       draw(f): a computational graph with its values and gradients
graph.py      what such a picture shows; layout.py  where; svg.py  in which format
layers.py     a network layer by layer
marks.py      tables that are written into pages, between marks
catalogue.py  everything there is, each with its formula
report/       one run as one HTML page
ladder/       ladders and claims, as a picture and as tables
transfer.py   what it gains to have learned before, as curves and as a table
charts.py     the door of matplotlib, and what all charts share; palette.py  the colours
"""

from chainrule.explain.draw import Drawing, draw

__all__ = ["Drawing", "draw"]
