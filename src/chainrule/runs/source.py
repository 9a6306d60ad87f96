"""Where a run's images come from, so that they can be found again."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from chainrule.data import Dataset, Progress, load, load_folder


@dataclass(frozen=True)
class Source:
    """A data set by name, or a folder of images.

    name      a name that data.load knows; or the folder's name
    folder    the folder of images; or, of a known data set, where its files lie if not as usual
    known     whether name is a data set's
    size      (height, width) that a folder's images are brought to; None: chosen
    channels  1 or 3 that a folder's images are brought to; None: chosen
    skip_unreadable  leave out images that cannot be read
    """

    name: str
    folder: str | None
    known: bool
    size: tuple[int, int] | None = None
    channels: int | None = None
    skip_unreadable: bool = False

    def load(self, progress: Progress | None = None) -> Dataset:
        """The images."""
        if self.known:
            return load(self.name, self.folder, progress=progress)
        assert self.folder is not None
        return load_folder(
            self.folder,
            size=self.size,
            channels=self.channels,
            skip_unreadable=self.skip_unreadable,
            progress=progress,
        )

    def fixed(self, dataset: Dataset) -> "Source":
        """The same source, with what was chosen written down, to be found from any folder."""
        folder = str(Path(self.folder).resolve()) if self.folder is not None else None
        if self.known:
            return replace(self, folder=folder)
        channels, height, width = dataset.image_shape
        return replace(self, folder=folder, size=(height, width), channels=channels)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Source":
        """What to_dict wrote."""
        size = values["size"]
        return cls(**{**values, "size": tuple(size) if size else None})
