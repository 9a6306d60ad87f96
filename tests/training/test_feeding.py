"""What a training eats: mixed images with shares of classes, and images that stay in files."""

import copy
import os
import signal
import threading

import numpy as np
import pytest
from PIL import Image

from chainrule import data, ops
from chainrule.backends import NUMPY, backend_named
from chainrule.data import Augmentation, streaming
from chainrule.errors import ImageError


@pytest.fixture
def folder(digits, tmp_path):
    """240 of the digits as PNG files, a folder for each class."""
    for place, (image, label) in enumerate(
        zip(digits.train.images[:240], digits.train.labels, strict=False)
    ):
        path = tmp_path / "digits" / str(label) / f"{place:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0]).save(path)
    return tmp_path / "digits"


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_a_network_learns_from_mixed_images(trainer, digits, name):
    one = trainer(augmentation=Augmentation(shift=1, mixup=0.3), backend=backend_named(name))
    one.fit(digits.train.subset(slice(600)), epochs=6, batch_size=32)
    assert one.evaluate(digits.test).accuracy > 0.85


def test_a_mixed_image_counts_as_right_when_its_larger_share_is_predicted(trainer, digits):
    right = seen = 0

    def watched(scores, labels):
        nonlocal right, seen
        if labels.ndim == 2:
            right += int((scores.numpy().argmax(axis=1) == labels.numpy().argmax(axis=1)).sum())
            seen += len(labels)
        return ops.SoftmaxCrossEntropy()(scores, labels)

    one = trainer(augmentation=Augmentation(mixup=1.0), loss=watched)
    history = one.fit(digits.train.subset(slice(300)), epochs=1, batch_size=50)
    assert seen == 300
    assert history[0].train_accuracy == pytest.approx(right / seen)


def test_shares_have_a_column_for_every_class_of_the_model_also_for_one_without_images(
    trainer, digits
):
    few = digits.train.subset(np.flatnonzero(digits.train.labels < 5)[:100])
    history = trainer(augmentation=Augmentation(mixup=0.4)).fit(few, epochs=1, batch_size=50)
    assert np.isfinite(history[0].train_loss)


def test_a_training_on_streamed_images_is_the_one_on_images_in_memory(trainer, folder, monkeypatch):
    decoded = []

    def counting(paths, *arguments, **options):
        decoded.append(len(paths))
        return data.decoding.decode(paths, *arguments, **options)

    monkeypatch.setattr(streaming, "decode", counting)
    monkeypatch.setattr("chainrule.data.sets.BLOCK", 50 * 64)
    monkeypatch.setattr("chainrule.training.evaluator.BATCH", 40)
    histories = []
    for stream in (False, True):
        dataset = data.load_folder(folder, stream=stream)
        one = trainer(augmentation=Augmentation(shift=1, rotation=5))
        histories.append(one.fit(dataset.train, validation=40, epochs=2, batch_size=32).epochs)
    for epoch, streamed in zip(*histories, strict=True):
        assert streamed.train_loss == epoch.train_loss
        assert streamed.validation_loss == epoch.validation_loss
    assert sum(decoded) > 2 * len(dataset.train)
    assert max(decoded) <= 50


def test_pixels_standardised_on_a_device_give_the_same_training(trainer, digits):
    device = copy.copy(NUMPY)
    device.device = "elsewhere"
    train = digits.train.subset(slice(200))
    here, there = (
        trainer(backend=backend).fit(train, epochs=2, batch_size=50).epochs
        for backend in (NUMPY, device)
    )
    assert [epoch.train_loss for epoch in there] == [epoch.train_loss for epoch in here]


def feeding_threads():
    return [t for t in threading.enumerate() if t.name.startswith("chainrule-ahead")]


def test_no_feeding_thread_is_left_by_ctrl_c_nor_by_an_error(trainer, folder):
    dataset = data.load_folder(folder, stream=True)
    fed = []

    def interrupt(progress):
        fed.extend(feeding_threads())
        if progress.batch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        trainer(callbacks=[interrupt]).fit(dataset.train, epochs=1, batch_size=20)
    assert fed
    assert feeding_threads() == []

    def damage(progress):
        if progress.batch == 2:
            for path in folder.rglob("*.png"):
                path.write_bytes(b"damaged meanwhile")

    with pytest.raises(ImageError, match=r"\.png: cannot be read as an image"):
        trainer(callbacks=[damage]).fit(dataset.train, epochs=1, batch_size=20)
    assert feeding_threads() == []
