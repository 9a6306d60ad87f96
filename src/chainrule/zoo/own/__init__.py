"""What to do with somebody's own images.

choice.py     a network and numbers, by the size, the number and the balance of the images
network.py    the networks: a small one for few images, one with more layers for many
trial.py      short trainings of a network that nobody keeps
rehearsal.py  a short training, which shows how fast this machine is, and what mirrors do
mirror.py     whether mirror images would teach the truth
rate.py       the learning rate that these images bear
budget.py     how many epochs fit into some minutes
settling.py   the numbers that only trying can tell
"""

from chainrule.zoo.own.budget import MINUTES, require_minutes
from chainrule.zoo.own.choice import recipe_for
from chainrule.zoo.own.mirror import Mirror, judge_mirror
from chainrule.zoo.own.network import own_cnn, own_resnet
from chainrule.zoo.own.rehearsal import Rehearsal, rehearse
from chainrule.zoo.own.settling import settle

__all__ = [
    "MINUTES",
    "Mirror",
    "Rehearsal",
    "judge_mirror",
    "own_cnn",
    "own_resnet",
    "recipe_for",
    "rehearse",
    "require_minutes",
    "settle",
]
