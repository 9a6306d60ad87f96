"""Reading a file whole, unzipped where it is gzipped, with errors that name it."""

import gzip
import zlib
from pathlib import Path

from chainrule.errors import DataError, FormatError

GZIP_MAGIC = b"\x1f\x8b"


def read_file(path: Path) -> bytes:
    """A file's content as it is; DataError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error


def read_unzipped(path: Path) -> bytes:
    """A file's content, unzipped when it is a gzip file (told by content, not by name).

    Raises FormatError when the gzip file is damaged: it carries its own checksum.
    """
    content = read_file(path)
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FormatError(f"{path}: is a damaged gzip file ({error})") from error
