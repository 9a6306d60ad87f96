"""Data sets by name, on a small registry of our own and on the official files."""

import gzip
import hashlib
import shutil
import struct
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chainrule import data
from chainrule.data import cifar
from chainrule.data.registry import REGISTRY, Form, KnownFile
from chainrule.errors import DownloadError, FormatError, UsageError

NAMES = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]


def idx_bytes(array):
    return (
        bytes([0, 0, 8, array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + (array.astype(np.uint8).tobytes())
    )


def small_set(seed):
    """The unzipped files of 12 + 4 images of 5x5, by name."""
    rng = np.random.default_rng(seed)
    arrays = [
        array
        for count in (12, 4)
        for array in (rng.integers(0, 256, (count, 5, 5)), rng.integers(0, 10, count))
    ]
    return {f"{name}-ubyte": idx_bytes(array) for name, array in zip(NAMES, arrays, strict=True)}


def registered(name, contents):
    """The registry's entry for these files instead of the official ones."""
    files = tuple(
        KnownFile(
            f"{file}.gz",
            len(gzip.compress(content, mtime=0)),
            hashlib.md5(gzip.compress(content, mtime=0)).hexdigest(),
            hashlib.sha256(content).hexdigest(),
        )
        for file, content in contents.items()
    )
    form = Form(files, REGISTRY[name].forms[0].folders)
    return replace(REGISTRY[name], forms=(form,), download=form, addresses=())


@pytest.fixture
def mnist():
    return small_set(1)


@pytest.fixture
def registry(mnist):
    sets = {"mnist": mnist, "fashion-mnist": small_set(2)}
    return {name: registered(name, contents) for name, contents in sets.items()}


def put(folder, contents, zipped=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        path = folder / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(content, mtime=0) if zipped else content)


@pytest.mark.parametrize("sub", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("zipped", [False, True])
def test_files_are_found_where_people_keep_them(tmp_path, registry, mnist, sub, zipped):
    put(tmp_path / sub, mnist, zipped)
    dataset = data.load("mnist", tmp_path, registry=registry)
    assert dataset.image_shape == (1, 5, 5)
    assert (len(dataset.train), len(dataset.test)) == (12, 4)
    assert mnist["train-images-idx3-ubyte"].endswith(dataset.train.images.tobytes())
    assert mnist["t10k-labels-idx1-ubyte"].endswith(dataset.test.labels.astype(np.uint8).tobytes())
    assert dataset.source == str(tmp_path / sub)
    assert dataset.notes == ()


def test_files_of_the_same_names_in_no_folder_of_their_own_are_told_apart(
    tmp_path, registry, mnist
):
    put(tmp_path, mnist)
    present = {line.name: line.present for line in data.available(tmp_path, registry)}
    assert present == {"mnist": True, "fashion-mnist": False}


def test_the_folder_is_the_one_given_else_the_variables_else_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "variable"))
    assert data.data_folder(tmp_path / "given") == tmp_path / "given"
    assert data.data_folder() == tmp_path / "variable"
    monkeypatch.delenv("CHAINRULE_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data.data_folder().parts[-2:] == ("chainrule", "data")
    assert data.data_folder("~/mine") == Path.home() / "mine"


def test_a_set_that_is_missing_is_downloaded_once(tmp_path, server, registry, mnist):
    server.files = {
        f"{name}.gz": gzip.compress(content, mtime=0) for name, content in mnist.items()
    }
    registry["mnist"] = replace(registry["mnist"], addresses=(server.address,))
    seen = []
    options = {"registry": registry, "progress": lambda *step: seen.append(step)}
    first = data.load("mnist", tmp_path, **options)
    size = sum(map(len, server.files.values()))
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)
    assert data.load("mnist", tmp_path, **options).digest() == first.digest()
    assert len(server.asked) == 4
    assert [line.state for line in data.check("mnist", tmp_path, registry)] == ["ok"] * 4


def test_only_the_missing_files_are_downloaded(tmp_path, server, registry, mnist):
    put(tmp_path / "mnist", mnist, zipped=True)
    last = tmp_path / "mnist/t10k-labels-idx1-ubyte.gz"
    server.files[last.name] = last.read_bytes()
    last.unlink()
    registry["mnist"] = replace(registry["mnist"], addresses=(server.address,))
    assert len(data.load("mnist", tmp_path, registry=registry).test) == 4
    assert len(server.asked) == 1


def test_a_set_that_cannot_be_had_says_where_its_files_belong(tmp_path, server, registry):
    registry["mnist"] = replace(registry["mnist"], addresses=(server.address,))
    with pytest.raises(DownloadError, match=f"put the file into {tmp_path / 'mnist'}"):
        data.load("mnist", tmp_path, registry=registry)


def test_a_damaged_file_is_refused_with_advice_and_found_by_check(tmp_path, registry, mnist):
    put(tmp_path / "mnist", mnist, zipped=True)
    path = tmp_path / "mnist/t10k-images-idx3-ubyte.gz"
    damaged = bytearray(path.read_bytes())
    damaged[-6] ^= 1  # in gzip's checksum
    path.write_bytes(damaged)
    with pytest.raises(FormatError, match=r"t10k-images.*damaged.*; remove it and it will be"):
        data.load("mnist", tmp_path, registry=registry)
    states = {line.name: line.state for line in data.check("mnist", tmp_path, registry)}
    assert states.pop(path.name) == "damaged"
    assert set(states.values()) == {"ok"}


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [(np.zeros(11), "12 images, but 11 labels"), (np.full(12, 10), "label 10, but 10 classes")],
)
def test_labels_that_do_not_fit_the_images_are_refused_by_file(
    tmp_path, registry, mnist, labels, sentence
):
    mnist["train-labels-idx1-ubyte"] = idx_bytes(labels)
    put(tmp_path / "mnist", mnist)
    with pytest.raises(FormatError, match=f"train-images.*train-labels.*: .*{sentence}"):
        data.load("mnist", tmp_path, registry=registry)


def test_files_that_are_not_the_official_ones_are_used_with_a_note(tmp_path, registry, mnist):
    mnist["train-labels-idx1-ubyte"] = idx_bytes(np.arange(12) % 10)
    put(tmp_path / "mnist", mnist)
    dataset = data.load("mnist", tmp_path, registry=registry)
    assert dataset.notes == (
        f"{tmp_path / 'mnist'}: not the official mnist files: train-labels-idx1-ubyte.gz",
    )
    line = data.check("mnist", tmp_path, registry)[1]
    assert line.state == "differs"
    assert line.path == tmp_path / "mnist/train-labels-idx1-ubyte"
    assert "SHA-256 of the content is" in line.detail


@pytest.mark.parametrize("form", ["cifar-10-batches-bin", "cifar-10-binary.tar.gz"])
def test_cifar_10_is_read_from_a_folder_and_from_an_archive(tmp_path, rng, form):
    pixels = rng.integers(0, 256, (6, 1, 3, 32, 32), dtype=np.uint8)
    put(
        tmp_path / "cifar-10-batches-bin",
        {
            name: bytes([number]) + pixels[number].tobytes()
            for number, name in enumerate(cifar.BINARY_BATCHES)
        },
    )
    if form.endswith(".tar.gz"):
        with tarfile.open(tmp_path / form, "w:gz") as archive:
            archive.add(tmp_path / "cifar-10-batches-bin", "cifar-10-batches-bin")
        shutil.rmtree(tmp_path / "cifar-10-batches-bin")
    dataset = data.load("cifar-10", tmp_path)
    np.testing.assert_array_equal(dataset.train.images, pixels[:5, 0])
    np.testing.assert_array_equal(dataset.test.images, pixels[5])
    assert dataset.train.labels.tolist() == [0, 1, 2, 3, 4]
    assert dataset.classes[5] == "dog"
    assert "not the official cifar-10 files" in dataset.notes[0]


def test_files_without_a_known_checksum_are_compared_by_size(tmp_path):
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for name in cifar.BINARY_BATCHES:
        with (folder / name).open("wb") as sparse:
            sparse.truncate(30_730_000 - (name == "test_batch.bin"))
    states = {line.name: line.state for line in data.check("cifar-10", tmp_path)}
    assert states.pop("test_batch.bin") == "differs"
    assert set(states.values()) == {"unproved"}


def test_check_of_a_missing_set_says_where_its_files_would_be(tmp_path, registry):
    lines = data.check("mnist", tmp_path, registry)
    assert [line.state for line in lines] == ["missing"] * 4
    assert lines[0].path == tmp_path / "mnist/train-images-idx3-ubyte.gz"


def test_the_list_says_what_a_download_would_cost(tmp_path):
    lines = {line.name: line for line in data.available(tmp_path)}
    assert list(lines) == ["digits", "textures", "mnist", "fashion-mnist", "cifar-10"]
    assert lines["digits"].present
    assert lines["digits"].download_size == 0
    assert not lines["mnist"].present
    assert lines["mnist"].download_size == 11_594_722
    assert lines["cifar-10"].download_size == 170_498_071


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MNIST", "mnist"),
        ("cifar10", "cifar-10"),
        ("fashion_mnist", "fashion-mnist"),
        ("digit", "digits"),
        ("mnits", "mnist"),
    ],
)
def test_an_unknown_name_is_answered_with_the_one_that_was_meant(name, meant):
    with pytest.raises(UsageError, match=f"unknown data set '{name}': did you mean {meant}[?]"):
        data.load(name)


def test_a_name_like_no_other_is_answered_with_all_names():
    sentence = (
        "unknown data set 'imagenet': the known ones are digits, textures, mnist, fashion-mnist, "
        "cifar-10"
    )
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        data.check("imagenet")


def test_the_digits_come_with_scikit_learn_and_always_the_same():
    digits = data.load("digits")
    assert digits.image_shape == (1, 8, 8)
    assert (len(digits.train), len(digits.test)) == (1437, 360)
    assert digits.train.images.max() == 255
    assert np.bincount(digits.test.labels).tolist() == [36, 37, 35, 37, 36, 36, 36, 36, 35, 36]
    assert data.check("digits") == []
    assert digits.digest() == data.load("digits").digest()


OFFICIAL = [
    ("mnist", (1, 28, 28), 60_000, [5, 0, 4, 1, 9], [0.1307], [0.3081], 5e-5),
    ("fashion-mnist", (1, 28, 28), 60_000, [9, 0, 0, 3, 0], [0.2860], [0.3530], 5e-5),
    # A JPEG copy is near enough to these.
    (
        "cifar-10",
        (3, 32, 32),
        50_000,
        [6, 9, 9, 4, 1],
        [0.4914, 0.4822, 0.4465],
        [0.2470, 0.2435, 0.2616],
        3e-3,
    ),
]


@pytest.mark.parametrize(
    ("name", "shape", "count", "labels", "mean", "std", "tolerance"),
    OFFICIAL,
    ids=[name for name, *_ in OFFICIAL],
)
def test_the_official_files_give_the_published_numbers(
    real, name, shape, count, labels, mean, std, tolerance
):
    dataset = real(name)
    assert dataset.image_shape == shape
    assert (len(dataset.train), len(dataset.test)) == (count, 10_000)
    assert dataset.train.labels[:5].tolist() == labels
    assert set(np.bincount(dataset.test.labels)) == {1000} or name == "mnist"
    fitted = data.Preprocessing.fit(dataset.train.images)
    np.testing.assert_allclose(fitted.mean, mean, atol=tolerance)
    np.testing.assert_allclose(fitted.std, std, atol=tolerance)
