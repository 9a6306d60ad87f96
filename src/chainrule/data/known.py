"""Data sets by name: found in the data folder, or downloaded into it, and read."""

from pathlib import Path

import numpy as np

from chainrule.data.arrays import from_arrays
from chainrule.data.cifar import read_cifar10
from chainrule.data.download import fetch
from chainrule.data.idx import read_idx
from chainrule.data.progress import Progress
from chainrule.data.registry import REGISTRY, Form, KnownSet, Registry, look_up
from chainrule.data.sets import Dataset, Split
from chainrule.data.splits import split
from chainrule.data.store import Location, compare, data_folder, find
from chainrule.data.textures import make_textures
from chainrule.errors import DataError, FormatError, UsageError
from chainrule.sentence import Sentence

DIGITS_TEST, DIGITS_SEED = 360, 0
"""scikit-learn gives its 1,797 digits as one set: a fifth, the same always, is the test."""
DIGITS_WHITE = 16
"""Their pixels go from 0 to 16."""


def load(
    name: str,
    folder: Path | str | None = None,
    *,
    progress: Progress | None = None,
    registry: Registry = REGISTRY,
) -> Dataset:
    """One of the data sets "digits", "textures", "mnist", "fashion-mnist" and "cifar-10".

    folder: where its files lie, or are put when they have to be downloaded; without it the folder
    named by CHAINRULE_DATA, or the user's cache folder. progress counts the bytes of a download.
    Raises UsageError for an unknown name, DownloadError, and FormatError for a damaged file.
    """
    known = look_up(name, registry)
    if known.download is None:
        return MADE[known.name](known)
    root = data_folder(folder)
    location = find(known, root) or _download(known, known.download, root, progress)
    try:
        train, test = _read(location, known.classes)
    except FormatError as error:
        raise FormatError(f"{error}; remove it and it will be downloaded again") from error
    return Dataset(
        known.name,
        train,
        test,
        known.classes,
        source=str(location.folder),
        notes=_notes(known, location),
    )


def _download(known: KnownSet, form: Form, root: Path, progress: Progress | None) -> Location:
    """Fetch every file of a form into the first of its folders; progress counts all of them."""
    home = root / form.folders[0]
    total, before = sum(file.size for file in form.files), 0
    paths = []
    for file in form.files:

        def advance(done: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, total)

        paths.append(fetch(file, home, known.addresses, advance))
        before += file.size
    return Location(form, home, tuple(paths))


def _read(location: Location, classes: tuple[str, ...]) -> tuple[Split, Split]:
    """Both parts, from the four IDX files or from CIFAR-10's batches or archive."""
    if location.paths[0].name.startswith("train-images-idx3"):
        parts = []
        for images_path, labels_path in (location.paths[:2], location.paths[2:]):
            images = read_idx(images_path, dimensions=3)
            labels = read_idx(labels_path, dimensions=1)
            try:
                parts.append(from_arrays(images, labels, classes))
            except (DataError, UsageError) as error:
                raise FormatError(f"{images_path} and {labels_path.name}: {error}") from error
        return parts[0], parts[1]
    archive = len(location.paths) == 1
    return read_cifar10(location.paths[0] if archive else location.folder)


def _notes(known: KnownSet, location: Location) -> tuple[str, ...]:
    """That some files are well-formed but not the official ones, where that is so."""
    lines = [compare(*pair) for pair in zip(location.form.files, location.paths, strict=True)]
    differing = [line.name for line in lines if line.state == "differs"]
    if not differing:
        return ()
    other = "{folder}: not the official {name} files: {files}"
    files = ", ".join(differing)
    return (Sentence(other, folder=str(location.folder), name=known.name, files=files),)


def _load_digits(known: KnownSet) -> Dataset:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = np.rint(images.reshape(-1, 8, 8) * 255 / DIGITS_WHITE).astype(np.uint8)
    whole = from_arrays(pixels, labels, known.classes)
    train, test = split(whole, DIGITS_TEST, seed=DIGITS_SEED)
    return Dataset(known.name, train, test, known.classes, source="scikit-learn")


def _load_textures(known: KnownSet) -> Dataset:
    train, test = make_textures()
    return Dataset(known.name, train, test, known.classes, source="made by chainrule")


MADE = {"digits": _load_digits, "textures": _load_textures}
"""The data sets that are always there."""
