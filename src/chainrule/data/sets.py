"""Images with their labels: Split is one part of a data set, Dataset all of them."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError, ShapeError

Images = NDArray[np.uint8 | np.float32]
"""(N, C, H, W); uint8 in 0..255 or float32 in 0..1."""
Labels = NDArray[np.int64]
"""(N,), from 0 to the number of classes - 1."""
Shares = NDArray[np.float32]
"""(N, K), each class's share in each image; a row sums to 1."""
BLOCK = 2**24
"""Pixel values looked at together where all images are passed in review."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, and the files they came from where there are files.

    Nothing is checked here: from_arrays makes a Split of anybody's arrays and checks them.
    """

    images: Images
    labels: Labels
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, indices: NDArray[np.integer[Any]] | slice) -> "Split":
        """The images at these positions, in this order; a slice shares memory with the whole."""
        if self.names is None:
            return Split(self.images[indices], self.labels[indices])
        positions = np.arange(len(self))[indices]
        names = tuple(self.names[position] for position in positions)
        return Split(self.images[indices], self.labels[indices], names)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test part, perhaps a validation part, and the names of the classes.

    source says where the data came from; notes hold what a user should know about it,
    one sentence each: images skipped, files that are not the official ones.
    Raises ShapeError when the parts' images differ in shape, DataError when a label has no class.
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    validation: Split | None = None
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for part, split in self.parts().items():
            if split.images.shape[1:] != self.image_shape:
                raise ShapeError(
                    f"{self.name}: {part} images are {split.images.shape[1:]}, "
                    f"but train images are {self.image_shape}"
                )
            if len(split) and split.labels.max() >= len(self.classes):
                raise DataError(
                    f"{self.name}: {part} has label {split.labels.max()}, "
                    f"but {len(self.classes)} classes end at label {len(self.classes) - 1}"
                )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width

    def parts(self) -> dict[str, Split]:
        """The parts there are, by name: train, validation, test."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: split for part, split in parts.items() if split is not None}

    def digest(self) -> str:
        """SHA-256, as hex, of every part's pixels and labels and of the class names."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        """Kept, as images that come from files are decoded for it."""
        sha = hashlib.sha256(repr(self.classes).encode())
        for part, split in self.parts().items():
            sha.update(f"{part} {split.images.dtype.name} {split.images.shape}".encode())
            for images in in_blocks(split.images):
                sha.update(np.ascontiguousarray(images).data)
            sha.update(np.ascontiguousarray(split.labels).data)
        return sha.hexdigest()


def in_blocks(images: Images) -> Iterator[Images]:
    """All images, some at a time, decoded where they come from files."""
    size = max(1, BLOCK // math.prod(images.shape[1:]))
    return (np.asarray(images[start : start + size]) for start in range(0, len(images), size))
