"""Fetching an official file: from one address after another, going on where a try broke off.

What has arrived lies in NAME.part until it is complete and its checksum is right; only then does
it get its name. pooch compares and renames; resuming is ours, and so is comparing with the first
digits of a SHA-256.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from chainrule.data.progress import Progress
from chainrule.data.registry import KnownFile
from chainrule.errors import DownloadError

CHUNK = 2**18
TIMEOUTS = (10, 60)
"""Seconds to wait for a connection, and for the next bytes."""
PARTIAL_CONTENT = 206


def fetch(
    file: KnownFile,
    folder: Path,
    addresses: tuple[str, ...],
    progress: Progress | None = None,
) -> Path:
    """Download a file into folder, checked by its checksum, unless it is there already.

    Raises DownloadError naming every address with the reason why it did not serve.
    """
    if (folder / file.name).is_file():
        return folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"{folder}: cannot be made to hold {file.name} ({error})") from error

    failures = []
    for address in addresses:
        try:
            return _fetch_from(address + file.name, file, folder, progress)
        except DownloadError as error:
            failures.append(f"{address}{file.name} ({error})")
    raise DownloadError(
        f"{file.name} could not be downloaded from {' or '.join(failures)}: "
        f"put the file into {folder}, or set CHAINRULE_DATA to a folder that has it"
    )


def _fetch_from(url: str, file: KnownFile, folder: Path, progress: Progress | None) -> Path:
    """Try one address for as long as every try brings something new."""
    import pooch
    import requests
    import urllib3

    pooch.get_logger().setLevel("WARNING")  # it announces every file on stderr
    part = folder / f"{file.name}.part"
    while True:
        before = _size(part)
        try:
            pooch.retrieve(
                url,
                known_hash=f"md5:{file.md5}" if file.md5 else None,
                fname=file.name,
                path=folder,
                downloader=_resuming_downloader(part, file, progress),
            )
            return folder / file.name
        except (OSError, requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if _size(part) <= before:
                raise DownloadError(_reason(error)) from error
        except ValueError as error:  # the checksum is wrong, and the file is gone
            if not before:
                kind = "MD5" if file.md5 else "SHA-256"
                raise DownloadError(f"its {kind} is not the official one") from error


def _resuming_downloader(
    part: Path, file: KnownFile, progress: Progress | None
) -> Callable[[str, str, object], None]:
    """A downloader for pooch: it is called with the address and the file to write."""

    def download(url: str, output: str, _: object) -> None:
        size = file.size or _announced_size(url)
        if _size(part) > size:
            part.unlink()
        if _size(part) < size:
            _append(url, part, size, progress)
        if file.sha256_start:
            _compare_start(part, file.sha256_start)
        part.replace(output)

    return download


def _announced_size(url: str) -> int:
    """What the server says of a file whose size is not known."""
    import requests

    headers = {"Accept-Encoding": "identity"}
    with requests.head(url, headers=headers, timeout=TIMEOUTS, allow_redirects=True) as response:
        response.raise_for_status()
        if "Content-Length" not in response.headers:
            raise OSError("the server does not say how large it is")
        return int(response.headers["Content-Length"])


def _compare_start(part: Path, digits: str) -> None:
    """Remove a file, and raise ValueError, unless its SHA-256 starts with these digits."""
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(digits):
        part.unlink()
        raise ValueError(f"SHA-256 {digest} does not start with {digits}")


def _append(url: str, part: Path, size: int, progress: Progress | None) -> None:
    """Ask for the bytes that are missing in part, or for all when the server cannot do that."""
    import requests

    start = _size(part)
    # Bytes as they are stored: a server that unzips on the way would change the checksum.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
        response.raise_for_status()
        resumed = response.status_code == PARTIAL_CONTENT
        with part.open("ab" if resumed else "wb") as output:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                output.write(chunk)
                if progress is not None:
                    progress(min(output.tell(), size), size)
                if output.tell() > size:
                    return  # longer than the official file: the checksum will say so
    if _size(part) < size:
        raise OSError(f"the connection ended after {_size(part):,} of {size:,} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: Exception) -> str:
    """The innermost cause in one line: requests wraps its errors several times over."""
    import requests
    import urllib3

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "the connection broke"
    return str(error)
