"""Runs: recipes carried out, and what is left of them.

run.py         Run: begin, train, resume, open
folder.py      the files of a run folder
source.py      where its images come from
record.py      versions, machine, command
classifier.py  Classifier: a network with its preprocessing and class names
examples.py    labelled images for a model that is already there
baseline.py    a classical model measured instead of a network
interval.py    how far a measured share can be trusted
own.py         train(images, labels), predict(model, images)
"""

from chainrule.runs.classifier import Classifier
from chainrule.runs.examples import examples_for
from chainrule.runs.folder import RunFolder, default_path
from chainrule.runs.interval import wilson
from chainrule.runs.own import predict, train
from chainrule.runs.run import Run
from chainrule.runs.source import Source

__all__ = [
    "Classifier",
    "Run",
    "RunFolder",
    "Source",
    "default_path",
    "examples_for",
    "predict",
    "train",
    "wilson",
]
