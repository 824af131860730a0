"""Held samples count once, dropouts not at all."""

import numpy as np
import pytest
from swings import kinds, swing

from tiltyard.application.examination import Kind, examine

SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("hold", [2, 5, 8])
@pytest.mark.parametrize("digits", [3, 15])
def test_only_the_first_of_each_held_run_counts(seed, hold, digits):
    t, y, _ = swing(seed, noise=0.02)
    y = np.round(y[np.arange(len(y)) // hold * hold], digits)
    found = examine(t, y)
    changes = np.r_[True, np.diff(y) != 0]
    assert kinds(found)[0] == "held" and np.array_equal(found.counts, changes)
    assert set(found.reasons[~changes]) == {Kind.HELD}
    assert f"in runs of {hold} as a rule" in found.findings[0].note


@pytest.mark.parametrize("seed", SEEDS)
def test_values_logged_on_change_are_held(seed):
    t, _, true = swing(seed, 300)
    rng = np.random.default_rng(seed)
    new = np.r_[True, rng.random(299) < 0.2]
    y = true[new][np.cumsum(new) - 1]
    found = examine(t, y)
    assert kinds(found) == ["held"] and np.array_equal(found.counts, new)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reading_that_stands_still_for_a_while_counts_once(seed):
    t, y, true = swing(seed)
    at = int(np.argmin(np.abs(true[20:80] - np.median(true)))) + 20
    y[at : at + 6] = y[at]
    found = examine(t, y)
    assert kinds(found) == ["held"]
    assert np.array_equal(np.flatnonzero(~found.counts), np.arange(at + 1, at + 6))
    assert f"at {t[at + 1]:.6g} to {t[at + 5]:.6g}:" in found.findings[0].note


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("value", [0.0, -1.0, 30.0])
@pytest.mark.parametrize("n", [40, 110, 900])
def test_runs_of_one_value_far_away_are_left_out_and_named(seed, value, n):
    t, y, _ = swing(seed, n)
    y += 12
    rng = np.random.default_rng(seed)
    gone = np.zeros(n, dtype=bool)
    starts = (n // 4, n // 2, 3 * n // 4)
    for start in starts:
        gone[start : start + rng.integers(1, 5)] = True
    y[gone] = value
    found = examine(t, y)
    assert np.array_equal(~found.counts, gone) and kinds(found) == ["dropout"]
    assert set(found.reasons[gone]) == {Kind.DROPOUT}
    assert all(f"{t[start]:.6g}" in found.findings[0].note for start in starts)


def test_two_special_values_are_two_findings():
    t, y, _ = swing(1)
    y += 12
    y[[20, 21, 60]], y[[40, 41, 80]] = 0.0, 99.0
    found = examine(t, y)
    assert kinds(found) == ["dropout", "dropout"]
    assert np.flatnonzero(~found.counts).tolist() == [20, 21, 40, 41, 60, 80]


def test_dropouts_do_not_hide_wraps():
    t = np.linspace(0, 12, 200)
    true = 10 + 100 * t
    y = true % 360
    at = np.array([50, 51, 52, 110, 111])
    y[at] = -9999.0
    found = examine(t, y)
    assert sorted(kinds(found)) == ["dropout", "wrapped"]
    assert np.array_equal(np.flatnonzero(~found.counts), at)
    assert np.ptp(found.y - true[found.counts]) < 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_a_signal_that_passes_zero_has_no_dropouts_there(seed):
    t, y, _ = swing(seed)
    y -= np.median(y)
    assert kinds(examine(t, np.round(y, 1))) == ["resolution"]
    y[55] = 0.0
    assert examine(t, y).counts.all()
