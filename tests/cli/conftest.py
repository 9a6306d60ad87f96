"""The command line as a user types it, a small finished run, and folders of images to learn."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from chainrule import data
from chainrule.cli import app

PROGRAM = [sys.executable, "-m", "chainrule"]


@dataclass
class Answer:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line that says what was wrong."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert self.out == ""
        return lines[0].removeprefix("error: ")


CHOSEN = {"--backend", "--device", "--precision", "--model"}


def spelled(words: tuple[object, ...]) -> list[str]:
    """What to type; train by NumPy, which starts at once, unless a test says otherwise."""
    typed = [str(word) for word in words]
    is_free = typed[:1] == ["train"] and not CHOSEN & set(typed)
    return [*typed, "--backend", "numpy"] if is_free else typed


def in_this_process(*words: object) -> Answer:
    result = CliRunner().invoke(app, spelled(words), catch_exceptions=False)
    return Answer(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def chainrule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """chainrule("train", "digits") runs the command in an empty folder, without a new process."""
    monkeypatch.chdir(tmp_path)
    return in_this_process


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Answer]:
    """The same in a process of its own."""

    def run(*words: object, env: dict[str, str] | None = None, **options: Any) -> Answer:
        done = subprocess.run(
            [*PROGRAM, *spelled(words)],
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            capture_output=True,
            timeout=120,
            check=False,
            **options,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


class Training:
    """chainrule train ... --out run, going on in a process of its own."""

    def __init__(self, folder: Path, words: tuple[object, ...]) -> None:
        self.run = folder / "run"
        self.process = subprocess.Popen(
            [*PROGRAM, *spelled(("train", *words)), "--no-report", "--out", "run"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_an_epoch(self) -> None:
        """Until the first epoch has been saved."""
        deadline = time.monotonic() + 60
        while not (self.run / "last.safetensors").is_file():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < deadline, "no epoch was saved within a minute"
            time.sleep(0.005)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def end(self) -> Answer:
        """Wait for it."""
        out, err = self.process.communicate(timeout=60)
        return Answer(self.process.returncode, out, err)


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Callable[..., Training]]:
    """training("digits") starts one."""
    started: list[Training] = []

    def start(*words: object) -> Training:
        started.append(Training(tmp_path, words))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on digits, of two epochs; not to be changed."""
    path = tmp_path_factory.mktemp("runs") / "digits"
    answer = in_this_process("train", "digits", "--epochs", 2, "--no-report", "--out", path)
    assert answer.code == 0, answer.err
    return path


@pytest.fixture
def run_copy(finished_run: Path, tmp_path: Path) -> Path:
    """The same run, to be changed at will."""
    return Path(shutil.copytree(finished_run, tmp_path / "copy"))


SHAPES = ("동그라미", "네모", "triangle")


def draw_shape(name: str, size: tuple[int, int]) -> Image.Image:
    """A shape in the colour of its kind, on white."""
    width, height = size
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    left, top, right, bottom = width // 5, height // 5, width * 4 // 5, height * 4 // 5
    if name == "동그라미":
        pen.ellipse((left, top, right, bottom), fill="red")
    elif name == "네모":
        pen.rectangle((left, top, right, bottom), fill="blue")
    else:
        pen.polygon([(left, bottom), (right, bottom), (width // 2, top)], fill="green")
    return image


def draw_shapes(folder: Path, *, each: int = 12, names: tuple[str, ...] = SHAPES) -> Path:
    """FOLDER/CLASS/*: png, jpg and ppm, of many sizes, every fourth one grey."""
    rng = np.random.default_rng(5)
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(each):
            image = draw_shape(name, tuple(rng.integers(20, 40, 2).tolist()))
            if number % 4 == 3:
                image = image.convert("L")
            suffix = ("png", "jpg", "ppm")[number % 3]
            image.save(folder / name / f"{number:02d}.{suffix}")
    return folder


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """A folder of images in three classes, two of them with Korean names."""
    return draw_shapes(tmp_path / "도형")


@pytest.fixture(scope="session")
def shapes_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(run, folder): a run on such a folder; not to be changed."""
    root = tmp_path_factory.mktemp("shapes")
    folder = draw_shapes(root / "도형")
    answer = in_this_process(
        *("train", folder, "--epochs", 4, "--no-report", "--validation", 6, "--out", root / "run")
    )
    assert answer.code == 0, answer.err
    return root / "run", folder


@pytest.fixture
def mnist() -> data.Dataset:
    """The official MNIST from the folder in CHAINRULE_DATA; never from the network."""
    if not os.environ.get("CHAINRULE_DATA"):
        pytest.skip("needs mnist: set CHAINRULE_DATA to a folder that holds it")
    if not {line.name: line.present for line in data.available()}["mnist"]:
        pytest.skip("needs mnist, and the folder in CHAINRULE_DATA does not hold it")
    return data.load("mnist")
