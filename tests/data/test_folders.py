import os
import shutil

import numpy as np
import pytest
from PIL import Image

from chainrule import data
from chainrule.errors import DataError, ImageError, UsageError

GREY, COLOUR = (8, 8), (8, 8, 3)


def pets(count, shape=GREY, start=0, part=""):
    """Files for make_folder: as many cats and dogs."""
    return {
        f"{part}{pet}/{number:02}.png": shape
        for pet in ("cat", "dog")
        for number in range(start, start + count)
    }


def test_classes_are_the_folders_sorted_and_a_fifth_of_each_is_the_test(make_folder):
    dataset = data.load_folder(make_folder({**pets(10), "ant/1.png": GREY, "ant/2.png": GREY}))
    assert dataset.name == "pets"
    assert dataset.classes == ("ant", "cat", "dog")
    assert np.bincount(dataset.train.labels).tolist() == [2, 8, 8]
    assert np.bincount(dataset.test.labels, minlength=3).tolist() == [0, 2, 2]
    assert dataset.validation is None
    assert "there is no test folder: 4 of the training images were held out" in dataset.notes[0]
    assert "the test has no images of ant: " in dataset.notes[1]


def test_every_image_keeps_its_label_and_its_name(make_folder):
    root = make_folder(pets(5))
    dataset = data.load_folder(root)
    for part in dataset.parts().values():
        for image, label, name in zip(part.images, part.labels, part.names, strict=True):
            np.testing.assert_array_equal(image[0], np.asarray(Image.open(root / name)))
            assert name.startswith(dataset.classes[label])


def test_the_same_seed_holds_out_the_same_images_and_another_seed_others(make_folder):
    root = make_folder(pets(20))
    digests = [data.load_folder(root, seed=seed).digest() for seed in (3, 3, 4)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_train_validation_and_test_folders_become_the_parts(make_folder, validation):
    root = make_folder(
        {**pets(4, part="train/"), **pets(2, part=f"{validation}/"), **pets(3, part="test/")}
    )
    dataset = data.load_folder(root)
    assert {part: len(split) for part, split in dataset.parts().items()} == {
        "train": 8,
        "validation": 4,
        "test": 6,
    }
    assert dataset.test.names[0] == "test/cat/00.png"
    assert dataset.notes == ()


@pytest.mark.parametrize(("train", "test"), [("Train", "Test"), ("TRAINING", "testing")])
def test_parts_are_known_by_other_spellings(make_folder, train, test):
    dataset = data.load_folder(
        make_folder({**pets(4, part=f"{train}/"), **pets(3, part=f"{test}/")})
    )
    assert dataset.classes == ("cat", "dog")
    assert (len(dataset.train), len(dataset.test), dataset.notes) == (8, 6, ())


def test_a_test_that_nobody_has_sorted_and_other_folders_are_left_out_and_said(make_folder):
    files = {**pets(5, part="Train/"), "Test/00.png": GREY, "Test/01.png": GREY, "Meta/0.png": GREY}
    dataset = data.load_folder(make_folder(files))
    assert dataset.classes == ("cat", "dog")
    assert (len(dataset.train), len(dataset.test)) == (8, 2)
    meta, flat, held_out = dataset.notes
    assert meta.endswith("Train, as no part of it: Meta")
    assert flat.endswith("Test was left out: its 2 images are in no class folders")
    assert held_out.startswith("there is no test folder: 2 of the training images")


def test_classes_that_are_all_numbers_are_in_the_order_of_numbers(make_folder):
    files = {f"{name}/{image}.png": GREY for name in (10, 2, 0, 1) for image in range(5)}
    assert data.load_folder(make_folder(files)).classes == ("0", "1", "2", "10")
    assert data.load_folder(make_folder({**files, "x/1.png": GREY})).classes[:3] == ("0", "1", "10")


def test_too_few_images_to_hold_out_a_test_are_refused_with_advice(make_folder):
    sentence = r"pets: there is no test folder, and a fifth of 2 images, .* is none: add images"
    with pytest.raises(DataError, match=sentence):
        data.load_folder(make_folder(pets(1)))


def test_classes_that_the_test_folder_lacks_are_named(make_folder):
    files = {f"train/{letter}/1.png": GREY for letter in "abcdefghi"} | {"test/b/1.png": GREY}
    dataset = data.load_folder(make_folder(files))
    assert dataset.notes == (
        "the test has no images of a, c, d, e, f and 3 more: its accuracy says nothing about them",
    )


def test_a_class_named_train_is_a_class(make_folder):
    dataset = data.load_folder(make_folder({**pets(3), "train/1.png": GREY}))
    assert dataset.classes == ("cat", "dog", "train")


def test_hidden_files_and_files_that_are_no_images_are_passed_over(make_folder):
    root = make_folder({**pets(5), "cat/.hidden.png": GREY, ".cache/1.png": GREY})
    (root / "cat/labels.txt").write_text("not an image")
    (root / "README.md").write_text("not a class")
    dataset = data.load_folder(root)
    assert dataset.classes == ("cat", "dog")
    assert len(dataset.train) + len(dataset.test) == 10
    assert dataset.notes[0].endswith("left out: 1 .txt")


def test_folders_inside_a_class_belong_to_it(make_folder):
    dataset = data.load_folder(make_folder({**pets(5), "cat/indoor/1.PNG": GREY}))
    assert np.bincount(dataset.train.labels).tolist() == [5, 4]


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(8, 8)], (1, 8, 8)),
        ([(20, 30)], (1, 20, 30)),
        ([(8, 8, 3)], (3, 8, 8)),
        ([(8, 8), (8, 8, 3)], (3, 8, 8)),
        ([(70, 70)], (1, 64, 64)),
        ([(33, 60), (35, 80), (90, 37)], (1, 32, 32)),
        ([(9, 9), (10, 9)], (1, 16, 16)),
        ([(200, 300, 3), (400, 300, 3)], (3, 64, 64)),
    ],
)
def test_size_and_channels_are_chosen_from_what_is_there(make_folder, shapes, expected):
    files = {
        f"{pet}/{number}.png": shape
        for pet in ("cat", "dog")
        for number, shape in enumerate(shapes * 2)
    }
    dataset = data.load_folder(make_folder(files))
    assert dataset.image_shape == expected


def test_colour_files_without_any_colour_are_taken_as_grey(make_folder):
    root = make_folder(pets(5))
    for path in root.rglob("*.png"):
        Image.open(path).convert("RGB").save(path)
    assert data.load_folder(root).image_shape == (1, 8, 8)


@pytest.mark.parametrize(("size", "expected"), [(12, (3, 12, 12)), ((10, 14), (3, 10, 14))])
def test_given_size_and_channels_are_kept(make_folder, size, expected):
    dataset = data.load_folder(make_folder(pets(5)), size=size, channels=3)
    assert dataset.image_shape == expected


def test_progress_counts_up_to_all_images(make_folder):
    seen = []
    data.load_folder(make_folder(pets(50)), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (100, 100)
    assert seen == sorted(seen)
    assert len(seen) > 2


def test_an_unreadable_image_is_named(make_folder):
    root = make_folder(pets(5))
    (root / "dog/03.png").write_bytes(b"")
    with pytest.raises(ImageError, match=r"dog/03\.png: cannot be read .*--skip-unreadable"):
        data.load_folder(root)


def test_skipped_images_are_reported_and_the_others_keep_their_labels(make_folder):
    root = make_folder({**pets(6, part="train/"), **pets(4, part="test/")})
    for name in ("train/cat/02.png", "test/dog/00.png"):
        path = root / name
        path.write_bytes(path.read_bytes()[:40])
    dataset = data.load_folder(root, skip_unreadable=True)
    assert np.bincount(dataset.train.labels).tolist() == [5, 6]
    assert np.bincount(dataset.test.labels).tolist() == [4, 3]
    assert [note.split(": ")[0] for note in dataset.notes] == [
        f"skipped {root / 'train/cat/02.png'}",
        f"skipped {root / 'test/dog/00.png'}",
    ]
    for part in dataset.parts().values():
        for image, name in zip(part.images, part.names, strict=True):
            np.testing.assert_array_equal(image[0], np.asarray(Image.open(root / name)))


def test_a_class_whose_images_are_all_unreadable_is_refused_even_when_skipping(make_folder):
    root = make_folder(pets(3))
    for path in (root / "dog").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match="none of the images of dog can be read"):
        data.load_folder(root, skip_unreadable=True)


def test_images_of_which_none_can_be_read_are_refused_even_when_skipping(make_folder):
    root = make_folder({**pets(3, part="train/"), **pets(2, part="test/")})
    for path in (root / "test").rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match="pets: none of the test images can be read"):
        data.load_folder(root, skip_unreadable=True)
    for path in (root / "train").rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match="none of the images looked at can be read"):
        data.load_folder(root, skip_unreadable=True)


def test_folders_that_are_not_built_so_are_refused_with_advice(make_folder, tmp_path):
    def refused(sentence, root):
        with pytest.raises(DataError, match=sentence):
            data.load_folder(root)

    refused("nowhere: there is no such folder", tmp_path / "nowhere")
    loose = make_folder({f"{number}.png": GREY for number in range(12)}, name="loose")
    refused("loose: holds 12 images but no folders of classes: make one folder per class", loose)
    refused(r"0\.png: is not a folder", loose / "0.png")
    refused("one: holds one class", make_folder({"cat/1.png": GREY}, name="one"))
    root = make_folder(pets(2), name="empty")
    (root / "eel").mkdir()
    refused("eel: holds no images .*: add some or remove the folder", root)
    strange = {**pets(2, part="train/"), **pets(2, part="test/"), "test/eel/1.png": GREY}
    refused("test/eel: is none of the classes in .*train", make_folder(strange, name="strange"))
    deep = make_folder({**pets(2, part="First/"), **pets(2, part="Second/")}, name="deep")
    refused(r"deep: its folders \(First, Second\) hold only further folders", deep)
    root = make_folder({**pets(2, part="train/"), **pets(2, part="val/")}, name="twice")
    shutil.copytree(root / "val", root / "valid")
    refused("twice: val and valid are both validation", root)


def test_sizes_and_channels_that_cannot_be_are_refused(make_folder):
    root = make_folder(pets(2))
    with pytest.raises(UsageError, match="size is 0"):
        data.load_folder(root, size=0)
    with pytest.raises(UsageError, match="channels is 4"):
        data.load_folder(root, channels=4)


def test_more_pixels_than_memory_are_refused_before_anything_is_decoded(make_folder):
    root = make_folder(pets(10))
    sentence = r"20 images of 500000x500000 need 15,000\.0 GB of memory, but .* smaller --size"
    with pytest.raises(DataError, match=sentence):
        data.load_folder(root, size=500_000, channels=3)


LARGE = (80, 80, 3)
"""As noise some 19 kB: files of this size are decoded by several threads."""


def test_large_files_decoded_at_the_same_time_keep_their_places(make_folder):
    dataset = data.load_folder(root := make_folder(pets(60, LARGE)), size=80)
    for part in dataset.parts().values():
        for image, name in zip(part.images, part.names, strict=True):
            np.testing.assert_array_equal(image.transpose(1, 2, 0), Image.open(root / name))


def test_of_several_unreadable_images_the_first_is_named(make_folder):
    root = make_folder(pets(60, LARGE))
    for name in ("cat/41.png", "cat/59.png", "dog/58.png"):
        (root / name).write_bytes(b"")
    with pytest.raises(ImageError, match=r"cat/41\.png"):
        data.load_folder(root, size=16, channels=3)


def test_trainings_and_what_systems_leave_are_no_classes(make_folder):
    root = make_folder({**pets(5), "__MACOSX/cat/1.png": GREY, "cat/@eaDir/1.png": GREY})
    (root / "runs" / "first").mkdir(parents=True)
    (root / "runs" / "first" / "run.json").write_text("{}")
    dataset = data.load_folder(root)
    assert dataset.classes == ("cat", "dog")
    assert len(dataset.train) + len(dataset.test) == 10
    assert dataset.notes[0] == "left out, as trainings: runs"


def test_links_that_lead_back_are_not_followed(make_folder):
    root = make_folder(pets(5))
    (root / "self").symlink_to(root)
    (root / "cat" / "up").symlink_to("..")
    (root / "cat" / "other").symlink_to(root / "dog")
    dataset = data.load_folder(root)
    assert dataset.classes == ("cat", "dog")
    assert len(dataset.train) + len(dataset.test) == 15


def test_a_name_that_is_no_text_is_refused(make_folder):
    root = make_folder(pets(5))
    os.mkdir(os.fsencode(root) + b"/\xb0\xad")
    with pytest.raises(DataError, match=r"a name that is not UTF-8, b'\\xb0\\xad': rename"):
        data.load_folder(root)


def test_images_that_come_twice_are_said(make_folder):
    root = make_folder({**pets(5, part="train/"), **pets(3, part="test/")})
    assert data.load_folder(root).notes == ()
    shutil.copy(root / "train/cat/00.png", root / "test/cat/again.png")
    shutil.copy(root / "train/cat/01.png", root / "train/dog/as well.png")
    known, contradicting = data.load_folder(root).notes
    assert known.startswith("test images that are training images as well: 1 of 7")
    assert contradicting.startswith("training images that equal one of another class: 1;")
    assert data.load_folder(root, stream=True).notes[1:] == ()
