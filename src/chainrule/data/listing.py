"""What a folder of images holds: which parts, which classes, which files.

FOLDER/CLASS/IMAGE, or FOLDER/PART/CLASS/IMAGE with parts called train, val and test, or as PARTS
has it, in small letters or capitals. Folders inside a class folder belong to that class.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chainrule.data.images import SUFFIXES, is_image
from chainrule.errors import DataError
from chainrule.sentence import Sentence

PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}

SYSTEMS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found")
"""Folders that operating systems leave behind; hidden, though their names have no dot."""
RECORD = "run.json"
"""What marks the folder of a training, which may lie among the images it learned from."""

Listing = dict[str, list[Path]]
"""The image files of each class; files sorted by name, and classes, by number where they are all
numbers."""


@dataclass
class LeftOut:
    """What lies among the classes and is not learned from.

    kinds      how many files of each that are no images
    trainings  folders of them
    """

    kinds: Counter[str] = field(default_factory=Counter)
    trainings: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """The same in sentences."""
        notes = list[str]()
        if self.trainings:
            names = ", ".join(self.trainings)
            notes.append(Sentence("left out, as trainings: {names}", names=names))
        if self.kinds:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.kinds.items()))
            others = "files that are no images, or of no kind read here, were left out: {kinds}"
            notes.append(Sentence(others, kinds=kinds))
        return notes


def list_parts(root: Path) -> tuple[dict[str, Listing], list[str]]:
    """The parts of the set, train first, each with its classes; and notes on what is left out.

    Hidden files are passed over, files that are no images, and, beside a train folder of classes,
    images of a test that nobody has sorted.

    Raises    DataError when the folder is not so built, or cannot be read
    """
    folders, notes = _part_folders(root)
    listings, left_out = {}, LeftOut()
    for part, folder in folders.items():
        listings[part] = _list_classes(folder, left_out)
    classes = listings["train"]
    if len(classes) == 1:
        raise DataError(
            f"{folders['train']}: holds one class ({next(iter(classes))}), "
            "but two or more are needed"
        )
    for part, folder in folders.items():
        for name in listings[part]:
            if name not in classes:
                raise DataError(f"{folder / name}: is none of the classes in {folders['train']}")
    return listings, notes + left_out.notes()


def list_classes(folder: Path) -> tuple[Listing, list[str]]:
    """The classes of one folder, FOLDER/CLASS/IMAGE; and notes on what is left out.

    Raises    DataError when the folder is not so built, or cannot be read
    """
    _require_folder(folder)
    left_out = LeftOut()
    return _list_classes(folder, left_out), left_out.notes()


def part_folder(root: Path, part: str) -> Path | None:
    """Where the classes of a part lie: "train", "validation" or "test"; None without such a part.

    Raises    DataError when two folders are this part, or the root is no folder
    """
    _require_folder(root)
    found = [sub for sub in _folders(root) if PARTS.get(sub.name.lower()) == part and _folders(sub)]
    if len(found) > 1:
        raise DataError(f"{root}: {found[0].name} and {found[1].name} are both {part}")
    return found[0] if found else None


def _part_folders(root: Path) -> tuple[dict[str, Path], list[str]]:
    """The folder of each part; without a train folder that holds classes, the whole is train."""
    train = part_folder(root, "train")
    if train is None:
        return {"train": root}, []
    others = {part: part_folder(root, part) for part in ("validation", "test")}
    parts = {"train": train} | {part: folder for part, folder in others.items() if folder}
    notes = list[str]()
    beside = [folder for folder in _folders(root) if folder not in parts.values()]
    if unknown := [folder.name for folder in beside if folder.name.lower() not in PARTS]:
        beside_it = "left out beside {train}, as no part of it: {names}"
        notes.append(Sentence(beside_it, train=str(train), names=", ".join(unknown)))
    for folder in beside:
        if folder.name.lower() in PARTS:
            loose = "{folder} was left out: its {images:,} images are in no class folders"
            notes.append(Sentence(loose, folder=str(folder), images=_images_in(folder)))
    return parts, notes


def _require_folder(path: Path) -> None:
    if not path.is_dir():
        problem = "is not a folder" if path.exists() else "there is no such folder"
        raise DataError(f"{path}: {problem}")


def _list_classes(folder: Path, left_out: LeftOut) -> Listing:
    folders = _folders(folder)
    trainings = [sub for sub in folders if _holds_trainings(sub)]
    left_out.trainings += [sub.name for sub in trainings]
    classes_in = _in_order([sub for sub in folders if sub not in trainings])
    files = {sub.name: list(files_below(sub)) for sub in classes_in}
    classes = {name: list(filter(is_image, found)) for name, found in files.items()}
    if not classes:
        raise DataError(
            f"{folder}: holds {_images_in(folder):,} images but no folders of classes: "
            "make one folder per class"
        )
    for name, images in classes.items():
        if not images:
            raise DataError(
                f"{folder / name}: holds no images ({' '.join(sorted(SUFFIXES))}): "
                "add some or remove the folder"
            )
    if not any(file.parent == folder / name for name, found in classes.items() for file in found):
        raise DataError(
            f"{folder}: its folders ({', '.join(classes)}) hold only further folders: "
            "make one folder per class, or call the parts train, val and test"
        )
    others = (file for found in files.values() for file in found if not is_image(file))
    left_out.kinds.update(file.suffix.lower() or "without a suffix" for file in others)
    return classes


def _in_order(folders: list[Path]) -> list[Path]:
    """By name; 2 before 10 where all names are numbers."""
    if all(folder.name.isdecimal() for folder in folders):
        return sorted(folders, key=lambda folder: (int(folder.name), folder.name))
    return folders


def _folders(folder: Path) -> list[Path]:
    """Those in a folder, but for links that lead back."""
    above = _way_to(folder)
    return [sub for sub in _visible(folder) if sub.is_dir() and sub.resolve() not in above]


def _holds_trainings(folder: Path) -> bool:
    """Whether a folder is a training's, or one of several, as runs/ is."""
    # Not Path.is_file, which fails where a folder cannot be read: that is said elsewhere.
    return os.path.isfile(folder / RECORD) or any(folder.glob(f"*/{RECORD}"))


def _way_to(folder: Path) -> frozenset[Path]:
    """Where a folder really is, and all above it."""
    here = folder.resolve()
    return frozenset({here, *here.parents})


def files_below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """The files of a folder and of those in it, by name; hidden ones, and hidden folders, are not.

    above: folders on the way here, to which no link goes back

    Raises    DataError for a folder that cannot be read
    """
    above |= _way_to(folder)
    for path in _visible(folder):
        if not path.is_dir():
            yield path
        elif path.resolve() not in above:
            yield from files_below(path, above)


def _images_in(folder: Path) -> int:
    return sum(map(is_image, files_below(folder)))


def _visible(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if not _hidden(path.name))
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be read ({error.strerror}): see who may read it, or move it away"
        ) from error
    for path in found:
        if not _is_text(path.name):
            raise DataError(
                f"{folder}: holds a name that is not UTF-8, {os.fsencode(path.name)!r}: rename it, "
                "with convmv for example"
            )
    return found


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in SYSTEMS


def _is_text(name: str) -> bool:
    """Whether a name can be written down: bytes that are no text come as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
