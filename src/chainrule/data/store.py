"""The data folder: which one it is, what lies in it, and whether that is what it should be."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chainrule.data.files import read_file, read_unzipped
from chainrule.data.registry import REGISTRY, Form, KnownFile, KnownSet, Registry, look_up
from chainrule.errors import DataError

VARIABLE = "CHAINRULE_DATA"

State = Literal["ok", "unproved", "differs", "damaged", "missing"]
"""unproved: there, and of the right size, but no checksum of it is known."""


@dataclass(frozen=True)
class Location:
    """A form of a data set that was found, all of its files in one folder."""

    form: Form
    folder: Path
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class SetStatus:
    """One line of a list of data sets; download_size in bytes, 0 when nothing needs fetching."""

    name: str
    title: str
    present: bool
    folder: Path | None
    download_size: int


@dataclass(frozen=True)
class FileStatus:
    """One line of a check; path is where the file is, or where it would be put."""

    name: str
    path: Path
    state: State
    detail: str = ""


def data_folder(folder: Path | str | None = None) -> Path:
    """The folder given, or the one CHAINRULE_DATA names, or the user's cache folder."""
    chosen = folder or os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("chainrule", appauthor=False)) / "data"


def find(known: KnownSet, folder: Path) -> Location | None:
    """The first form of the set whose files are all there, gzipped or not."""
    for form in known.forms:
        for sub in form.folders:
            paths = tuple(_present(folder / sub, file) for file in form.files)
            found = tuple(path for path in paths if path is not None)
            if len(found) == len(paths) and (sub or _is_this_one(form, found)):
                return Location(form, folder / sub, found)
    return None


def available(folder: Path | str | None = None, registry: Registry = REGISTRY) -> list[SetStatus]:
    """Which of the known data sets are there, and what a download of the others would cost."""
    lines = []
    for known in registry.values():
        location = find(known, data_folder(folder))
        present = location is not None or known.download is None
        missing = () if present or known.download is None else known.download.files
        lines.append(
            SetStatus(
                known.name,
                known.title,
                present,
                location.folder if location else None,
                sum(file.size for file in missing),
            )
        )
    return lines


def check(
    name: str, folder: Path | str | None = None, registry: Registry = REGISTRY
) -> list[FileStatus]:
    """What is found of a data set, file by file, compared with the official checksums."""
    known = look_up(name, registry)
    root = data_folder(folder)
    location = find(known, root)
    if location is not None:
        return [
            compare(file, path)
            for file, path in zip(location.form.files, location.paths, strict=True)
        ]
    if known.download is None:
        return []
    home = root / known.download.folders[0]
    return [
        compare(file, _present(home, file) or home / file.name) for file in known.download.files
    ]


def compare(file: KnownFile, path: Path) -> FileStatus:
    """One file against its official checksum."""
    if not path.is_file():
        return FileStatus(file.name, path, "missing")
    try:
        if file.content_sha256:
            came, needed = hashlib.sha256(read_unzipped(path)).hexdigest(), file.content_sha256
            kind = "SHA-256 of the content"
        elif file.md5:
            came, needed = hashlib.md5(read_file(path)).hexdigest(), file.md5
            kind = "MD5"
        else:
            came, needed, kind = f"{path.stat().st_size}", f"{file.size}", "size"
    except DataError as error:
        return FileStatus(file.name, path, "damaged", str(error))
    if came != needed:
        return FileStatus(file.name, path, "differs", f"{kind} is {came}, official {needed}")
    return FileStatus(file.name, path, "unproved" if kind == "size" else "ok")


def _present(folder: Path, file: KnownFile) -> Path | None:
    for name in (file.name, file.name.removesuffix(".gz")):
        if (folder / name).is_file():
            return folder / name
    return None


def _is_this_one(form: Form, paths: tuple[Path, ...]) -> bool:
    """Whether files in no folder of their own belong to this set.

    MNIST and Fashion-MNIST give their files the same names, so there the content decides.
    """
    return all(
        not file.content_sha256 or compare(file, path).state == "ok"
        for file, path in zip(form.files, paths, strict=True)
    )
