"""Schedules beside PyTorch's, and what each is like at its ends."""

import math

import pytest
import torch
from numpy.testing import assert_allclose

from chainrule.optim import (
    Cosine,
    Exponential,
    LinearWarmup,
    Listener,
    OneCycle,
    Plateau,
    StepDecay,
    Triangle,
    constant,
)

STEPS = 60
schedulers = torch.optim.lr_scheduler


def theirs(make, steps=STEPS):
    """The rates of a PyTorch scheduler over some steps, from 1."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def warmed_up(then):
    """PyTorch's way to say: six steps of warm-up, then another scheduler."""

    def make(optimizer):
        rising = schedulers.LinearLR(optimizer, start_factor=1 / 7, total_iters=6)
        return schedulers.SequentialLR(optimizer, [rising, then(optimizer)], milestones=[6])

    return make


def triangle(optimizer):
    rising = schedulers.LinearLR(optimizer, start_factor=0.2, end_factor=1.0, total_iters=15)
    falling = schedulers.LinearLR(optimizer, start_factor=1.0, end_factor=0.07, total_iters=45)
    return schedulers.SequentialLR(optimizer, [rising, falling], milestones=[15])


PAIRS = {
    "triangle": (Triangle(warmup=0.25), triangle),
    "triangle that only falls": (
        Triangle(warmup=0, final=0.1),
        lambda o: schedulers.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=STEPS),
    ),
    "constant": (constant, lambda o: schedulers.ConstantLR(o, factor=1.0)),
    "step": (
        StepDecay(every=0.25, factor=0.3),
        lambda o: schedulers.StepLR(o, STEPS // 4, gamma=0.3),
    ),
    "exponential": (
        Exponential(final=0.02),
        lambda o: schedulers.ExponentialLR(o, gamma=0.02 ** (1 / STEPS)),
    ),
    "cosine": (
        Cosine(final=0.1),
        lambda o: schedulers.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.1),
    ),
    "warm-up": (
        LinearWarmup(0.1),
        warmed_up(lambda o: schedulers.ConstantLR(o, factor=1.0)),
    ),
    "warm-up and cosine": (
        Cosine(warmup=0.1),
        warmed_up(lambda o: schedulers.CosineAnnealingLR(o, T_max=54)),
    ),
    "warm-up and exponential": (
        LinearWarmup(0.1, then=Exponential(0.5)),
        warmed_up(lambda o: schedulers.ExponentialLR(o, gamma=0.5 ** (1 / 54))),
    ),
    "one cycle": (
        OneCycle(),
        lambda o: schedulers.OneCycleLR(o, max_lr=1.0, total_steps=STEPS, cycle_momentum=False),
    ),
    "one short cycle": (
        OneCycle(warmup=0.45, start=0.1, final=0.001),
        lambda o: schedulers.OneCycleLR(
            o,
            max_lr=1.0,
            total_steps=STEPS,
            pct_start=0.45,
            div_factor=10,
            final_div_factor=100,
            cycle_momentum=False,
        ),
    ),
}


@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step:UserWarning")
@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
@pytest.mark.parametrize("name", PAIRS)
def test_the_factors_are_pytorchs(name):
    mine, other = PAIRS[name]
    steps = STEPS - 1 if "cycle" in name else STEPS  # OneCycleLR has no step after its last
    expected = theirs(other, steps)
    assert_allclose([mine(step, STEPS) for step in range(steps)], expected, rtol=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "schedule",
    [
        StepDecay(),
        Exponential(),
        LinearWarmup(0.99),
        Cosine(warmup=0.99),
        Cosine(),
        OneCycle(),
        OneCycle(warmup=0.999),
        Plateau(),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_no_run_is_too_short_for_a_schedule(schedule, steps):
    factors = [schedule(step, steps) for step in range(steps)]
    assert all(0 < factor <= 1 for factor in factors)


def test_one_cycle_starts_low_passes_the_top_and_ends_lowest():
    factors = [OneCycle()(step, 101) for step in range(101)]
    assert factors[0] == pytest.approx(1 / 25)
    assert max(factors) == pytest.approx(1, abs=1e-3)
    assert factors[-1] == pytest.approx(1 / 250_000)


LOSSES = [1.0, 0.9, 0.9, 0.9, 0.89999, 0.95, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.7, 0.9]


@pytest.mark.parametrize("patience", [0, 1, 2, 3])
@pytest.mark.parametrize("lowest", [0.0, 0.05])
def test_a_plateau_is_where_pytorch_sees_one(patience, lowest):
    mine = Plateau(factor=0.3, patience=patience, lowest=lowest)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = schedulers.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=patience, min_lr=lowest, eps=0.0
    )
    for epoch, loss in enumerate(LOSSES):
        factor = mine.after(LOSSES[:epoch])(epoch, len(LOSSES))
        assert factor == pytest.approx(optimizer.param_groups[0]["lr"])
        scheduler.step(loss)
    assert optimizer.param_groups[0]["lr"] < 1


@pytest.mark.parametrize(
    ("losses", "reductions"),
    [
        ([-1.0, -1.00001, -1.00002], 1),
        ([-1.0, -1.1, -1.2], 0),
        ([-1.0, -0.9, -1.1], 0),
        ([0.1, 0.0, -0.1], 0),
        ([math.nan, math.nan, 1.0], 1),
        ([1.0, math.nan, math.nan], 1),
        ([-math.inf, -math.inf, -math.inf], 1),
    ],
)
def test_losses_below_zero_fall_and_stay_as_those_above_do(losses, reductions):
    assert Plateau(patience=1).after(losses).reductions == reductions


def test_a_plateau_may_begin_with_a_warm_up():
    schedule = Plateau(patience=0, schedule=LinearWarmup(0.5)).after([1.0, 1.0])
    assert [schedule(step, 4) for step in range(4)] == pytest.approx([0.1 / 3, 0.2 / 3, 0.1, 0.1])


def test_only_a_plateau_listens():
    assert isinstance(Plateau(), Listener)
    assert not any(isinstance(s, Listener) for s in (constant, Cosine(), LinearWarmup()))
