"""What a run computes with when the user leaves it open, and what its record says of that."""

import subprocess
import sys
from math import inf

import numpy as np
import pytest

from chainrule.backends import NUMPY, backend_named, versions
from chainrule.data import Preprocessing
from chainrule.errors import BackendError
from chainrule.runs import Classifier, Computing, Wish, computing
from chainrule.runs.classifier import build
from chainrule.runs.computing import backend_of_record, facts_of
from chainrule.zoo import RECIPES

TORCH = backend_named("torch")


@pytest.fixture
def work(monkeypatch):
    """work(seconds): how long NumPy seems to take for all there is to do."""

    def seems_to_take(seconds):
        monkeypatch.setattr(computing, "_training_seconds", lambda *plan: seconds)
        monkeypatch.setattr(computing, "_prediction_seconds", lambda *plan: seconds)

    return seems_to_take


def for_training(wish):
    return wish.for_training(RECIPES["digits"].settings, None, range(10))


def test_little_work_is_left_to_numpy_and_the_reason_is_given(work):
    work(3.4)
    chosen = for_training(Wish())
    assert chosen.backend is NUMPY
    assert chosen.reason == "about 3 s of work, too few for torch to be worth its start"
    assert Wish().for_use(None, 10) == chosen


def test_much_work_is_torch_s(work):
    work(1000)
    assert for_training(Wish()).backend.name == "torch"
    assert Wish().for_use(None, 10).backend.name == "torch"


def test_what_was_asked_for_is_taken_however_little_there_is_to_do(work):
    work(0.001)
    assert for_training(Wish("torch")).backend.name == "torch"
    chosen = for_training(Wish("torch", "cpu", "bfloat16", True))
    backend = chosen.backend
    assert (backend.device, backend.precision, backend.worth_compiling) == ("cpu", "bfloat16", 0)
    assert chosen.reason == backend.remark
    work(1e9)
    assert for_training(Wish("numpy")) == Computing(NUMPY, "")


@pytest.mark.parametrize("wish", [Wish(precision="bfloat16"), Wish(compiling=True)], ids=str)
def test_what_only_torch_can_do_is_a_wish_for_torch(wish, work):
    work(0.001)
    assert for_training(wish).backend.name == "torch"


def test_the_processor_in_float32_is_no_wish_for_torch(work):
    work(0.001)
    assert for_training(Wish(device="cpu", precision="float32", compiling=False)).backend is NUMPY


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (("torch",), "torch is not installed"),
        (("torch", "array_api_compat"), "torch and array_api_compat are not installed"),
    ],
)
def test_without_torch_it_is_numpy_whatever_there_is_to_do(work, monkeypatch, missing, reason):
    work(1e9)
    monkeypatch.setattr(versions, "find_spec", lambda name: None if name in missing else name)
    assert for_training(Wish()) == Computing(NUMPY, reason)


def test_an_old_torch_is_left_alone(work, monkeypatch):
    work(1e9)
    monkeypatch.setattr(versions, "version", lambda name: "2.5.1")
    assert for_training(Wish()) == Computing(NUMPY, "torch 2.5.1 is older than 2.8")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"backend": "abacus"}, "backend 'abacus' is not one of"),
        ({"device": "tpu"}, "device 'tpu' is not there"),
        ({"precision": "int4"}, "precision 'int4' is not one of"),
        ({"backend": "numpy", "compiling": True}, "backend 'numpy' compiles nothing"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused_before_anything_else(wish, message):
    with pytest.raises(BackendError, match=message):
        Wish(**wish)


def test_a_short_training_is_decided_without_torch():
    program = (
        "import sys; from chainrule import data; from chainrule.runs import Wish; "
        "from chainrule.zoo import RECIPES; from dataclasses import replace; "
        "digits = data.load('digits'); settings = replace(RECIPES['digits'].settings, epochs=1); "
        "chosen = Wish().for_training(settings, digits.train, digits.classes); "
        "assert chosen.backend.name == 'numpy', chosen; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_work_is_estimated_from_a_few_images_and_from_a_batch_when_they_leave_it_open():
    tried = []

    def at(each):
        def seconds_for(count):
            tried.append(count)
            return each * count

        return seconds_for

    assert computing._extrapolated(at(0.001), 64, 1_000) == pytest.approx(1)
    assert computing._extrapolated(at(0.001), 64, 1_000_000) == pytest.approx(1000)
    assert tried == [8, 8]
    assert computing._extrapolated(at(0.001), 64, 30_000) == pytest.approx(30)
    assert tried == [8, 8, 8, 64]
    assert computing._extrapolated(at(0.001), 1, 500) == pytest.approx(0.5)
    assert tried[-1] == 1


class Clock:
    """Stands in for the module time, and is moved on by who works."""

    now = 0.0

    def perf_counter(self):
        return self.now


def test_predicting_takes_an_images_time_as_often_as_there_are_images(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(computing, "time", clock)

    class Slow:
        preprocessing = Preprocessing(1, 8, 8, (0.0,), (1.0,))

        def evaluator(self):
            return self

        def probabilities(self, images):
            clock.now += 0.01 * len(images)

    for images in (3, 1_000, 5_000):
        assert computing._prediction_seconds(Slow(), images) == pytest.approx(0.01 * images)


def test_predicting_more_images_is_more_work():
    preprocessing = Preprocessing(1, 8, 8, (0.0,), (1.0,))
    model = build("digits-cnn", preprocessing, range(10), seed=0)
    classifier = Classifier("digits-cnn", model, preprocessing, tuple(range(10)))
    few, many = (computing._prediction_seconds(classifier, n) for n in (10, 100_000))
    assert 0 < few < many


@pytest.mark.parametrize("compiling", [None, True, False])
def test_a_record_brings_its_backend_back(compiling):
    backend = TORCH.configured(device="cpu", precision="bfloat16", compiling=compiling)
    facts = facts_of(Computing(backend, "because"))
    again = backend_of_record(facts)
    assert (again.device, again.precision) == ("cpu", "bfloat16")
    assert again.worth_compiling == {None: TORCH.worth_compiling, True: 0, False: inf}[compiling]
    assert (facts["computing"], facts["reason"]) == (backend.in_words(), "because")


def test_the_record_of_an_earlier_version_means_the_processor_in_float32():
    assert backend_of_record({"backend": "numpy"}) is NUMPY
    assert repr(backend_of_record({"backend": "torch"})) == "<backend torch on cpu in float32>"


def test_a_classifier_answers_alike_on_every_backend():
    preprocessing = Preprocessing(1, 8, 8, (100.0,), (50.0,))
    model = build("digits-cnn", preprocessing, range(10), seed=0)
    classifier = Classifier("digits-cnn", model, preprocessing, tuple(range(10)))
    images = np.random.default_rng(1).integers(0, 256, (20, 1, 8, 8), dtype="uint8")
    answers = {
        backend: classifier.evaluator(backend).probabilities(images)
        for backend in (NUMPY, TORCH, TORCH.configured(device="cpu", precision="bfloat16"))
    }
    exact, by_torch, rounded = answers.values()
    np.testing.assert_allclose(by_torch, exact, atol=1e-5)
    np.testing.assert_allclose(rounded, exact, atol=0.02)
    assert not np.array_equal(rounded, exact)
    assert rounded.dtype == np.float32
