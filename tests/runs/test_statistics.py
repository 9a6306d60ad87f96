"""Means, intervals, gains and comparisons, against scipy's tests and by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from chainrule.errors import UsageError
from chainrule.runs import wilson
from chainrule.runs.claims.statistics import (
    compare,
    gain_over_images,
    gain_over_seeds,
    mean_interval,
    prediction_interval,
    seeds_to_tell,
    spread,
)

OURS, PEER = [0.741, 0.738, 0.745], [0.733, 0.740, 0.729, 0.736]


def test_the_interval_of_a_mean_is_students():
    wanted = stats.ttest_1samp(OURS, 0).confidence_interval()
    assert_allclose(mean_interval(OURS, 10_000), wanted)


def test_one_seed_has_no_spread_and_the_interval_of_its_images():
    assert spread([0.74]) is None
    assert mean_interval([0.74], 10_000) == wilson(7_400, 10_000)
    assert prediction_interval([0.74], 10_000) == wilson(7_400, 10_000)


@pytest.mark.parametrize("new", [1, 3])
def test_a_prediction_interval_holds_95_percent_of_new_means(rng, new):
    inside = 0
    for _ in range(1_000):
        known, later = rng.standard_normal(4), rng.standard_normal(new).mean()
        low, high = prediction_interval(known.tolist(), 10_000, new=new)
        inside += low <= later <= high
    assert 930 <= inside <= 970


def test_a_gain_over_seeds_is_the_paired_t_test():
    before, after = [0.70, 0.73, 0.71], [0.74, 0.75, 0.76]
    gain = gain_over_seeds(before, after)
    low, high = stats.ttest_rel(after, before).confidence_interval()
    assert_allclose(
        (gain.value, gain.low, gain.high), (np.mean(after) - np.mean(before), low, high)
    )
    assert gain.by == "t over 3 pairs of seeds"


def test_a_gain_is_shown_where_its_interval_is_on_one_side_of_zero():
    assert gain_over_seeds([0.70, 0.71, 0.72], [0.75, 0.76, 0.775]).shown
    assert gain_over_seeds([0.75, 0.76, 0.775], [0.70, 0.71, 0.72]).shown
    assert not gain_over_seeds([0.70, 0.71, 0.72], [0.69, 0.76, 0.72]).shown


def test_a_gain_over_images_counts_those_that_only_one_got_right():
    before, after = np.zeros(100, bool), np.zeros(100, bool)
    before[:10], after[10:35] = True, True  # 10 right only before, 25 only after
    before[40:60], after[40:60] = True, True
    gain = gain_over_images(before, after)
    assert gain.value == pytest.approx(0.15)
    # By hand: (25.5 - 10.5) / 102 +- 1.96 * sqrt(36 - 15**2 / 102) / 102
    assert_allclose((gain.low, gain.high), (0.147059 - 0.111703, 0.147059 + 0.111703), atol=1e-5)
    assert "100 test images, one seed" in gain.by


def test_gains_need_pairs():
    with pytest.raises(UsageError, match="1 and 1 accuracies came"):
        gain_over_seeds([0.7], [0.8])
    with pytest.raises(UsageError, match="2 and 3 accuracies came"):
        gain_over_seeds([0.7, 0.7], [0.8, 0.8, 0.8])
    with pytest.raises(UsageError, match="are not the same"):
        gain_over_images(np.ones(3, bool), np.ones(4, bool))


def test_a_comparison_over_seeds_is_welchs():
    found = compare(OURS, PEER, 10_000)
    wanted = stats.ttest_ind(OURS, PEER, equal_var=False)
    assert_allclose((found.low, found.high), wanted.confidence_interval())
    less = stats.ttest_ind(OURS, PEER, equal_var=False, alternative="less")
    assert found.p_below == pytest.approx(less.pvalue)
    assert found.by == "Welch's t over 3 and 4 seeds"


def test_one_seed_each_is_compared_by_the_test_images():
    found = compare([0.75], [0.73], 10_000)
    error = np.sqrt(2 * 0.74 * 0.26 / 10_000)
    assert_allclose((found.low, found.high), (0.02 - 1.959964 * error, 0.02 + 1.959964 * error))
    assert "10,000 test images" in found.by


def test_one_seed_against_several_borrows_their_spread():
    found = compare([0.75], OURS, 10_000)
    reach = stats.t.ppf(0.975, 2) * np.std(OURS, ddof=1) * np.sqrt(1 + 1 / 3)
    assert found.high - found.difference == pytest.approx(reach)
    mirrored = compare(OURS, [0.75], 10_000)
    assert mirrored.high - mirrored.difference == pytest.approx(reach)


@pytest.mark.parametrize(
    ("ours", "peer", "verdict"),
    [
        ([0.760, 0.761, 0.759], [0.740, 0.741, 0.739], "above"),
        ([0.740, 0.741, 0.739], [0.760, 0.761, 0.759], "below"),
        ([0.7400, 0.7410, 0.7390], [0.7405, 0.7395, 0.7410], "not below"),
        ([0.70, 0.76, 0.73], [0.74, 0.71, 0.75], "open"),
        ([0.74, 0.74], [0.74, 0.74], "not below"),
        ([0.73, 0.73], [0.74, 0.74], "below"),
        ([0.75], [0.75], "open"),  # half a point cannot be seen in 10,000 images
    ],
)
def test_a_verdict_says_what_was_shown(ours, peer, verdict):
    assert compare(ours, peer, 10_000).verdict == verdict


def test_a_margin_decides_what_is_as_good():
    ours, peer = [0.7400, 0.7410, 0.7390], [0.7405, 0.7395, 0.7410]
    assert compare(ours, peer, 10_000, margin=0.005).verdict == "not below"
    assert compare(ours, peer, 10_000, margin=0.0005).verdict == "open"


def test_seeds_enough_show_equals_to_be_as_good():
    """As often as promised, by many made-up comparisons of so many seeds."""
    ours, peer = [0.720, 0.727, 0.7356], [0.718, 0.728]
    needed = seeds_to_tell(ours, peer)
    assert needed is not None
    spread = np.sqrt((np.var(ours, ddof=1) + np.var(peer, ddof=1)) / 2)
    draws = np.random.default_rng(0).normal(0.73, spread, (400, 2, needed))
    told = [compare(a, b, 10_000).verdict in ("not below", "above") for a, b in draws]
    assert 0.74 < np.mean(told) < 0.86


def test_how_many_seeds_would_tell_needs_a_spread():
    assert seeds_to_tell([0.84], [0.83]) is None
    assert seeds_to_tell([0.84, 0.84], [0.83]) == 2
    assert seeds_to_tell(OURS, [0.73]) == seeds_to_tell([0.73], OURS)
