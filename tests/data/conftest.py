"""Folders of images made on the spot, real data sets where there are some, and a file server."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule import data


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def real() -> Callable[[str], data.Dataset]:
    """Loads an official data set from the folder in CHAINRULE_DATA; never from the network."""

    def load(name: str) -> data.Dataset:
        if not os.environ.get("CHAINRULE_DATA"):
            pytest.skip(f"needs {name}: set CHAINRULE_DATA to a folder that holds it")
        if not {status.name: status.present for status in data.available()}[name]:
            pytest.skip(f"needs {name}, and the folder in CHAINRULE_DATA does not hold it")
        return data.load(name)

    return load


MakeFolder = Callable[..., Path]


@pytest.fixture
def make_folder(tmp_path: Path, rng: np.random.Generator) -> MakeFolder:
    """make_folder({"cat/1.png": (height, width, channels)}) writes noise images of these sizes."""

    def make(files: dict[str, tuple[int, ...]], name: str = "pets") -> Path:
        for file, shape in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(path)
        return tmp_path / name

    return make


@dataclass
class FileServer:
    """Serves files from memory, as well or as badly as it is told."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    """How many bytes the next answers get to send before the connection breaks."""
    silent: threading.Event | None = None
    """Where given, nothing more is sent after the cut until it is set."""
    asked: list[str | None] = field(default_factory=list)
    """The Range header of every request so far."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            told.asked.append(wanted)
            content = told.files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            start = 0
            if wanted and told.ranges:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-/{len(content)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end = start + told.cut_after.pop(0) if told.cut_after else len(content)
            self.wfile.write(content[start:end])
            if told.silent is not None:
                told.silent.wait(10)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = FileServer(f"http://127.0.0.1:{http.server_port}/")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    http.shutdown()
    thread.join()
    http.server_close()
