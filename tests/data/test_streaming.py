import threading

import numpy as np
import pytest

from chainrule import data
from chainrule.data import decoding, streaming
from chainrule.errors import DataError, ImageError

SHAPE = (10, 12, 3)


@pytest.fixture
def root(make_folder):
    """Thirty colour photographs of cats, as many of dogs."""
    return make_folder(
        {f"{pet}/{number:02}.png": SHAPE for pet in ("cat", "dog") for number in range(30)}
    )


@pytest.fixture
def both(root):
    """The folder in memory, and streamed."""
    return data.load_folder(root, stream=False), data.load_folder(root, stream=True)


@pytest.fixture
def decoded(monkeypatch):
    """How many images were decoded together, each time some were."""
    counts = []

    def counting(paths, *arguments, **options):
        counts.append(len(paths))
        return decoding.decode(paths, *arguments, **options)

    monkeypatch.setattr(streaming, "decode", counting)
    return counts


def test_a_streamed_folder_is_the_same_data_set(both):
    whole, streamed = both
    assert streamed.classes == whole.classes
    assert streamed.image_shape == whole.image_shape
    assert streamed.digest() == whole.digest()
    for part, split in whole.parts().items():
        np.testing.assert_array_equal(streamed.parts()[part].labels, split.labels)
        assert streamed.parts()[part].names == split.names
    assert streamed.notes[-2:] == (
        "the images stay in their files, and are decoded whenever they are needed",
        whole.notes[-1],
    )


def test_choosing_images_decodes_none(root, decoded):
    images = data.load_folder(root, stream=True).train.images
    part = images[10:40:2][np.arange(15) % 2 == 0][[3, 1]]
    assert part.shape == (2, 3, 10, 12)
    assert len(part) == 2
    assert isinstance(part, data.FileImages)
    assert decoded == []


@pytest.mark.parametrize(
    "index",
    [
        slice(3, 9),
        slice(None, None, -7),
        np.array([5, 1, 5]),
        [2],
        np.arange(48) % 5 == 0,
        4,
        -1,
        np.int64(6),
        (slice(2, 5), 0),
        (..., slice(None, None, -1)),
    ],
    ids=str,
)
def test_every_way_of_indexing_gives_what_an_array_gives(both, index):
    whole, streamed = both
    np.testing.assert_array_equal(
        np.asarray(streamed.train.images[index]), whole.train.images[index]
    )


def test_going_through_it_gives_one_image_after_the_other(both, decoded):
    whole, streamed = both
    for image, expected in zip(streamed.test.images, whole.test.images, strict=True):
        np.testing.assert_array_equal(image, expected)
    assert set(decoded) == {1}


def test_batches_are_those_of_the_images_in_memory_and_decoded_one_at_a_time(both, decoded):
    whole, streamed = both
    one, other = (
        list(data.batches(dataset.train, 16, seed=1, epoch=2)) for dataset in (streamed, whole)
    )
    for (images, labels), (expected, targets) in zip(one, other, strict=True):
        assert type(images) is np.ndarray
        np.testing.assert_array_equal(images, expected)
        np.testing.assert_array_equal(labels, targets)
    assert decoded == [16, 16, 16]


def test_digest_and_standardisation_look_at_blocks(monkeypatch, both, decoded):
    monkeypatch.setattr("chainrule.data.sets.BLOCK", 7 * 360)
    whole, streamed = both
    assert data.Preprocessing.fit(streamed.train.images) == data.Preprocessing.fit(
        whole.train.images
    )
    assert decoded == [7] * 6 + [6]
    decoded.clear()
    assert streamed.digest() == whole.digest()
    assert max(decoded) == 7


def test_a_digest_is_worked_out_once(both, decoded):
    _, streamed = both
    streamed.digest()
    once = len(decoded)
    streamed.digest()
    assert len(decoded) == once


def test_a_file_that_became_unreadable_is_named_when_it_is_needed(root):
    dataset = data.load_folder(root, stream=True)
    path = root / dataset.train.names[7]
    path.write_bytes(path.read_bytes()[:60])
    np.asarray(dataset.train.images[:7])
    with pytest.raises(ImageError, match=rf"{path.name}: cannot be read as an image"):
        list(data.batches(dataset.train, 16, seed=0, epoch=1))
    path.unlink()
    with pytest.raises(ImageError, match=rf"{path.name}: there is no such file"):
        np.asarray(dataset.train.images)


def test_unreadable_files_are_found_beforehand_where_they_are_to_be_skipped(root, monkeypatch):
    monkeypatch.setattr(streaming, "TOGETHER", 8)
    for name in ("cat/11.png", "dog/29.png"):
        (root / name).write_bytes(b"no image")
    seen = []
    streamed = data.load_folder(
        root, stream=True, skip_unreadable=True, progress=lambda *counts: seen.append(counts)
    )
    whole = data.load_folder(root, stream=False, skip_unreadable=True)
    assert streamed.digest() == whole.digest()
    assert [note for note in streamed.notes if "skipped" in note] == list(whole.notes[:2])
    assert seen[-1] == (60, 60)
    assert len(seen) == 8


@pytest.mark.parametrize(
    ("available", "streams"),
    [(None, False), (60 * 360 * 2 + 2, False), (60 * 360 * 2 - 2, True), (30 * 360, False)],
    ids=["unknown", "ample", "scarce", "too little even for a batch"],
)
def test_a_folder_streams_when_it_would_fill_half_of_the_memory(
    root, monkeypatch, available, streams
):
    monkeypatch.setattr(streaming, "TOGETHER", 20)
    monkeypatch.setattr(streaming, "available_memory", lambda: available)
    dataset = data.load_folder(root)
    assert isinstance(dataset.train.images, data.FileImages) is streams
    labelled, classes, _ = data.load_labelled(root, dataset.image_shape)
    assert isinstance(labelled.images, data.FileImages) is streams
    assert (len(labelled), classes) == (60, dataset.classes)


def test_what_cannot_be_streamed_is_refused_in_one_sentence(root, monkeypatch):
    monkeypatch.setattr(decoding, "available_memory", lambda: 5 * 360)
    images = data.load_folder(root, stream=True).train.images
    with pytest.raises(DataError, match=r"48 images of 12x10 need .* choose a smaller --size"):
        np.asarray(images)


def test_files_are_decoded_on_several_threads_where_they_are_large(root):
    paths = sorted(root.rglob("*.png"))
    assert not decoding._are_large(paths)
    paths[3].write_bytes(bytes(60 * decoding.SMALL_FILE))
    assert decoding._are_large(paths)
    assert not decoding._are_large([])


def test_few_files_are_shared_out_among_all_threads(root, monkeypatch):
    """Eight threads wait for one another, so that a batch of 16 has to keep each of them busy."""
    paths = sorted(root.rglob("*.png"))[:16]
    everyone, opened = threading.Barrier(8), decoding.open_picture
    monkeypatch.setattr(decoding, "available_cores", lambda: 8)
    monkeypatch.setattr(decoding, "_are_large", lambda paths: True)

    def waiting(path, **options):
        everyone.wait(10)
        return opened(path, **options)

    monkeypatch.setattr(decoding, "open_picture", waiting)
    images, _ = decoding.decode(paths, (1, 10, 12), skip_unreadable=False, progress=None)
    assert len(images) == 16
