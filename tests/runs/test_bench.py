"""How fast a recipe trains: what is counted, what is left out, and what the parts add up to."""

import time
from dataclasses import replace
from math import inf

import pytest

from chainrule.backends import NUMPY, backend_named
from chainrule.errors import TrainingError, UsageError
from chainrule.ops import ReLU
from chainrule.runs import Computing
from chainrule.runs.bench import bench, material_for, measuring
from chainrule.runs.bench.breakdown import LEARNING, STEP, parts_of
from chainrule.runs.bench.process import peak_memory_mb
from chainrule.runs.bench.stopwatch import Stopwatch
from chainrule.tape import Function
from chainrule.training import Trainer
from chainrule.training.pace import PacedStep
from chainrule.zoo import RECIPES

TINY = 0.05


def digits(**changes):
    recipe = RECIPES["digits"]
    return replace(recipe, settings=replace(recipe.settings, **changes))


@pytest.fixture(autouse=True)
def quick_start(monkeypatch):
    """No new process for every measurement."""
    monkeypatch.setattr(measuring, "start_seconds", lambda backend: 1.5)


def measured(recipe=None, backend=NUMPY, **options):
    recipe = recipe or digits(batch_size=16)
    material = material_for(recipe)
    return bench(recipe, material, Computing(backend, "because"), **{"seconds": TINY, **options})


def test_speed_is_the_batch_over_the_median_step():
    result = measured()
    assert result.images_per_second == pytest.approx(16e3 / result.step_ms_median)
    lower, upper = result.step_ms_quartiles
    assert 0 < lower <= result.step_ms_median <= upper
    assert result.steps >= measuring.LEAST
    assert result.steps * result.step_ms_median >= 0.3e3 * TINY


def test_the_parts_of_a_step_add_up_to_it_and_name_every_operation():
    parts = {part.name: part for part in measured().breakdown}
    assert set(parts) == {
        *("feed", "optimizer", "rest", "Affine", "BatchNorm", "Conv2d", "Dropout"),
        *("MaxPool2d", "Multiply", "ReLU", "Reshape", "SoftmaxCrossEntropy"),
    }
    conv = parts["Conv2d"]
    assert conv.ms == conv.forward_ms + conv.backward_ms
    assert min(conv.forward_ms, conv.backward_ms) > 0
    assert parts["rest"].ms > 0
    names = list(parts)
    assert (names[0], names[-2:]) == ("feed", ["optimizer", "rest"])
    costs = [part.ms for part in parts.values() if part.forward_ms is not None]
    assert costs == sorted(costs, reverse=True)


def test_parts_are_per_step_and_make_up_the_whole():
    watch = Stopwatch()
    watch.seconds |= {LEARNING: 0.8, STEP: 0.7, "optimizer": 0.1}
    watch.seconds |= {"forward Conv2d": 0.2, "backward Conv2d": 0.3}
    parts = {part.name: part for part in parts_of(watch, steps=10, seconds=1.0)}
    assert {name: round(part.ms) for name, part in parts.items()} == {
        "feed": 20,
        "Conv2d": 50,
        "optimizer": 10,
        "rest": 20,
    }
    assert sum(part.ms for part in parts.values()) == pytest.approx(100)


def test_a_compiled_step_is_one_part():
    watch = Stopwatch()
    watch.seconds |= {LEARNING: 0.8, STEP: 0.7}
    parts = parts_of(watch, steps=10, seconds=1.0)
    assert [(part.name, round(part.ms)) for part in parts] == [
        ("feed", 20),
        ("step", 70),
        ("rest", 10),
    ]


def test_nothing_stays_hooked_after_a_measurement():
    before = Function.__call__, Function.send_back, PacedStep.__call__, Trainer._learn
    measured()
    assert (Function.__call__, Function.send_back, PacedStep.__call__, Trainer._learn) == before


def test_a_slow_operation_is_found_out(monkeypatch):
    backward = NUMPY.kernels[ReLU].backward

    def slow(self, xp, dy):
        time.sleep(0.02)
        return backward(self, xp, dy)

    monkeypatch.setattr(NUMPY.kernels[ReLU], "backward", slow)
    costliest = max(measured().breakdown, key=lambda part: part.ms)
    assert costliest.name == "ReLU"
    assert costliest.backward_ms > 3 * 20  # three of them
    assert costliest.forward_ms < 20


def test_warm_up_steps_are_not_counted(monkeypatch):
    steps = []
    call = PacedStep.__call__

    def slow_at_first(self, *arrays, left):
        steps.append(left)
        if len(steps) <= measuring.WARM_UP:
            time.sleep(0.3)
        return call(self, *arrays, left=left)

    monkeypatch.setattr(PacedStep, "__call__", slow_at_first)
    result = measured()
    assert result.step_ms_median < 300
    assert result.warm_up_seconds > 0.6


def test_torch_uncompiled_shows_its_operations_as_well():
    torch = backend_named("torch").configured(device="cpu", precision="float32", compiling=False)
    result = measured(backend=torch)
    assert (result.backend, result.graphs, result.compile_seconds) == ("torch", 0, 0)
    assert result.how == "not compiled"
    assert "Conv2d" in {part.name for part in result.breakdown}


def test_warming_up_lasts_until_a_step_that_may_be_compiled_is(monkeypatch):
    torch = backend_named("torch").configured(device="cpu", precision="float32")
    graphs = torch.worth_compiling
    assert 0 < graphs < inf
    recipe = digits(batch_size=16)
    training = measuring._Training(recipe, material_for(recipe), Computing(torch, ""))
    assert not training.is_warm([0.1] * 4)
    assert training.is_warm([0.1] * 5)  # refused
    monkeypatch.setattr(type(training.trainer), "graphs", 1)
    assert not training.is_warm([0.1] * 7)
    assert not training.is_warm([0.1] * 8)
    assert training.is_warm([0.1] * 9)


@pytest.mark.parametrize("seconds", [0, -1, inf, float("nan")])
def test_seconds_that_are_no_time_are_refused(seconds):
    with pytest.raises(UsageError, match=r"^seconds is .*, but a time over 0 is needed"):
        measured(seconds=seconds)


def test_a_batch_that_the_images_do_not_fill_is_refused():
    with pytest.raises(UsageError, match=r"a batch of 4,000 images cannot be filled from the 1,"):
        material_for(digits(batch_size=4000))


def test_a_batch_that_finds_no_memory_is_refused_with_one_that_does(monkeypatch):
    forward = NUMPY.kernels[ReLU].forward

    def short_of_memory(self, xp, x):
        if len(x) > 10:
            raise MemoryError
        return forward(self, xp, x)

    monkeypatch.setattr(NUMPY.kernels[ReLU], "forward", short_of_memory)
    with pytest.raises(TrainingError, match="a batch of 16 images found no memory, but one of 8"):
        measured()


def test_without_its_images_a_recipe_is_measured_on_random_ones(tmp_path):
    material = material_for(RECIPES["cifar10-74"], tmp_path)
    assert material.words == "random images, as cifar-10 is not there"
    assert material.train.images.shape == (2016, 3, 32, 32)  # 63 batches of 32
    assert material.train.images.std() > 70
    assert set(material.train.labels) == set(range(10))


def test_its_own_images_are_used_in_full_batches():
    material = material_for(digits(batch_size=100))
    assert material.words == "the images of digits"
    assert len(material.train) == 1200
    assert material.train.images.shape[1:] == (1, 8, 8)


def test_a_schedule_that_listens_to_validation_does_not_stand_in_the_way():
    assert measured(digits(batch_size=16, schedule="plateau")).steps >= measuring.LEAST


def test_peak_memory_grows_with_what_is_taken():
    before = peak_memory_mb(NUMPY)
    taken = NUMPY.xp.ones(int(3e8 // 8))  # more than tests take
    assert peak_memory_mb(NUMPY) >= min(before + 1, 300)
    assert taken[-1] == 1


def test_progress_reaches_its_end():
    told = []
    measured(progress=lambda done, total: told.append((done, total)), seconds=0.5)
    assert told[-1] == (5, 5)
    assert told == sorted(told)
