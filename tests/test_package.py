"""The package as a whole: what importing it costs, what it names, how large its files are."""

import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import chainrule

SOURCE = Path(chainrule.__file__).parent
ROOT = Path(__file__).parents[1]

HEAVY = (
    "torch",
    "sklearn",
    "scipy",
    "matplotlib",
    "PIL",
    "pooch",
    "requests",
    "jinja2",
    "rich",
    "typer",
)

ROOMS = sorted(
    module.name for module in pkgutil.walk_packages([str(SOURCE)], "chainrule.") if module.ispkg
)


def test_importing_loads_numpy_and_nothing_heavy():
    look = f"import sys, chainrule; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_importing_prints_and_warns_nothing():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import chainrule"], capture_output=True, check=True
    )
    assert done.stdout == done.stderr == b""


def test_the_public_names_are_these():
    """A name added or removed here is a change that users notice: CHANGELOG.md says so."""
    assert chainrule.__all__ == [
        "ImageClassifier",
        "MLPClassifier",
        "Tensor",
        "__version__",
        "classical",
        "data",
        "draw",
        "higher",
        "kernels",
        "load_pretrained",
        "losses",
        "nn",
        "no_grad",
        "ops",
        "optim",
        "predict",
        "tensor",
        "train",
        "training",
    ]


@pytest.mark.parametrize("room", ["chainrule", *ROOMS])
def test_every_public_name_is_there_and_named_once(room):
    module = importlib.import_module(room)
    names = getattr(module, "__all__", [])
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []


def test_a_name_that_is_none_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'nonsense'"):
        _ = chainrule.nonsense


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_page_lists_its_files_by_their_names(room):
    """The docstring of a package is its map: no file that is gone, none forgotten."""
    module = importlib.import_module(room)
    folder = Path(module.__file__).parent
    there = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    rooms = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    words = {word.strip(",:;()") for word in (module.__doc__ or "").split()}
    assert {word for word in words if word.endswith(".py")} == there
    assert rooms <= words


def test_the_floors_are_written_down_as_they_are_checked():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    floors = [set(floor.split(" | ")) for floor in contract["layers"]]
    decision = "docs/decisions/0001-floors.md"
    for page in (decision, "README.md", "README.ko.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        drawn = re.search(r"^    cli -> .*(\n        -> .*)*", text, re.M)[0]
        assert [set(re.findall(r"\w+", floor)) for floor in drawn.split("->")] == floors, page
    assert len(floors) == 13
    for page in (decision, "docs/decisions/README.md"):
        assert "thirteen floors" in (ROOT / page).read_text(encoding="utf-8").lower()


def test_no_file_is_longer_than_400_lines():
    lengths = {
        str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in SOURCE.rglob("*.py")
    }
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}
    assert len(lengths) > 100
