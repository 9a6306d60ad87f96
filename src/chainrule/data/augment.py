"""Small random changes to training images that leave their class as it is."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chainrule.data.sets import Images
from chainrule.errors import ShapeError, UsageError

STREAM = 1
"""Sets these random numbers apart from the shuffling's, which come from (seed, epoch)."""


@dataclass(frozen=True)
class Augmentation:
    """Shift each image by up to so many pixels, and mirror every second one, at random.

    shift: the largest step up, down, left or right, in pixels; what comes in from outside is the
    image mirrored at its edge, which has the image's own colours, where zeros would be a black bar.
    flip: mirror left and right with probability 1/2; not for digits or letters.
    """

    shift: int = 0
    flip: bool = False

    def __post_init__(self) -> None:
        if self.shift < 0:
            raise UsageError(f"shift is {self.shift}, but needs to be 0 pixels or more")

    def __call__(self, images: Images, *, seed: int, epoch: int, batch: int) -> Images:
        """Changed copies of images (N, C, H, W), or the same if there is nothing to do.

        The same seed, epoch and batch index give the same changes.
        """
        rng = np.random.default_rng(np.random.SeedSequence((seed, epoch, batch, STREAM)))
        if self.shift:
            images = self._shifted(images, rng)
        if self.flip:
            mirrored = rng.random(len(images)) < 0.5
            images = images.copy()
            images[mirrored] = images[mirrored, :, :, ::-1]
        return images

    def _shifted(self, images: Images, rng: np.random.Generator) -> Images:
        count, _, height, width = images.shape
        if self.shift >= min(height, width):
            raise ShapeError(f"images of {width}x{height} cannot be shifted by {self.shift} pixels")
        edge = (self.shift, self.shift)
        padded = np.pad(images, ((0, 0), (0, 0), edge, edge), mode="reflect")
        windows = sliding_window_view(padded, (height, width), axis=(2, 3))
        down, right = rng.integers(0, 2 * self.shift + 1, size=(2, count))
        return windows[np.arange(count), :, down, right]
