"""Changes that touch the labels, too: mixup."""

import numpy as np

from chainrule.backends import NUMPY, Array, Backend
from chainrule.data.augment.painting import as_pixels
from chainrule.data.sets import Labels, Shares


def mixed(
    images: Array,
    labels: Labels,
    classes: int,
    rng: np.random.Generator,
    alpha: float,
    backend: Backend = NUMPY,
) -> tuple[Array, Shares]:
    """Each image blended with another of the batch, and so their classes.

        y = share * x + (1 - share) * x[partner]
        t = share * one_hot(label) + (1 - share) * one_hot(label[partner])

    share: (N,) from Beta(alpha, alpha): mostly near 0 or 1 below alpha 1, uniform at 1;
    partner: the batch in another order. Returns (N, C, H, W) and (N, K).

    Source    Zhang, Cisse, Dauphin and Lopez-Paz 2017, arXiv 1710.09412, section 2
    """
    xp, count = backend.xp, len(images)
    partner = rng.permutation(count)
    share = rng.beta(alpha, alpha, count).astype(np.float32)
    wide = backend.asarray(share.reshape(count, 1, 1, 1), like=images)
    x = xp.astype(xp.take(images, backend.asarray(partner, like=images), axis=0), xp.float32)
    x += wide * (images - x)
    one_hot = np.eye(classes, dtype=np.float32)[labels]
    tall = share.reshape(count, 1)
    return as_pixels(xp, x, images), tall * one_hot + (1 - tall) * one_hot[partner]
