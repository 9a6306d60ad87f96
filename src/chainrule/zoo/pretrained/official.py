"""The checkpoints that PyTorch's vision library publishes for ImageNet's networks."""

import hashlib
from pathlib import Path

from chainrule.data import Preprocessing, Progress
from chainrule.data.download import fetch
from chainrule.data.registry import KnownFile
from chainrule.data.store import data_folder
from chainrule.errors import DownloadError, FormatError
from chainrule.zoo.recipe import Shape

NAME = "imagenet1k-v1"
"""What the library calls them: trained on ImageNet's 1,000 classes, first version."""

ADDRESSES = ("https://download.pytorch.org/models/",)

FILES = {
    "alexnet": "alexnet-owt-7be5be79.pth",
    "vgg11": "vgg11-8a719046.pth",
    "vgg13": "vgg13-19584684.pth",
    "vgg16": "vgg16-397923af.pth",
    "vgg19": "vgg19-dcbb9e9d.pth",
    "vgg11_bn": "vgg11_bn-6002323d.pth",
    "vgg13_bn": "vgg13_bn-abd245e5.pth",
    "vgg16_bn": "vgg16_bn-6c64b313.pth",
    "vgg19_bn": "vgg19_bn-c79401a0.pth",
    "googlenet": "googlenet-1378be20.pth",
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "resnet101": "resnet101-63fe2227.pth",
    "resnet152": "resnet152-394f9c45.pth",
}
"""By network. The eight digits are the start of the file's SHA-256."""

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels in 0..1, red, green, blue: what these networks were trained with."""

HALVES = (0.5, 0.5, 0.5)
"""GoogLeNet's instead: its weights came from TensorFlow, where pixels were in -1..1."""


def official_file(network: str, progress: Progress | None = None) -> Path:
    """A network's official checkpoint, from the data folder's "checkpoints", or downloaded.

    Raises    DownloadError with what to do, where there is no network; FormatError when the file
              is not the official one
    """
    name, folder = FILES[network], data_folder() / "checkpoints"
    try:
        path = fetch(KnownFile(name, sha256_start=_digits(name)), folder, ADDRESSES, progress)
    except DownloadError as error:
        raise DownloadError(
            f"{error}, in its folder checkpoints; or name a checkpoint file instead of {NAME}"
        ) from error
    with path.open("rb") as file:
        came = hashlib.file_digest(file, "sha256").hexdigest()
    if not came.startswith(_digits(name)):
        raise FormatError(
            f"{path}: is not the official file, for its SHA-256 starts with {came[:8]}, not "
            f"{_digits(name)}: delete it, to have it downloaded again"
        )
    return path


def official_preprocessing(network: str, checkpoint: Path, shape: Shape) -> Preprocessing | None:
    """From pixels to what an official checkpoint was trained with; None for any other file."""
    if FILES.get(network) != checkpoint.name:
        return None
    mean, std = (HALVES, HALVES) if network == "googlenet" else (MEAN, STD)
    return Preprocessing(*shape, mean=mean, std=std)


def _digits(name: str) -> str:
    return name.removesuffix(".pth").rpartition("-")[2]
