"""Training: a model, an optimizer and images in; a trained model, its history and files out.

step.py         one step of training as one function
trainer.py      Trainer: epochs, validation, early stopping, resuming
lr_finder.py    a learning rate found by trying
pretrain.py     a start for linear layers: stacked autoencoders
losses.py       the losses a Trainer knows by name
metrics.py      Evaluation: accuracy, confusion, the surest mistakes
history.py      History: epoch by epoch, as JSON lines
saving.py       the files of a training, and where it stood
checkpoint.py   arrays and facts in one file, checked when read
atomic.py       files that are there whole or not at all
interrupt.py    Ctrl-C, held back until the step is done
"""

from chainrule.training.evaluator import Evaluator
from chainrule.training.history import Epoch, History
from chainrule.training.lr_finder import LearningRates, find_learning_rate
from chainrule.training.metrics import Evaluation
from chainrule.training.pretrain import PretrainedLayer, pretrain
from chainrule.training.trainer import Progress, Trainer

__all__ = [
    "Epoch",
    "Evaluation",
    "Evaluator",
    "History",
    "LearningRates",
    "PretrainedLayer",
    "Progress",
    "Trainer",
    "find_learning_rate",
    "pretrain",
]
