"""Arrays as small pictures inside the page: PNG files written as data URIs."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from chainrule.nn import Conv2d, Linear, Module
from chainrule.runs import Classifier

MOST = 64
"""Filters shown; more say nothing new."""

LARGEST = 112
"""Pixels along the longer side that a picture is brought down to: a page stays below 1.5 MB."""


@dataclass(frozen=True)
class Filters:
    """The first layer's weights as pictures.

    kind      "convolution" or "templates", a key of the report's words
    pictures  data URIs, at most MOST, each with its class where every class has one of its own
    count     how many filters there are; height and width in weights
    """

    kind: str
    pictures: list[tuple[str, str]]
    count: int
    height: int
    width: int


def image_uri(image: NDArray[np.uint8 | np.float32]) -> str:
    """An image (C, H, W), C = 1 or 3, of uint8 or of floats in 0..1, as a data URI.

    A large one is brought down to LARGEST.
    """
    from PIL import Image

    if image.dtype != np.uint8:
        image = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    pixels = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
    file = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((LARGEST, LARGEST))
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def first_filters(classifier: Classifier) -> Filters | None:
    """The weights that look at the image itself; None when they have no image's shape."""
    preprocessing = classifier.preprocessing
    shape = (preprocessing.channels, preprocessing.height, preprocessing.width)
    layer = _first_layer(classifier.model)
    if isinstance(layer, Conv2d) and layer.weight.shape[1] in (1, 3):
        return _filters("convolution", layer.weight.numpy())
    if isinstance(layer, Linear) and layer.in_features == np.prod(shape):
        whole = layer.out_features == len(classifier.classes)
        names = classifier.classes if whole else ()
        return _filters("templates", layer.weight.numpy().reshape(-1, *shape), names)
    return None


def _first_layer(model: Module) -> Module | None:
    layers = (module for _, module in model.named_modules())
    return next((layer for layer in layers if isinstance(layer, Conv2d | Linear)), None)


def _filters(kind: str, weights: NDArray[np.float32], names: Sequence[str] = ()) -> Filters:
    """weights: (F, C, H, W); names: of the F classes, where a filter belongs to a class"""
    count, _, height, width = weights.shape
    largest = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    grey = 0.5 + 0.5 * weights / np.where(largest > 0, largest, 1)
    uris = [image_uri(picture) for picture in grey[:MOST].astype(np.float32)]
    pictures = list(zip_longest(uris, names[: len(uris)], fillvalue=""))
    return Filters(kind, pictures, count, height, width)
