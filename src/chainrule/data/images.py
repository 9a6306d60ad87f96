"""The one door to PIL: image files in, uint8 pixels out.

Every picture becomes grey or RGB with 8 bits per channel before anything else sees it: turned
upright as its EXIF orientation says, palettes and CMYK converted, 16 bits scaled down to 8,
transparency laid over white. Of an animation the first frame counts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ImageError

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = frozenset(
    [
        ".bmp",
        ".gif",
        ".jfif",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".pbm",
        ".pgm",
        ".png",
        ".pnm",
        ".ppm",
        ".tif",
        ".tiff",
        ".webp",
    ]
)
EXIF_ORIENTATION = 0x0112
QUARTER_TURNS = (5, 6, 7, 8)


def is_image(file: Path) -> bool:
    """Whether a file's name says that it is an image of a kind read here."""
    return file.suffix.lower() in SUFFIXES


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded image file; image is grey ("L") or "RGB", width and height are the file's."""

    image: "Image"
    width: int
    height: int

    def is_grey(self) -> bool:
        """Whether no pixel has a colour, however the file stores it."""
        if self.image.mode == "L":
            return True
        red, green, blue = (np.asarray(plane) for plane in self.image.split())
        return bool((red == green).all() and (green == blue).all())

    def pixels(self, channels: int, height: int, width: int) -> NDArray[np.uint8]:
        """uint8 (C, H, W); resized to exactly this size, so the proportions may change.

        Resizing averages (bilinear, antialiased), so that thin strokes survive it; nothing is
        cut off, because in small images the edges count too.
        """
        from PIL.Image import Resampling

        image = self.image.convert("L" if channels == 1 else "RGB")
        if image.size != (width, height):
            image = image.resize((width, height), Resampling.BILINEAR)
        return np.asarray(image).reshape(height, width, channels).transpose(2, 0, 1)


def open_picture(path: Path, *, target: int | None = None) -> Picture:
    """Decode an image file.

    target: the longer side in pixels that it will be resized to; a large JPEG is then decoded at
    a fraction of its size, still at least twice the target.
    Raises ImageError naming the file when it is missing, truncated or no image.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            width, height = file.size
            if file.getexif().get(EXIF_ORIENTATION) in QUARTER_TURNS:
                width, height = height, width
            if target is not None:
                file.draft(None, (2 * target, 2 * target))
            file.load()
            return Picture(_grey_or_rgb(ImageOps.exif_transpose(file)), width, height)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise ImageError(f"{path}: there is no such file") from None
    except Exception as error:  # a damaged file can trip PIL's decoders in any way
        raise ImageError(f"{path}: cannot be read as an image ({error})") from error


def _grey_or_rgb(image: "Image") -> "Image":
    from PIL import Image

    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode == "F":
        raise ImageError("holds floating-point pixels; save it with 8 or 16 bits per channel")
    if image.mode.startswith("I"):
        deep = np.asarray(image).clip(0, 65535).astype(np.float32)
        return Image.fromarray((deep / 257).round().astype(np.uint8))
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
        return page.convert("RGB")
    return image.convert("L" if image.mode == "1" else "RGB")
