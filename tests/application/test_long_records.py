"""Long records: averaged where that loses nothing, divided where it does, and joined smoothly."""

from itertools import pairwise

import numpy as np
import pytest

import tiltyard
from tiltyard.application import long_records as module
from tiltyard.application.estimation import find_estimator
from tiltyard.application.long_records import Division, division, fit_divided

WINNER = find_estimator("gaussian_process_warped")


def record(n, periods, noise, uneven=False, seed=1):
    """A signal that is no sum of exponentials, its slope, and samples with noise."""
    rng = np.random.default_rng(seed)
    t = np.sort(rng.uniform(0, 1, n)) if uneven else np.linspace(0, 1, n)
    w = 2 * np.pi * periods
    wave = np.sin(w * t)
    y, slope = np.exp(0.7 * wave), 0.7 * w * np.cos(w * t) * np.exp(0.7 * wave)
    return t, y + noise * rng.standard_normal(n), slope


@pytest.mark.parametrize("uneven", [False, True])
def test_a_slow_signal_is_averaged_and_a_fast_one_divided(uneven):
    slow, fast = (record(20_000, periods, 0.05, uneven)[:2] for periods in (3, 200))
    assert division(WINNER, *slow) == Division(4, 20_000)
    block, width = division(WINNER, *fast)
    # A window has at least seven of the samples that decide in each of its periods.
    assert block <= 4 and width <= 400 * (20_000 / 200) / 7


def test_exact_samples_are_not_averaged():
    t, y, _ = record(20_000, 3, 0.0)
    assert division(WINNER, t, y).block == 1


def test_others_are_given_windows_of_samples():
    t, y, _ = record(20_000, 3, 0.05)
    assert division(find_estimator("smoothing_spline_reml"), t, y) == Division(1, module.MOST)


@pytest.mark.parametrize("block", [2, 4, 16])
def test_no_block_lies_on_both_sides_of_a_gap_and_all_have_about_the_same_samples(block):
    t = np.concatenate([np.linspace(0, 1, 333), np.linspace(1.5, 2, 170), np.linspace(4, 5, 331)])
    firsts = module._firsts(t, block)
    assert {333, 503} <= set(firsts.tolist())
    sizes = np.diff(np.append(firsts, len(t)))
    assert sizes.sum() == len(t) and firsts[0] == 0
    assert sizes.min() >= block / 2 and sizes.max() <= 1.5 * block + 1


def test_windows_cover_all_and_overlap():
    for means, width in ((100, 100), (101, 100), (950, 100), (5_003, 1_000)):
        windows = list(module._windows(means, width))
        assert windows[0].start == 0 and windows[-1].stop == means
        for one, other in pairwise(windows):
            assert other.start > one.start and one.stop - other.start >= 0.19 * width


def test_windows_agree_within_their_bands_where_they_overlap():
    t, y, _ = record(800, 8, 0.02)
    starts = [(0, 350), (250, 600), (450, 800)]
    fits = [
        fit_divided(
            *(WINNER, t[a:b], y[a:b], t[a:b], (0, 1), np.random.default_rng(1), None),
            Division(1, 350),
        )
        for a, b in starts
    ]
    for (one, a), (other, b) in pairwise(zip(fits, starts, strict=True)):
        both = np.arange(b[0], a[1])
        difference = one.values[:, both - a[0]] - other.values[:, both - b[0]]
        own, its = one.deviations[:, both - a[0]], other.deviations[:, both - b[0]]
        assert np.mean(np.abs(difference) <= 2 * np.hypot(own, its)) > 0.95


def test_a_record_in_windows_is_right_everywhere_and_joins_smoothly():
    t, y, slope = record(800, 8, 0.02)
    fit = fit_divided(*(WINNER, t, y, t, (0, 1), np.random.default_rng(1), None), Division(1, 200))
    assert fit.settings["windows"] == 5
    within = np.abs(fit.values[1] - slope) <= 2 * fit.deviations[1]
    assert within.mean() > 0.9
    # No step where a window ends: neighbours differ by no more than the slope's own change.
    steps = np.abs(np.diff(fit.values[1]))
    assert steps.max() <= 1.5 * np.abs(np.diff(slope)).max()


def test_means_say_what_the_samples_do(monkeypatch):
    t, y, slope = record(1_600, 2, 0.05)
    whole = tiltyard.differentiate(t, y, orders=(0, 1))
    monkeypatch.setattr(module, "MOST", 400)
    averaged = tiltyard.differentiate(t, y, orders=(0, 1))
    assert averaged.settings["averaged"] == 4 and "windows" not in averaged.report()
    assert averaged.noise_level == pytest.approx(0.05, rel=0.1)
    for found in (whole, averaged):
        assert np.mean(np.abs(found.estimate[1] - slope) <= 2 * found.standard_deviation[1]) > 0.9
    assert averaged.error_in_units[1] < 1.5 * whole.error_in_units[1]


def test_a_known_noise_is_that_of_a_sample(monkeypatch):
    monkeypatch.setattr(module, "MOST", 400)
    t, y, _ = record(1_600, 2, 0.05)
    found = tiltyard.differentiate(t, y, orders=0, noise=0.05)
    assert found.settings["noise_sd"] == pytest.approx(0.05, rel=1e-6)


def test_many_samples_are_answered():
    t, y, slope = record(12_000, 4, 0.1)
    found = tiltyard.differentiate(t, y, orders=(0, 1))
    assert found.trusted.all() and found.estimate.shape == (2, 12_000)
    assert np.mean(np.abs(found.estimate[1] - slope) <= 2 * found.standard_deviation[1]) > 0.9
    assert "neighbours" in found.report()
