"""CIFAR-10 as its authors give it out: 50,000 + 10,000 colour images of 32x32 in six batches
(A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html).

Python version    data_batch_1..5, test_batch: a pickled dict with "data", uint8 (n, 3072),
                  and "labels", a list of n numbers
binary version    data_batch_1..5.bin, test_batch.bin: n times a label byte and 3072 pixel bytes

Either is read from its folder or from its .tar.gz; an archive is read in memory, never unpacked.
"""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from chainrule.data.files import read_file, read_unzipped
from chainrule.data.pickles import read_pickle
from chainrule.data.sets import Split
from chainrule.errors import FormatError

CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
PYTHON_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
BINARY_BATCHES = tuple(f"{name}.bin" for name in PYTHON_BATCHES)
PIXELS = 3 * 32 * 32

Batch = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Pixels (n, 3072) and labels (n,)."""


def read_cifar10(path: Path) -> tuple[Split, Split]:
    """The training and the test part, from a folder or an archive of either version.

    Raises FormatError naming the file when one is missing, damaged or something else.
    """
    contents = _read_folder(path) if path.is_dir() else _read_archive(path)
    for names, parse in ((PYTHON_BATCHES, _parse_pickle), (BINARY_BATCHES, _parse_records)):
        if names[0] in contents:
            return _join(path, contents, names, parse)
    raise FormatError(f"{path}: holds neither {PYTHON_BATCHES[0]} nor {BINARY_BATCHES[0]}")


def _read_folder(folder: Path) -> dict[str, bytes]:
    names = (*PYTHON_BATCHES, *BINARY_BATCHES)
    return {name: read_file(folder / name) for name in names if (folder / name).is_file()}


def _read_archive(path: Path) -> dict[str, bytes]:
    contents = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(read_unzipped(path)), mode="r:") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                content = archive.extractfile(member) if member.isfile() else None
                if content and name in (*PYTHON_BATCHES, *BINARY_BATCHES):
                    contents[name] = content.read()
    except tarfile.TarError as error:
        raise FormatError(f"{path}: is a damaged tar archive ({error})") from error
    return contents


def _join(
    path: Path,
    contents: dict[str, bytes],
    names: tuple[str, ...],
    parse: Callable[[bytes, str], Batch],
) -> tuple[Split, Split]:
    """The five training batches as one Split, and the test batch."""
    images: list[NDArray[np.uint8]] = []
    labels: list[NDArray[np.int64]] = []
    for name in names:
        where = str(path / name)
        if name not in contents:
            raise FormatError(f"{where}: is missing; {len(names)} batches are needed")
        pixels, targets = parse(contents.pop(name), where)
        if images and len(pixels) != len(images[0]):
            raise FormatError(
                f"{where}: holds {len(pixels):,} images, but {names[0]} holds {len(images[0]):,}"
            )
        if len(targets) and not 0 <= targets.min() <= targets.max() < len(CLASSES):
            raise FormatError(f"{where}: holds a label outside 0..{len(CLASSES) - 1}")
        images.append(pixels.reshape(-1, 3, 32, 32))
        labels.append(targets)
    train = Split(np.concatenate(images[:-1]), np.concatenate(labels[:-1]))
    return train, Split(images[-1].copy(), labels[-1])


def _parse_pickle(content: bytes, where: str) -> Batch:
    batch = read_pickle(content, where)
    keys = set(batch) if isinstance(batch, dict) else set()
    if not {b"data", b"labels"} <= keys:
        raise FormatError(f"{where}: is not a dict with 'data' and 'labels'")
    pixels, labels = batch[b"data"], batch[b"labels"]
    if not isinstance(pixels, np.ndarray) or pixels.shape[1:] != (PIXELS,):
        raise FormatError(f"{where}: 'data' is not an array of shape (n, {PIXELS})")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise FormatError(f"{where}: 'labels' is not a list of whole numbers")
    if len(labels) != len(pixels):
        raise FormatError(f"{where}: holds {len(pixels):,} images, but {len(labels):,} labels")
    return pixels, np.array(labels, np.int64)


def _parse_records(content: bytes, where: str) -> Batch:
    records, rest = divmod(len(content), 1 + PIXELS)
    if rest or not records:
        raise FormatError(
            f"{where}: {len(content):,} bytes are not whole images of {1 + PIXELS:,} bytes each"
        )
    table = np.frombuffer(content, np.uint8).reshape(records, 1 + PIXELS)
    return table[:, 1:], table[:, 0].astype(np.int64)
