"""Experiments: what it is worth to have learned something else before.

tasks.py     the experiments: what is learned before, what after, and by which network
learning.py  pre-training, and learning from a few labelled images
record.py    what was measured so far, as one file
doing.py     an experiment carried out, or gone on with
curves.py    from the measurements to means, intervals and gains
"""

from chainrule.runs.experiments.curves import Curve, Point, curves
from chainrule.runs.experiments.doing import Told, carry_out
from chainrule.runs.experiments.record import Measured, Record
from chainrule.runs.experiments.tasks import EXPERIMENTS, Experiment, Way, experiment_named

__all__ = [
    "EXPERIMENTS",
    "Curve",
    "Experiment",
    "Measured",
    "Point",
    "Record",
    "Told",
    "Way",
    "carry_out",
    "curves",
    "experiment_named",
]
