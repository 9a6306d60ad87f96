"""Image folders as data sets: FOLDER/CLASS/IMAGE, or FOLDER/PART/CLASS/IMAGE; see listing.py."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from chainrule.data.decoding import choose_shape, decode
from chainrule.data.listing import Listing, list_classes, list_parts
from chainrule.data.progress import Progress
from chainrule.data.repeats import about_repeats
from chainrule.data.sets import Dataset, Images, Split
from chainrule.data.splits import split
from chainrule.data.streaming import should_stream, stream_files
from chainrule.errors import DataError, ImageError, UsageError
from chainrule.sentence import Sentence

TEST_FRACTION = 0.2
NAMED = 5
"""Classes named in a note; of the others, only the count."""

Read = tuple[Images, dict[int, ImageError]]
"""Images, and by their positions the errors of the files left out."""


def load_folder(
    path: Path | str,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    skip_unreadable: bool = False,
    seed: int = 0,
    stream: bool | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """A Dataset of a folder of images, one folder per class, in sorted order.

    size: one side, or (height, width), in pixels; None chooses, as does channels=None (1 or 3):
    see choose_shape. Images are resized to it without keeping their proportions.
    Without a test folder, a fifth of each class in train is held out, chosen by seed.
    skip_unreadable leaves out files that cannot be read and says so in notes.
    stream leaves the images in their files and decodes each whenever it is needed: see FileImages.
    None does so when they would take more than half of the memory available.
    Raises DataError when the folder is not so built, cannot be read or holds too few images,
    ImageError naming an unreadable file.
    """
    root = Path(path)
    height_width = _checked_size(size)
    if channels not in (None, 1, 3):
        raise UsageError(f"channels is {channels}, but needs to be 1 (grey) or 3 (colour)")
    listings, notes = list_parts(root)
    classes = tuple(listings["train"])
    shape = choose_shape(
        [file for files in listings["train"].values() for file in files],
        size=height_width,
        channels=channels,
        skip_unreadable=skip_unreadable,
    )
    if stream is None:
        count = sum(len(files) for listing in listings.values() for files in listing.values())
        stream = should_stream(count, shape)
    read = stream_files if stream else decode
    parts, skipped = _read_parts(
        root,
        listings,
        classes,
        partial(read, shape=shape, skip_unreadable=skip_unreadable, progress=progress),
    )
    notes += skipped
    left = np.bincount(parts["train"].labels, minlength=len(classes))
    if not left.all():
        raise DataError(f"{root}: none of the images of {classes[int(left.argmin())]} can be read")
    if stream:
        streamed = "the images stay in their files, and are decoded whenever they are needed"
        notes.append(Sentence(streamed))
    if "test" not in parts:
        parts["train"], parts["test"] = _hold_out_test(root, parts["train"], seed)
        held_out = (
            "there is no test folder: {images:,} of the training images were held out for the "
            "test, chosen by seed {seed}"
        )
        notes.append(Sentence(held_out, images=len(parts["test"]), seed=seed))
    notes += _untested(classes, parts["test"])
    notes += about_repeats(parts["train"], parts["test"])
    return Dataset(
        root.resolve().name, classes=classes, source=str(root), notes=tuple(notes), **parts
    )


def load_labelled(
    path: Path,
    shape: tuple[int, int, int],
    *,
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> tuple[Split, tuple[str, ...], tuple[str, ...]]:
    """Every image of a folder of class folders, brought to a shape (C, H, W): to measure a model.

    Gives the images, numbered by the classes that follow, and notes on what is left out. They stay
    in their files where they would crowd the memory, as load_folder's do.
    Raises DataError when the folder is not so built or none of its images can be read, ImageError
    naming an unreadable file.
    """
    listing, notes = list_classes(path)
    stream = should_stream(sum(map(len, listing.values())), shape)
    read = partial(
        stream_files if stream else decode,
        shape=shape,
        skip_unreadable=skip_unreadable,
        progress=progress,
    )
    parts, skipped = _read_parts(path, {"test": listing}, tuple(listing), read)
    return parts["test"], tuple(listing), (*notes, *skipped)


def _hold_out_test(root: Path, whole: Split, seed: int) -> tuple[Split, Split]:
    if round(TEST_FRACTION * len(whole)) == 0:
        raise DataError(
            f"{root}: there is no test folder, and a fifth of {len(whole):,} images, to be held "
            "out for the test, is none: add images, or put them into folders train and test"
        )
    return split(whole, TEST_FRACTION, seed=seed)


def _untested(classes: tuple[str, ...], test: Split) -> list[str]:
    """A note when the test says nothing about some of the classes."""
    counts = np.bincount(test.labels, minlength=len(classes))
    absent = [name for name, count in zip(classes, counts, strict=True) if not count]
    if not absent:
        return []
    names = ", ".join(absent[:NAMED])
    if more := len(absent[NAMED:]):
        names = Sentence("{names} and {more:,} more", names=names, more=more)
    silent = "the test has no images of {names}: its accuracy says nothing about them"
    return [Sentence(silent, names=names)]


def _checked_size(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 1:
        raise UsageError(f"size is {size}, but needs to be 1 pixel or more")
    return height, width


def _read_parts(
    root: Path,
    listings: dict[str, Listing],
    classes: tuple[str, ...],
    read: Callable[[list[Path]], Read],
) -> tuple[dict[str, Split], list[str]]:
    """The parts as Splits, and a note for every file that was skipped."""
    rows = [
        (part, classes.index(name), file)
        for part, listing in listings.items()
        for name, files in listing.items()
        for file in files
    ]
    images, unreadable = read([file for _, _, file in rows])
    rows = [row for place, row in enumerate(rows) if place not in unreadable]
    labels = np.array([label for _, label, _ in rows], np.int64)
    whole = Split(images, labels, tuple(file.relative_to(root).as_posix() for *_, file in rows))

    parts, start = {}, 0
    counts = Counter(part for part, _, _ in rows)
    for part in listings:
        parts[part] = whole.subset(slice(start, start + counts[part]))
        start += counts[part]
        if not counts[part]:
            raise DataError(f"{root}: none of the {part} images can be read")
    return parts, [f"skipped {error}" for error in unreadable.values()]
