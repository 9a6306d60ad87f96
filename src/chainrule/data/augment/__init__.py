"""Random changes to training images: what they are and when, one file per kind.

augmentation.py  Augmentation: which changes, how strong, and with which random numbers
blocks.py        many images a few at a time
moving.py        shift, turn, zoom and mirror: pixels change places
painting.py      colour and cutout: pixels change values
mixing.py        mixup: two images become one, with shares of both classes
"""

from chainrule.data.augment.augmentation import Augmentation, Flip

__all__ = ["Augmentation", "Flip"]
