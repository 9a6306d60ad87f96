"""Ladders: recipes of which each adds one idea to the one before, and what each idea gains.

rungs.py    the ladders, and their quick form on a few images
climbing.py what is to be trained for a ladder, and the data to train it on
gains.py    from the finished runs to each rung's gain, with its interval and a verdict
"""

from chainrule.runs.ladder.climbing import jobs, part_of
from chainrule.runs.ladder.gains import Outcome, Step, claimed_verdict, measure
from chainrule.runs.ladder.rungs import LADDERS, Ladder, Quick, Rung, ladder_named

__all__ = [
    "LADDERS",
    "Ladder",
    "Outcome",
    "Quick",
    "Rung",
    "Step",
    "claimed_verdict",
    "jobs",
    "ladder_named",
    "measure",
    "part_of",
]
