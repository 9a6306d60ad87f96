"""Which random changes a training makes to its images, and with which random numbers."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend
from chainrule.data.augment.mixing import mixed
from chainrule.data.augment.moving import first_sides, mirrored, shifted, turned
from chainrule.data.augment.painting import cut_out, recoloured
from chainrule.data.sets import Labels, Shares
from chainrule.errors import UsageError

Flip = bool | Literal["alternating"]

STREAM, MIXING = 1, 2
"""Set these random numbers apart from the shuffling's, which come from (seed, epoch)."""

LARGEST = {
    "shift": math.inf,
    "rotation": 180,
    "zoom": 0.9,
    "colour": 1,
    "cutout": math.inf,
}
WHOLE = ("shift", "cutout")


@dataclass(frozen=True)
class Augmentation:
    """Changes to training images that leave their class as it is, random ones, batch by batch.

    shift     the largest step up, down, left or right, in pixels; what comes in from outside is
              the image mirrored at its edge: its own colours, where zeros would be a black bar
    flip      mirror left and right; not for digits or letters. True: with probability 1/2;
              "alternating": every other epoch, beginning with a side drawn for each image
    rotation  the largest turn to either side, in degrees
    zoom      the largest change of size: 0.1 for factors from 0.9 to 1.1
    colour    the largest change of brightness, contrast and saturation: 0.2 for factors from 0.8 to
              1.2; grey images have no saturation
    cutout    the side of a square, in pixels, painted over with the image's mean colour
    mixup     blend each image with another by a share drawn from Beta(mixup, mixup)

    Raises    UsageError for a strength that cannot be
    """

    shift: int = 0
    flip: Flip = False
    rotation: float = 0.0
    zoom: float = 0.0
    colour: float = 0.0
    cutout: int = 0
    mixup: float = 0.0

    def __post_init__(self) -> None:
        for name, largest in LARGEST.items():
            value = getattr(self, name)
            if not 0 <= value <= largest or (name in WHOLE and value % 1 != 0):
                kind = "a whole number of pixels" if name in WHOLE else f"a number up to {largest}"
                raise UsageError(f"{name} is {value}, but {kind}, 0 or more, is needed")
        if not 0 <= self.mixup < math.inf:
            raise UsageError(f"mixup is {self.mixup}, but a number, 0 or more, is needed")
        if self.flip not in (True, False, "alternating"):
            raise UsageError(f'flip is {self.flip!r}, but True, False or "alternating" is needed')

    def __call__(
        self,
        images: Array,
        *,
        seed: int,
        epoch: int,
        batch: int,
        places: NDArray[np.int64] | None = None,
        backend: Backend = NUMPY,
    ) -> Array:
        """Changed copies of images (N, C, H, W), or the same if there is nothing to do.

        Their random numbers depend on seed, epoch and batch index alone; the sides of an
        alternating flip on seed, epoch and the images' places (N,) in the whole set. Images are of
        the backend's kind, and changed where they are, by the same numbers on every backend.
        """
        rng = np.random.default_rng(np.random.SeedSequence((seed, epoch, batch, STREAM)))
        if self.rotation or self.zoom:
            images = turned(
                images,
                rng,
                rotation=self.rotation,
                zoom=self.zoom,
                shift=self.shift,
                backend=backend,
            )
        elif self.shift:
            images = shifted(images, rng, self.shift, backend)
        if self.flip:
            sides = rng.random(len(images)) < 0.5
            if self.flip == "alternating":
                places = np.arange(len(images)) if places is None else places
                sides = first_sides(places, seed) ^ bool(epoch % 2)
            images = mirrored(images, sides, backend)
        if self.colour:
            images = recoloured(images, rng, self.colour, backend)
        if self.cutout:
            images = cut_out(images, rng, self.cutout, backend)
        return images

    def mix(
        self,
        images: Array,
        labels: Labels,
        classes: int,
        *,
        seed: int,
        epoch: int,
        batch: int,
        backend: Backend = NUMPY,
    ) -> tuple[Array, Labels | Shares]:
        """The images blended with one another, and each class's share (N, K) in each of them.

        Without mixup both are as they came.
        """
        if not self.mixup:
            return images, labels
        rng = np.random.default_rng(np.random.SeedSequence((seed, epoch, batch, MIXING)))
        return mixed(images, labels, classes, rng, self.mixup, backend)
