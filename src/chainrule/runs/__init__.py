"""Runs: recipes carried out, and what is left of them.

run.py         Run: begin, train, resume, open
folder.py      the files of a run folder
source.py      where its images come from
start.py       what it begins from, where not at random
transfer.py    that found: another run's network, or a checkpoint file's
record.py      versions, machine, command
computing.py   what it computes with, chosen where the user leaves it open
classifier.py  Classifier: a network with its preprocessing and class names
examples.py    labelled images for a model that is already there
baseline.py    a classical model measured instead of a network
interval.py    how far a measured share can be trusted
alone.py       one training at a time in a folder
repeating.py   a training that may have been begun before
claims/        what the recipes reach, and whether that holds
ladder/        recipes of which each adds one idea to the one before
experiments/   what it is worth to have learned something else before
bench/         how fast a recipe trains here, and where the time of a step goes
own.py         train(images, labels), predict(model, images)
watching.py    how far such a training is, for whoever waits
"""

from chainrule.runs.classifier import Classifier
from chainrule.runs.computing import Computing, Wish
from chainrule.runs.examples import examples_for
from chainrule.runs.folder import RunFolder, reserved
from chainrule.runs.interval import wilson
from chainrule.runs.own import predict, train
from chainrule.runs.run import Run, parts
from chainrule.runs.source import Source
from chainrule.runs.start import Start
from chainrule.runs.transfer import start_from

__all__ = [
    "Classifier",
    "Computing",
    "Run",
    "RunFolder",
    "Source",
    "Start",
    "Wish",
    "examples_for",
    "parts",
    "predict",
    "reserved",
    "start_from",
    "train",
    "wilson",
]
