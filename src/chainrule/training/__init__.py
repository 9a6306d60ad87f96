"""Training: a model, an optimizer and images in; a trained model, its history and files out.

step.py         one step of training as one function
pace.py         that function compiled, once that is expected to pay
trainer.py      Trainer: epochs, validation, early stopping, resuming
checks.py       what a training refuses
taking_part.py  the batches of an epoch, and the tensors of a model, that take part in learning
memory.py       the batch size that fits, when one did not
test_time.py    the mean answer over several views of an image
lr_finder.py    a learning rate found by trying
transfer.py     a new head, and learning rates that fall from it downwards
pretrain.py     a start for linear layers: stacked autoencoders
losses.py       the losses a Trainer knows by name
evaluator.py    Evaluator: a model in use, looking at images in batches
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
from chainrule.training.transfer import graded, new_head, stages

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
    "graded",
    "new_head",
    "pretrain",
    "stages",
]
