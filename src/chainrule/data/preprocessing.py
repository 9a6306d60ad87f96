"""From pixels to what a network eats, the same for training, evaluation and somebody's photo."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.backends import NUMPY, Array, Backend, Namespace
from chainrule.data.images import open_picture
from chainrule.data.sets import Images, in_blocks
from chainrule.errors import ShapeError, UsageError

BLOCK = 2**16
"""Pixels that fit looks at in one go: as float64 they stay in the cache."""
CONSTANT = 1e-6
"""A standard deviation up to so much of the mean is rounding: the channel is constant."""


@dataclass(frozen=True)
class Preprocessing:
    """Standardise each channel: (pixel - mean) / std, with pixels in 0..1.

    channels, height and width are the model's; mean and std have one value per channel. A constant
    channel has nothing to scale: fit gives it std 1.
    Raises UsageError when the values cannot work.
    """

    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.channels not in (1, 3) or min(self.height, self.width) < 1:
            raise UsageError(
                f"preprocessing: {self.channels} channels of {self.height}x{self.width} pixels, "
                "but 1 or 3 channels of at least 1x1 are needed"
            )
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != self.channels:
                raise UsageError(
                    f"preprocessing: {name} has {len(values)} values for {self.channels} channels"
                )
            if not all(math.isfinite(value) for value in values):
                raise UsageError(f"preprocessing: {name} is {values}, but needs finite numbers")
        if min(self.std) <= 0:
            raise UsageError(f"preprocessing: std is {self.std}, but needs to be above 0")

    @classmethod
    def fit(cls, images: Images) -> "Preprocessing":
        """Mean and standard deviation of each channel over all these images (N, C, H, W)."""
        count, channels, height, width = images.shape
        total, squares = np.zeros(channels), np.zeros(channels)
        step = max(1, BLOCK // (channels * height * width))
        for some in in_blocks(images):
            for start in range(0, len(some), step):
                block = some[start : start + step].astype(np.float64)
                total += block.sum(axis=(0, 2, 3))
                squares += np.square(block).sum(axis=(0, 2, 3))
        pixels, white = count * height * width, 255 if _are_bytes(NUMPY.xp, images) else 1
        mean = total / pixels
        std = np.sqrt(np.maximum(squares / pixels - mean**2, 0)) / white
        return cls(
            channels=channels,
            height=height,
            width=width,
            mean=tuple((mean / white).tolist()),
            std=tuple(np.where(std <= CONSTANT * np.abs(mean) / white, 1.0, std).tolist()),
        )

    def __call__(self, images: Images) -> NDArray[np.float32]:
        """float32 (N, C, H, W), C-contiguous, from uint8 in 0..255 or floats in 0..1."""
        self.require_size(images)
        x: NDArray[np.float32] = self.on(NUMPY)(np.ascontiguousarray(images))
        return x

    def require_size(self, images: Array) -> None:
        """Raise ShapeError unless these are images (N, C, H, W) of the model's size."""
        C, H, W = self.channels, self.height, self.width
        if len(images.shape) != 4 or tuple(images.shape[1:]) != (C, H, W):
            raise ShapeError(
                f"images are {tuple(images.shape)}, but the model needs (N, {C}, {H}, {W})"
            )

    def on(self, backend: Backend) -> Callable[[Array], Array]:
        """The same as a function of this backend's arrays: on its device, and in a compiled step.

        So pixels travel as uint8, a quarter of the bytes. Images may be of any size here: a
        training may begin with smaller ones.
        """
        std = np.array(self.std).reshape(-1, 1, 1)
        mean = np.array(self.mean).reshape(-1, 1, 1)
        of_bytes, of_floats, start = (
            backend.asarray(values.astype(np.float32))  # not every device has float64
            for values in (1 / (255 * std), 1 / std, mean / std)
        )
        xp = backend.xp

        def standardise(images: Array) -> Array:
            x = xp.astype(images, xp.float32)
            # In place: 4 times faster on NumPy than looking up 256 values per channel.
            x *= of_bytes if _are_bytes(xp, images) else of_floats
            x -= start
            return x

        return standardise

    def read(self, path: Path | str) -> tuple[NDArray[np.uint8], str | None]:
        """An image file as uint8 (C, H, W) of the model's size, and a note if that changed it.

        The note reads like "photo.jpg: 640x480 colour, resized to 28x28 grey".
        Raises ImageError when the file cannot be read.
        """
        path = Path(path)
        picture = open_picture(path, target=max(self.height, self.width))
        pixels = picture.pixels(self.channels, self.height, self.width)
        resized = (picture.width, picture.height) != (self.width, self.height)
        greyed = self.channels == 1 and not picture.is_grey()
        if not resized and not greyed:
            return pixels, None
        came = f"{picture.width}x{picture.height} {'grey' if picture.is_grey() else 'colour'}"
        became = f"resized to {self.width}x{self.height}" if resized else "made"
        return pixels, f"{path.name}: {came}, {became}{' grey' if greyed else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """What to_dict wrote; UsageError when something is missing, unknown or of a wrong kind."""
        names = ("channels", "height", "width", "mean", "std")
        if set(values) != set(names):
            raise UsageError(
                f"preprocessing: has {', '.join(sorted(values)) or 'nothing'}, "
                f"but needs {', '.join(names)}"
            )
        for name in names[:3]:
            if type(values[name]) is not int:
                raise UsageError(
                    f"preprocessing: {name} is {values[name]!r}, but a whole number is needed"
                )
        for name in names[3:]:
            if not isinstance(values[name], (list, tuple)) or not all(
                type(value) in (int, float) for value in values[name]
            ):
                raise UsageError(
                    f"preprocessing: {name} is {values[name]!r}, but a list of numbers is needed"
                )
        return cls(**{**values, "mean": tuple(values["mean"]), "std": tuple(values["std"])})


def _are_bytes(xp: Namespace, images: Array) -> bool:
    """Whether a white pixel is 255, as in uint8, and not 1, as in floats."""
    if images.dtype == xp.uint8:
        return True
    if xp.isdtype(images.dtype, "real floating"):
        return False
    raise UsageError(f"images: dtype is {images.dtype}, but needs to be uint8 or float")
